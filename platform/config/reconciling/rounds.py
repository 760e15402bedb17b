"""A reconciliation from beginning to end: of one tenant, or of all and the platform itself."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db.models import QuerySet
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble, Revoked
from billing.subscriptions.models import StripeAccount
from config.reconciling import arrivals, balances, money, subscribed
from config.reconciling.findings import PLATFORM, Difference, PlatformRecords, Round
from schemas.clock import database_now
from tenants.models import Tenant

STEPS = (
    balances.standing,
    money.payments,
    money.returned,
    money.stuck,
    money.adds_up,
    balances.ledger,
    balances.paid_out,
)
"""In this order: money that came is counted before what went back, and both before the books."""
WINDOW = timedelta(days=3)
"""How far back objects are compared one by one; the books are compared to their beginning."""


def connected() -> QuerySet[Tenant]:
    """Tenants that have, or had, a connected account; the oldest first."""
    ids = StripeAccount.objects.exclude(account_id="").values("tenant_id")
    found: QuerySet[Tenant] = Tenant.objects.filter(pk__in=ids, state__in=Tenant.AT_WORK).order_by("pk")
    return found


def of_tenants(tenants: Iterable[Tenant], window: timedelta = WINDOW) -> Iterator[tuple[Tenant, list[Difference]]]:
    """Each tenant with what differed; what the platform's account has on record is asked for once."""
    shared = PlatformRecords(database_now() - window)
    for tenant in tenants:
        yield tenant, _of_tenant(tenant, window, shared)


def of_platform(window: timedelta = WINDOW) -> list[Difference]:
    """What is the platform's: its tenants' plans, its fees, its own events, and what was given up."""
    since = database_now() - window
    found: list[Difference] = []
    try:
        found += subscribed.entitlements()
        found += subscribed.platform_fees(since)
        found += arrivals.missed("", PLATFORM, since)
    except ProviderTrouble as trouble:
        found.append(_unanswered(PLATFORM, "", trouble))
    return found + arrivals.given_up()


def _of_tenant(tenant: Tenant, window: timedelta, shared: PlatformRecords) -> list[Difference]:
    found: list[Difference] = []
    for account in StripeAccount.objects.filter(tenant=tenant).exclude(account_id="").order_by("pk"):
        now = database_now()
        turn = Round(tenant, account, now - window, now, shared)
        try:
            with tenant_context(tenant):
                for step in STEPS:
                    step(turn)
            turn.found += arrivals.missed(account.account_id, tenant.slug, turn.since)
        except Revoked:
            # It has withdrawn our access: what happens there is none of our business any more.
            if account.disconnected_at is None:
                turn.add("account", account.account_id, "has withdrawn our access", is_healed=True)
        except ProviderTrouble as trouble:
            turn.found.append(_unanswered(tenant.slug, account.account_id, trouble))
        found += turn.found
    return found


def _unanswered(tenant: str, account_id: str, trouble: ProviderTrouble) -> Difference:
    return Difference(tenant, "stripe", account_id, f"did not answer: {trouble.why}", is_healed=False)
