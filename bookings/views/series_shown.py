"""What a change of a series does, in words: date by date, and in all; and what somebody agrees to who was shown it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings.models import Series
from bookings.scopes import Given, Reach
from bookings.shifts import Shifted
from bookings.views.series_words import why_not
from kernel.errors import Refused
from tenants import speech
from tenants.zones import zone


@dataclass(frozen=True, slots=True)
class Line:
    """One date and what would become of it; `note` says why it is left alone or cannot be had."""

    when: str
    amount: str
    note: str


def _left(code: str) -> str:
    said = {
        "past": _("It is over, or has begun."),
        "moved": _("It was moved by itself, and stays where it is."),
        "skipped": _("It was left out before."),
        "cancelled": _("It is cancelled already."),
        "expired": _("It was not finished in time."),
    }
    return said.get(code, _("It stays as it is."))


def cancel_context(found: Series, reach: Reach, given: list[Given], refusal: Refused | None) -> dict[str, object]:
    """What the page of a cancellation shows, in words."""
    settled = [one.settlement for one in given if one.settlement]

    def words(minor: int) -> str:
        return speech.money(minor, found.resource.venue.currency) if minor else ""

    return {
        "series": found,
        "resource": found.resource,
        "reach": reach,
        "lines": [given_line(one, found) for one in given],
        "count": len(settled),
        "fee": words(sum(one.fee_minor for one in settled)),
        "refund": words(sum(one.refund_minor for one in settled)),
        "credit": words(sum(one.credit_back_minor for one in settled)),
        "owed": words(sum(one.owed_minor for one in settled)),
        "figures": given_figures(given),
        "refusal": refusal,
    }


def given_figures(given: Sequence[Given]) -> str:
    """What somebody agrees to who was shown a cancellation."""
    settled = [one.settlement for one in given if one.settlement and not one.left]
    return ",".join(one.figures for one in settled)


def given_line(one: Given, found: Series) -> Line:
    """A date of a cancellation in words."""
    if one.left or one.settlement is None:
        return Line(_when(one.row.wall, one.booking, found), "", _left(one.left))
    currency = found.resource.venue.currency
    fee = one.settlement.fee_minor
    cost = _("costs %(fee)s") % {"fee": speech.money(fee, currency)} if fee else _("costs nothing")
    return Line(_when(one.row.wall, one.booking, found), cost, "")


def _when(wall: str, booking: object, found: Series) -> str:
    start = getattr(booking, "start", None)
    if start is not None:
        in_zone = zone(found.time_zone)
        return f"{speech.day(start, in_zone)}, {speech.clock(start, in_zone)}"
    at = datetime.fromisoformat(wall)
    return f"{speech.day(at.date())}, {speech.wall(at.time())}"


def move_context(found: Series, done: list[Shifted]) -> dict[str, object]:
    """What the page of a move shows, in words."""
    moved = [one.preview for one in done if one.preview]
    currency = found.resource.venue.currency
    delta = sum(one.delta_minor for one in moved)
    return {
        "series": found,
        "resource": found.resource,
        "lines": [shift_line(one, found) for one in done],
        "count": len(moved),
        "conflicts": sum(bool(one.conflict) for one in done),
        "dearer": speech.money(delta, currency) if delta > 0 else "",
        "cheaper": speech.money(-delta, currency) if delta < 0 else "",
        "needs_approval": any(one.needs_approval for one in moved),
        "figures": shift_figures(done),
    }


def shift_figures(done: Sequence[Shifted]) -> str:
    """What somebody agrees to who was shown a move."""
    money = [f"{one.preview.booking.total_minor}/{one.preview.refund_minor}" for one in done if one.preview]
    return ",".join([*money, *(f"{one.row.wall[:10]}:{one.conflict}" for one in done if one.conflict)])


def shift_line(one: Shifted, found: Series) -> Line:
    """A date of a move in words."""
    if one.conflict:
        return Line(_when(one.row.wall, one.booking, found), "", why_not(one.conflict))
    if one.preview is None:
        return Line(_when(one.row.wall, one.booking, found), "", _left(one.left))
    after = one.preview.booking
    in_zone = zone(after.time_zone)
    when = f"{speech.day(after.start, in_zone)}, {speech.span(after.start, after.end, in_zone)}"
    return Line(f"{when} · {after.resource.name}", speech.money(after.total_minor, after.currency), "")
