"""The dates of a series in words: what is free, what is in the way, and what there is instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bookings import refusals
from bookings.facts import Reason
from bookings.occurrences import CLOCK_CHANGE, Occurrence
from bookings.plans import Plan
from kernel.money import as_text
from tenants import speech


@dataclass(frozen=True, slots=True)
class Instead:
    """What can be had where a date cannot; `value` is what the page sends back."""

    label: str
    price: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One date of a preview: a price, or why not and what instead."""

    day: date
    when: str
    price: str
    why_not: str
    instead: Instead | None


def lines(found: Sequence[Occurrence]) -> list[Line]:
    """Every date, in order."""
    return [_line(one) for one in found]


def total_of(found: Sequence[Occurrence]) -> str:
    """What all dates that can be had cost together."""
    prices = [one.plan.price for one in found if one.plan]
    return speech.money(sum(price.total_minor for price in prices), prices[0].currency) if prices else ""


def figures_of(found: Sequence[Occurrence]) -> str:
    """What somebody agrees to who was shown these dates: the sum, how many, and which are left out."""
    prices = [one.plan.price.total_minor for one in found if one.plan]
    left_out = ",".join(one.wall.date().isoformat() for one in found if one.reason)
    return f"{sum(prices)}/{len(prices)}/{left_out}"


def why_not(code: str) -> str:
    """A reason for which a date cannot be had, as a sentence."""
    if code in set(Reason):
        return refusals.unavailable(Reason(code)).detail
    said = {
        CLOCK_CHANGE: _("The clocks skip this time on that day."),
        "extra_sold_out": _("An extra that comes with it is out."),
        "change_too_late": _("It is too late for this change: cancelling would no longer be free."),
        "payment_open": _("A payment for this booking is under way. Please try again later."),
    }
    return said.get(code, _("This date cannot be had."))


def _line(one: Occurrence) -> Line:
    plan = one.plan
    return Line(
        day=one.wall.date(),
        when=_when(plan) if plan else _wall(one.wall),
        price=_price(plan) if plan else "",
        why_not=why_not(one.reason) if one.reason else "",
        instead=_instead(one, one.alternative) if one.alternative else None,
    )


def _wall(wall: datetime) -> str:
    return f"{speech.day(wall.date())}, {speech.wall(wall.time())}"


def _when(plan: Plan) -> str:
    period, in_zone = plan.request.period, plan.basket.zone
    return f"{speech.day(period.start, in_zone)}, {speech.span(period.start, period.end, in_zone)}"


def _price(plan: Plan) -> str:
    return speech.money(plan.price.total_minor, plan.price.currency)


def _instead(one: Occurrence, plan: Plan) -> Instead:
    start = plan.request.period.start.astimezone(plan.basket.zone)
    value = "|".join(
        (
            one.wall.date().isoformat(),
            f"{start:%H:%M}" if start.replace(tzinfo=None) != one.wall else "",
            str(plan.basket.main.pk),
            as_text(plan.price.total_minor, plan.price.currency),
        )
    )
    period, in_zone = plan.request.period, plan.basket.zone
    label = f"{plan.basket.main.name}, {speech.span(period.start, period.end, in_zone)}"
    return Instead(label, _price(plan), value)
