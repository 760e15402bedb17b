"""A reconciliation from beginning to end: of one tenant, or of all and the platform itself."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from django.db.models import QuerySet
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble, Revoked
from billing.payments.models import Reconciliation
from billing.subscriptions.models import StripeAccount
from config.reconciling import arrivals, balances, money, restored, shapes, subscribed
from config.reconciling.findings import PLATFORM, Difference, PlatformRecords, Round
from operators.models import Reconciled
from schemas.clock import database_now
from tenants.models import Tenant

log = logging.getLogger(__name__)

STEPS = (
    balances.standing,
    money.payments,
    money.returned,
    money.stuck,
    money.not_arriving,
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
        try:
            found = _of_tenant(tenant, window, shared)
            _keep(tenant, found)
        except Exception as error:  # one tenant's trouble is no other's
            found = [_broken(tenant.slug, "", error)]
        _trace(tenant.schema_name, found)
        yield tenant, found


def _keep(tenant: Tenant, found: list[Difference]) -> None:
    """Have the owner see when it was, and what differs."""
    with tenant_context(tenant):
        Reconciliation.objects.update_or_create(pk=1, defaults=_told(found))


def _trace(schema_name: str, found: list[Difference]) -> None:
    """Have operators see it, and also what broke off."""
    Reconciled.objects.update_or_create(schema_name=schema_name, defaults=_told(found))


def _told(found: list[Difference]) -> dict[str, object]:
    left = [each for each in found if not each.is_healed]
    lines = [f"{each.subject} {each.object_id}: {each.what}"[:300] for each in left[: Reconciliation.MOST_LINES]]
    return {"at": database_now(), "found": len(found), "healed": len(found) - len(left), "left": lines}


def of_platform(window: timedelta = WINDOW) -> list[Difference]:
    """What is the platform's: tenants' plans, its fees, its own events, what was given up, and tables that differ."""
    since = database_now() - window
    found: list[Difference] = []
    steps: list[Callable[[], list[Difference]]] = [
        subscribed.entitlements,
        partial(subscribed.platform_fees, since),
        partial(arrivals.missed, "", PLATFORM, since),
        arrivals.given_up,
        shapes.unlike,
    ]
    for step in steps:
        try:
            found += step()
        except ProviderTrouble as trouble:
            found.append(_unanswered(PLATFORM, "", trouble))
        except Exception as error:
            found.append(_broken(PLATFORM, "", error))
    _trace("", found)
    return found


def _of_tenant(tenant: Tenant, window: timedelta, shared: PlatformRecords) -> list[Difference]:
    found: list[Difference] = []
    for account in StripeAccount.objects.filter(tenant=tenant).exclude(account_id="").order_by("pk"):
        now = database_now()
        usual = now - window
        since = restored.since(tenant, usual)
        turn = Round(tenant, account, since, now, shared if since == usual else PlatformRecords(since))
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
        except Exception as error:
            turn.found.append(_broken(tenant.slug, account.account_id, error))
        found += turn.found
    restored.settled(tenant, found)
    return found


def _unanswered(tenant: str, account_id: str, trouble: ProviderTrouble) -> Difference:
    return Difference(tenant, "stripe", account_id, f"did not answer: {trouble.why}", is_healed=False)


def _broken(tenant: str, account_id: str, error: Exception) -> Difference:
    log.error("reconciliation of %s %s broke off", tenant, account_id, exc_info=error)
    # Class name only: messages may quote personal data.
    return Difference(tenant, "error", account_id, f"broke off: {type(error).__name__}", is_healed=False)
