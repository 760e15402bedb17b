"""A plan in plain words: how it stands, how full it is, what the others offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.subscriptions import agreed
from billing.subscriptions.choosing import Use
from billing.subscriptions.models import Concession, Plan, Subscription
from billing.subscriptions.standing import GRANTED, TRIALING
from tenants import speech
from tenants.limits import Thing
from tenants.zones import zone

DAY_SECONDS = 86_400
NEARLY_FULL = 80
FULL = 100
TRIAL_NOTE_DAYS = 5


@dataclass(frozen=True, slots=True)
class Words:
    """A headline, a sentence, and a tone: `success`, `info`, `warning`, `error`. `is_urgent`: for the desk, too."""

    headline: str
    text: str
    tone: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """How much is used of what is limited; `percent` goes up to 100."""

    name: str
    used: int
    most: int | None
    percent: int
    tone: str

    @property
    def is_over(self) -> bool:
        """Whether there is more than allowed."""
        return self.most is not None and self.used > self.most


@dataclass(frozen=True, slots=True)
class Card:
    """A plan to choose, whether it is the one that the tenant has, and what there is more of than it allows."""

    plan: Plan
    lines: tuple[str, ...]
    is_current: bool
    over: tuple[Bar, ...]


def words_of(row: Subscription | None, now: datetime) -> Words:
    """What the page and the desk say."""
    if row is None:
        return Words(_("No limits"), _("Your business has no plan. You can use everything."), "success")
    return _unpaid(row, now) or _tried(row, now) or _granted(row, now) or _going_on(row, now)


def _unpaid(row: Subscription, now: datetime) -> Words | None:
    if row.blocked_at:
        return Words(
            _("Customers cannot book at the moment"),
            _("Your plan is not paid. Bookings that stand are kept, and you can book, change, cancel and refund."),
            "error",
            is_urgent=True,
        )
    if not row.grace_until:
        return None
    left = days_left(row.grace_until, now)
    text = ngettext(
        "Everything works for %(count)d more day. After that customers cannot book.",
        "Everything works for %(count)d more days. After that customers cannot book.",
        left,
    )
    return Words(_("Your plan is not paid"), text % {"count": left}, "warning", is_urgent=True)


def _tried(row: Subscription, now: datetime) -> Words | None:
    if row.status != TRIALING or not row.trial_ends_at:
        return None
    left = days_left(row.trial_ends_at, now)
    headline = ngettext("Trial: %(count)d day left", "Trial: %(count)d days left", left) % {"count": left}
    if row.stripe_subscription:
        charged = _("You try %(plan)s. Your card is charged when the trial ends, on %(day)s.")
        day = speech.day(row.trial_ends_at, zone(row.tenant.time_zone))
        return Words(headline, charged % {"plan": row.plan.name, "day": day}, "info")
    text = _("You try %(plan)s. After the trial you are on the free plan, unless you choose another.")
    return Words(headline, text % {"plan": row.plan.name}, "info", is_urgent=left <= TRIAL_NOTE_DAYS)


def _granted(row: Subscription, now: datetime) -> Words | None:
    if row.status != GRANTED:
        return None
    end = agreed.known(row.tenant).until
    if end is None:
        return Words(row.plan.name, _("You have it without charge, as agreed with us."), "success")
    text = _(
        "You have it without charge until %(day)s. After that you are on the free plan, unless you choose another."
    )
    day = speech.day(end, zone(row.tenant.time_zone))
    return Words(row.plan.name, text % {"day": day}, "info", is_urgent=days_left(end, now) <= TRIAL_NOTE_DAYS)


def agreements(plan: Plan | None, found: Concession) -> list[str]:
    """What was agreed with a business in place of its plan's fee and limits, a sentence each."""
    lines = []
    if found.fee is not None:
        said = {"percent": percent(found.fee), "plans": percent(plan.fee if plan else 0)}
        lines.append(_("Fee on online payments: %(percent)s %% in place of %(plans)s %%") % said)
    for thing in Thing:
        if thing in found.limits:
            most, plans = found.limits[thing], getattr(plan, f"most_{thing}") if plan else None
            said = {"name": name_of(thing), "most": most_of(most), "plans": most_of(plans)}
            lines.append(_("%(name)s: %(most)s in place of %(plans)s") % said)
    return lines


def percent(basis_points: int) -> str:
    """A fee as people say it, without the sign."""
    return speech.number(Fraction(basis_points, FULL))


def most_of(limit: int | None) -> str:
    """A limit in words."""
    return _("any number") if limit is None else speech.number(Fraction(limit))


def _going_on(row: Subscription, now: datetime) -> Words:
    in_zone = zone(row.tenant.time_zone)
    if row.ends_at and row.ends_at > now:
        text = _("Cancelled: it works until %(day)s. After that you are on the free plan.")
        return Words(row.plan.name, text % {"day": speech.day(row.ends_at, in_zone)}, "warning")
    if row.period_ends_at and row.status == "active":
        text = _("Paid. It renews on %(day)s.") % {"day": speech.day(row.period_ends_at, in_zone)}
        return Words(row.plan.name, text, "success")
    return Words(row.plan.name, _("You can choose another plan at any time."), "success")


def days_left(end: datetime, now: datetime) -> int:
    """Days until then, begun ones counted."""
    return max(0, ceil((end - now).total_seconds() / DAY_SECONDS))


def bars(uses: Sequence[Use], plan: Plan | None = None) -> list[Bar]:
    """What is used, of the tenant's own limits or of those of another plan."""
    return [_bar(use, getattr(plan, f"most_{use.thing}") if plan else use.most) for use in uses]


def _bar(use: Use, most: int | None) -> Bar:
    percent = 0 if most is None else min(FULL, use.used * FULL // max(most, 1))
    is_over = most is not None and use.used > most
    tone = "error" if is_over else "warning" if percent >= NEARLY_FULL else "primary"
    return Bar(name_of(use.thing), use.used, most, percent, tone)


def cards(plans: Sequence[Plan], row: Subscription | None, uses: Sequence[Use]) -> list[Card]:
    """The plans to choose from, held against what is used."""
    return [_card(plan, uses, is_current=row is not None and row.plan_id == plan.pk) for plan in plans]


def _card(plan: Plan, uses: Sequence[Use], *, is_current: bool) -> Card:
    return Card(plan, _lines(plan), is_current, tuple(bar for bar in bars(uses, plan) if bar.is_over))


def _lines(plan: Plan) -> tuple[str, ...]:
    limited = [(name_of(thing), getattr(plan, f"most_{thing}")) for thing in Thing]
    fee = _("%(percent)s %% of online payments") % {"percent": percent(plan.fee)}
    return (
        *(f"{name}: {most_of(most)}" for name, most in limited),
        fee if plan.fee else _("No fee on online payments"),
    )


def name_of(thing: Thing) -> str:
    """What is limited, in a word or two."""
    return {
        Thing.VENUES: _("Venues"),
        Thing.RESOURCES: _("Resources"),
        Thing.STAFF: _("Staff"),
        Thing.BOOKINGS: _("Bookings a month"),
    }[thing]
