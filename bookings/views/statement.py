"""The price of a booking as a page shows it: each line in words, what it contains, and what giving up would cost."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils.translation import gettext as _

from bookings import balances, cancelling
from bookings.cancelling import Cancellation, Preview
from bookings.models import Booking, BookingLine
from bookings.records import Actor
from bookings.states import PaymentWay, State
from kernel.errors import Refused
from tenants import speech
from tenants.zones import zone
from venues.models import Rate


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, how it was counted (may be empty), and the amount in words."""

    label: str
    detail: str
    amount: str
    is_off: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """All of it; sentences are empty where there is nothing to say."""

    rows: list[Row]
    total: str
    tax: str
    credit: str
    paid: str
    due: str
    is_plain: bool
    """One line whose amount is the total: there is nothing to add up."""


def statement(booking: Booking) -> Statement:
    """Read the lines (one query) and put them into words."""
    lines = list(booking.lines.all())

    def words(minor: int) -> str:
        return speech.money(minor, booking.currency) if minor else ""

    return Statement(
        rows=[_row(line, booking) for line in lines],
        total=speech.money(booking.total_minor, booking.currency),
        tax=words(booking.tax_minor),
        credit=words(booking.credit_minor),
        paid=words(booking.paid_minor),
        due=words(booking.owed_minor) if booking.credit_minor or booking.paid_minor else "",
        is_plain=len(lines) <= 1,
    )


def _row(line: BookingLine, booking: Booking) -> Row:
    return Row(
        line.label, _counted(line, booking), speech.money(line.amount_minor, booking.currency), line.amount_minor < 0
    )


def _counted(line: BookingLine, booking: Booking) -> str:
    """`6:00 – 7:30 PM · 1.5 × €25.00 per hour`."""
    if line.unit_price_minor is None or not line.quantity:
        return ""
    price = speech.money(line.unit_price_minor, booking.currency)
    unit = Rate.Unit(line.unit).label
    counted = f"{speech.number(Fraction(line.quantity))} × {price} {unit}"
    if line.start is None or line.end is None or (line.start, line.end) == (booking.start, booking.end):
        return counted
    return f"{speech.span(line.start, line.end, zone(booking.time_zone))} · {counted}"


def deposit_in_words(booking: Booking, now: datetime) -> str:
    """What is to be paid online now and until when the rest; then when the rest is due. Empty without a deposit."""
    elsewhere = booking.payment_way in {PaymentWay.ON_SITE, PaymentWay.INVOICE} and booking.due_now_minor
    if elsewhere or not booking.deposit_minor or not booking.due_minor or not booking.resource.pays_online:
        return ""
    if booking.state in {State.HELD, State.PENDING}:
        return _deposit_ahead(booking, now)
    if booking.state != State.CONFIRMED or booking.due_now_minor or not booking.balance_due_at:
        return ""
    said = (
        _("The rest, %(amount)s, is due by %(day)s.")
        if booking.balance_due_at > now
        else _("The rest, %(amount)s, was due by %(day)s.")
    )
    return said % _amount_and_day(booking, booking.due_minor)


def _deposit_ahead(booking: Booking, now: datetime) -> str:
    if not 0 < booking.due_now_minor < booking.due_minor:
        return ""
    said = (
        _("Online you pay a deposit of %(amount)s now, and the rest by %(day)s.")
        if booking.balance_due_at and booking.balance_due_at > now
        else _("Online you pay a deposit of %(amount)s now, and the rest before you come or at the venue.")
    )
    return said % _amount_and_day(booking, booking.due_now_minor)


def _amount_and_day(booking: Booking, minor: int) -> dict[str, str]:
    day = speech.day(booking.balance_due_at, zone(booking.time_zone)) if booking.balance_due_at else ""
    return {"amount": speech.money(minor, booking.currency), "day": day}


def terms_in_words(booking: Booking, actor: Actor, now: datetime) -> str:
    """Until when cancelling is free, or what it costs by now; empty where it cannot be cancelled any more."""
    has_hours = not booking.total_minor and bool(balances.used_hours(booking.pk))
    if not booking.total_minor and not has_hours:
        return ""
    as_booked = _as_confirmed(booking, now)
    try:
        told = cancelling.foretold(as_booked, actor, Cancellation(), now)
    except Refused:
        return ""
    if has_hours:
        return _hours_in_words(booking, told)
    waits = booking.state == State.PENDING and booking.confirmed_at is None
    if told.settlement.fee_minor:
        fee = {"fee": speech.money(told.settlement.fee_minor, booking.currency)}
        if waits:
            return _("Cancelling costs nothing until it is confirmed, and %(fee)s after that.") % fee
        return _("Cancelling costs %(fee)s from now on.") % fee
    if told.free_until is None:
        return _("You can cancel free of charge.")
    said = (
        _("You can cancel free of charge until it is confirmed, and in any case until %(day)s, %(time)s.")
        if waits and told.settlement.is_grace
        else _("You can cancel free of charge until %(day)s, %(time)s.")
    )
    return said % _day_and_time(booking, told.free_until)


def _hours_in_words(booking: Booking, told: Preview) -> str:
    """The same of what prepaid hours have paid for."""
    if told.settlement.hours_kept:
        if not told.minutes_back:
            return _("Your prepaid hours do not come back if you cancel from now on.")
        return _("%(length)s of your prepaid hours come back if you cancel now.") % {
            "length": speech.hours(told.minutes_back)
        }
    if told.free_until is None:
        return _("Your prepaid hours come back if you cancel.")
    said = _("Your prepaid hours come back if you cancel until %(day)s, %(time)s.")
    return said % _day_and_time(booking, told.free_until)


def _day_and_time(booking: Booking, instant: datetime) -> dict[str, str]:
    in_zone = zone(booking.time_zone)
    return {"day": speech.day(instant, in_zone), "time": speech.clock(instant, in_zone)}


def _as_confirmed(booking: Booking, now: datetime) -> Booking:
    """What is held or requested costs nothing to cancel; people want to know what will hold once it is confirmed."""
    if booking.state not in {State.HELD, State.PENDING} or booking.confirmed_at:
        return booking
    agreed = copy(booking)
    agreed.state, agreed.confirmed_at, agreed.hold_expires_at, agreed.pending_reason = State.CONFIRMED, now, None, ""
    return agreed
