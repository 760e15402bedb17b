"""Changing a booking's state: the only place where it is written, always with its record."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from bookings import versions
from bookings.facts import has_lapsed
from bookings.models import Booking, BookingChange, BookingEvent
from bookings.records import Actor, event, record
from bookings.states import PaymentState, PaymentWay, PendingReason, State, sources
from kernel import failpoints
from kernel.errors import Refused
from tenants import due
from venues.offered import has_quotas

Changes = Iterable[tuple[str, object, object]]
"""Fields with their values before and after."""
CLOCK = "booking_clock"
"""The kind of due work that tidies up after time itself."""
INVOICE = "invoice"
"""The kind of due work that keeps invoices at what is to be paid: `bookings.papers`."""
DESK_PAPER = "desk_paper"
"""The kind of due work that receipts what was taken at the desk, or credits what was given back there."""
RECEIPT, CREDIT_NOTE = "receipt", "credit_note"
"""The kinds of due work that write the papers of money that came online, or went back: `bookings.papers`."""
BALANCE = "balance"
"""The kind of due work that asks for the rest of the price when it is due: `bookings.following`."""
FOLLOW = "payment"
"""The kind of due work that follows an attempt to pay until it is over, whatever events arrive (R21)."""
PAY_BACK = "pay_back"
"""The kind of due work that gives back what is owed: `bookings.returns`."""


def locked(booking_id: UUID, seen: Collection[str] | None = None) -> Booking:
    """The booking as it is now, locked until the commit; `Outdated` where it is none of the versions `seen`."""
    rows = Booking.objects.select_related("resource__venue")
    if not failpoints.hit("moves.locked"):  # the negative control of the race tests reads without it
        rows = rows.select_for_update(of=("self",))
    found = rows.annotate(has_quotas=has_quotas("resource__venue"), read_at=Now()).get(pk=booking_id)
    versions.check(found, seen, found.read_at)
    return found


def check_live(booking: Booking, now: datetime) -> None:
    """Refuse a booking whose hold is over."""
    if booking.state == State.EXPIRED or has_lapsed(booking.state, booking.hold_expires_at, now):
        raise Refused("hold_expired", _("The time to finish this booking is over. Please choose again."))


def move(booking: Booking, target: State, actor: Actor, now: datetime, why: str = "") -> BookingEvent:
    """Change and stamp the state if the table of moves allows it; returns the event to record with it."""
    before = State(booking.state)
    if before not in sources(target):
        raise Refused(
            "wrong_state",
            _("A booking that is %(before)s cannot become %(after)s.")
            % {"before": before.label, "after": target.label},
        )
    booking.state = target
    booking.pending_reason = PendingReason.APPROVAL if target == State.PENDING else ""
    booking.updated_at = now
    booking.hold_expires_at = None
    if target == State.CONFIRMED and booking.confirmed_at is None:
        booking.confirmed_at = now
    return event(booking, before, actor, now, why)


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[tuple[str, object, object]]:
    """What is different, for `save`."""
    return [(name, before[name], after[name]) for name in before if before[name] != after[name]]


def save(booking: Booking, happened: BookingEvent, changes: Changes = ()) -> None:
    """Write a move, or an act that leaves the state alone: the row, which is locked, and its record.

    `changes` are fields with their values before and after, as the history shows them.
    """
    booking.save()
    told([(happened, changes)])
    owe([booking])


def told(acts: Iterable[tuple[BookingEvent, Changes]]) -> None:
    """Write the record of acts alone: events, and what each of them changed."""
    acts = list(acts)
    record([happened for happened, _changes in acts])
    invoiced = [happened.booking for happened, _changes in acts if happened.booking.payment_way == PaymentWay.INVOICE]
    if invoiced:
        due.schedule_all(INVOICE, [(booking.pk, booking.updated_at) for booking in invoiced])
    BookingChange.objects.bulk_create(
        BookingChange(event=happened, field=name, before=str(before)[:200], after=str(after)[:200])
        for happened, changes in acts
        for name, before, after in changes
    )


def owe(bookings: Iterable[Booking]) -> None:
    """Have what is to be given back given back, in the transaction that wrote it; no query where there is nothing."""
    owing = [(booking.pk, booking.updated_at) for booking in bookings if booking.refund_due_minor]
    if owing:
        due.schedule_all(PAY_BACK, owing)


def settle(booking: Booking, now: datetime) -> None:
    """Work out `payment_state` (and `paid_at`) from the amounts; a dispute stays one until the bank has decided."""
    if booking.payment_state == PaymentState.DISPUTED:
        return
    if not booking.total_minor:
        booking.payment_state = PaymentState.NOT_REQUIRED
    elif not booking.due_minor:
        booking.payment_state = PaymentState.PAID
        booking.paid_at = booking.paid_at or now
    elif booking.credit_minor or booking.paid_minor:
        booking.payment_state = PaymentState.DEPOSIT_PAID
    else:
        booking.payment_state = PaymentState.UNPAID


def settle_returned(booking: Booking, returned_minor: int) -> None:
    """Work out `payment_state` of a booking that was given up, after so much went back. It waits for the rest."""
    if returned_minor <= 0 or booking.refund_due_minor or booking.refunding_minor:
        return
    if booking.payment_state == PaymentState.DISPUTED:
        return
    kept = booking.paid_minor + booking.credit_minor
    booking.payment_state = PaymentState.PARTIALLY_REFUNDED if kept else PaymentState.REFUNDED


def tick(booking: Booking) -> None:
    """Have the clock look at the booking when time itself changes it next: hold lapsed, request over, visit over."""
    ticks([booking])


def ticks(bookings: Iterable[Booking]) -> None:
    """As `tick`, for many at once."""
    bookings = list(bookings)
    due.schedule_all(CLOCK, [(booking.pk, next_tick(booking)) for booking in bookings])
    owing = [
        (booking.pk, booking.balance_due_at)
        for booking in bookings
        if booking.balance_due_at and booking.state == State.CONFIRMED and booking.due_minor
    ]
    if owing:
        due.schedule_all(BALANCE, owing)


def next_tick(booking: Booking) -> datetime:
    """When that is: at once for one that was cancelled, so that nobody pays it any more."""
    if booking.state == State.CANCELLED:
        return booking.updated_at
    if booking.hold_expires_at:
        return booking.hold_expires_at
    return booking.start if booking.state == State.PENDING else booking.end
