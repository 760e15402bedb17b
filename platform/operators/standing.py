"""How tenants stand with the platform: plan, subscription, fee, and whether Stripe lets them take money."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch, QuerySet
from django.utils.translation import gettext as _

from billing.accounts.standing import CHARGES
from billing.subscriptions import agreed
from billing.subscriptions.models import StripeAccount, Subscription
from billing.subscriptions.standing import GRANTED
from billing.subscriptions.words import percent
from billing.views.words import words_of
from tenants import speech
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Fact:
    """A few words and a tone of the style sheet's: success, warning, error or neutral."""

    text: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Row:
    """A tenant as the list has it. `wanted` is what Stripe asks for, `due_by` until when."""

    tenant: Tenant
    plan: str
    subscription: Fact
    fee: str
    account: Fact
    account_id: str
    takes_money: bool
    wanted: tuple[str, ...]
    due_by: datetime | None


def with_money(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    """Tenants with what `rows` reads of them: two queries more, however many there are."""
    accounts = StripeAccount.objects.order_by(F("disconnected_at").desc(nulls_first=True), "-pk")
    return tenants.select_related("subscription__plan", "closing", "concession__plan").prefetch_related(
        Prefetch("stripe_accounts", accounts)
    )


def rows(tenants: Iterable[Tenant], now: datetime) -> Iterator[Row]:
    """A line for each of them, without asking anything more."""
    for tenant in tenants:
        found: Subscription | None = getattr(tenant, "subscription", None)
        account = next(iter(tenant.stripe_accounts.all()), None)
        said = words_of(account)
        yield Row(
            tenant=tenant,
            plan=found.plan.name if found else _("No plan"),
            subscription=_subscribed(tenant, found, now),
            fee=_fee(tenant, found),
            account=Fact(said.headline, said.tone),
            account_id=account.account_id if account else "",
            takes_money=said.standing in CHARGES,
            wanted=tuple(said.wanted),
            due_by=account.due_by if account and said.wanted else None,
        )


def _fee(tenant: Tenant, row: Subscription | None) -> str:
    of_plan, other = row.plan.fee if row else 0, agreed.known(tenant).fee
    said = _("%(percent)s %% fee") % {"percent": percent(of_plan if other is None else other)}
    return said if other is None else _("%(fee)s, agreed") % {"fee": said}


def _subscribed(tenant: Tenant, row: Subscription | None, now: datetime) -> Fact:
    if row is None:
        return Fact(_("no limits"))
    if row.blocked_at:
        return Fact(_("not paid, customers cannot book since %(day)s") % _day(row.blocked_at), "error")
    if row.grace_until:
        return Fact(_("not paid, everything works until %(day)s") % _day(row.grace_until), "warning")
    if row.status == GRANTED:
        until = agreed.known(tenant).until
        return Fact(_("without charge until %(day)s") % _day(until) if until else _("without charge"), "success")
    if row.status == "trialing" and row.trial_ends_at:
        return Fact(_("trial until %(day)s") % _day(row.trial_ends_at))
    if row.ends_at and row.ends_at > now:
        return Fact(_("cancelled, works until %(day)s") % _day(row.ends_at), "warning")
    if row.status == "active":
        renewed = _("paid until %(day)s") % _day(row.period_ends_at) if row.period_ends_at else _("paid")
        return Fact(renewed, "success")
    return Fact(_("free") if row.status == "free" else row.status.replace("_", " "))


def _day(instant: datetime) -> dict[str, str]:
    return {"day": speech.day(instant.date(), form="medium")}
