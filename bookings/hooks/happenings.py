"""What an event of a booking means to others: the types it is told as, and the booking as it was then."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from bookings.hooks import kinds
from bookings.hooks.words import PARTNER, Extra, Words
from bookings.introductions import DETAILS
from bookings.models import Booking, BookingChange, BookingEvent, WebhookMessage
from bookings.states import WAITING, PaymentState, State
from kernel.periods import Period

Act = BookingEvent.Act
STAMPS = ("confirmed_at", "paid_at", "cancelled_at")
OF_STATE = {
    State.CONFIRMED: kinds.CONFIRMED,
    State.CANCELLED: kinds.CANCELLED,
    State.EXPIRED: kinds.EXPIRED,
    State.COMPLETED: kinds.COMPLETED,
    State.NO_SHOW: kinds.NO_SHOW,
}
RETURNED = frozenset({PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED})
READ: Mapping[str, Callable[[str], object]] = {
    "start": datetime.fromisoformat,
    "end": datetime.fromisoformat,
    "total_minor": int,
    "participants": int,
}
"""What a change keeps whole of what is told, and how it is read."""
HAS_MONEY = frozenset({PaymentState.PAID, PaymentState.DEPOSIT_PAID})


@dataclass(frozen=True)
class Happening:
    """An event with what it changed (before, after), and its booking as the event left it, in somebody's words."""

    words: Words
    event: BookingEvent
    booking: Booking
    changes: Mapping[str, tuple[str, str]]

    def data(self, extra: Extra) -> dict[str, object]:
        """The body's `data` for one type."""
        return {**self.words.data(self.booking, self.event.at), **self.words.spelt(extra)}


def happening(event: BookingEvent, words: Words) -> Happening:
    """An event as it was, even where it is told late and more has happened since."""
    later = list(BookingEvent.objects.filter(booking=event.booking_id, pk__gt=event.pk).order_by("pk"))
    rows = list(BookingChange.objects.filter(event__in=[event, *later]).order_by("event_id", "pk"))
    changes = {row.field: (row.before, row.after) for row in rows if row.event_id == event.pk}
    booking = copy.copy(event.booking)
    if words is PARTNER and not _is_known(event):
        booking.email = ""
    if later:
        booking.state = event.to_state
        changed_since = [row for row in rows if row.event_id != event.pk]
        booking.payment_state = _paid_then(booking, later, changed_since)
        _undo(booking, changed_since)
        booking.updated_at = min(booking.updated_at, event.at)
        for name in STAMPS:
            written = getattr(booking, name)
            setattr(booking, name, written if written and written <= event.at else None)
    return Happening(words, event, booking, changes)


def _is_known(event: BookingEvent) -> bool:
    """Whether it was known by then who comes: before that, a partner's booking is a reservation."""
    until = BookingEvent.objects.filter(booking=event.booking_id, pk__lte=event.pk)
    return until.filter(~Q(to_state=State.HELD) | Q(why=DETAILS)).exists()


def _undo(booking: Booking, changes: list[BookingChange]) -> None:
    """Give a booking back what it had before the first of these changes."""
    for row in reversed(changes):
        if row.field in READ:
            setattr(booking, row.field, READ[row.field](row.before))


def _paid_then(booking: Booking, later: list[BookingEvent], changes: list[BookingChange]) -> str:
    for row in changes:
        if row.field == "payment_state":
            return row.before
        if row.field == "paid_minor" and booking.payment_state in HAS_MONEY:  # the desk's payments say no more
            return _by_amount(booking, int(row.before))
    # Refunds say their amount, and not what it made of the booking.
    if booking.payment_state in RETURNED and any(one.act == Act.REFUNDED for one in later):
        return PaymentState.PAID
    return booking.payment_state


def _by_amount(booking: Booking, paid_minor: int) -> PaymentState:
    if paid_minor + booking.credit_minor >= booking.total_minor:
        return PaymentState.PAID
    return PaymentState.DEPOSIT_PAID if paid_minor + booking.credit_minor else PaymentState.UNPAID


def told_as(happened: Happening) -> Iterator[tuple[str, Extra]]:
    """Types, each with what its data has besides the booking."""
    event = happened.event
    if not event.from_state:
        yield kinds.CREATED, {}
    else:
        before, after = _status_before(happened), happened.words.status(happened.booking, event.at)
        if before != after:
            yield kinds.UPDATED, {"previous_status": before}
    if _is_paid_now(happened):
        yield kinds.PAID, {}
    if event.from_state != event.to_state and State(event.to_state) in OF_STATE:
        extra = {"cancel_reason": happened.booking.cancel_reason} if event.to_state == State.CANCELLED else {}
        yield OF_STATE[State(event.to_state)], extra
    yield from _acts(happened)


def _acts(happened: Happening) -> Iterator[tuple[str, Extra]]:
    event = happened.event
    if event.act == Act.CHANGED and {"start", "end", "resource"} & happened.changes.keys():
        yield kinds.RESCHEDULED, {"previous": _place_before(happened)}
    elif event.act == Act.CHECKED_IN:
        yield kinds.CHECKED_IN, {}
    elif event.act == Act.REFUNDED:
        amount, _colon, failure = event.why.partition(": ")
        yield kinds.REFUND_FAILED if failure else kinds.REFUNDED, {"refund_amount": amount}
    elif event.act == Act.DISPUTED:
        status, _space, amount = event.why.partition(" ")
        yield kinds.PAYMENT_DISPUTED, {"dispute_status": status, "disputed_amount": amount}


def _place_before(happened: Happening) -> dict[str, object]:
    booking, changes = happened.booking, happened.changes

    def then(name: str, now: datetime) -> datetime:
        return datetime.fromisoformat(changes[name][0]) if name in changes else now

    period = Period(then("start", booking.start), then("end", booking.end))
    name = changes["resource"][0] if "resource" in changes else booking.resource.name
    return happened.words.place(booking, period, name)


def _is_paid_now(happened: Happening) -> bool:
    """Whether this event is the one by which all is paid. Money for a reservation counts once that is confirmed."""
    event, booking = happened.event, happened.booking
    if booking.payment_state != PaymentState.PAID or event.to_state in WAITING:
        return False
    if event.to_state == State.CONFIRMED and (not event.from_state or event.from_state in WAITING):
        return True
    became = happened.changes.get("payment_state", ("", ""))[1] == PaymentState.PAID
    return event.act == Act.PAID or (became and event.act not in {Act.DISPUTED, Act.REFUNDED})


def _status_before(happened: Happening) -> str:
    """The status that was told last; where nobody was told, or long ago, what the event says of it."""
    event, words = happened.event, happened.words
    told = WebhookMessage.objects.filter(booking=event.booking_id, dialect=words.dialect)
    last = told.order_by("-pk").first()
    if last is not None:
        return str(last.data["status"])
    before = copy.copy(happened.booking)
    before.state, before.hold_expires_at = event.from_state, None
    if event.why == DETAILS:
        before.email = ""
    if "payment_state" in happened.changes:
        before.payment_state = happened.changes["payment_state"][0]
    elif event.act == Act.REFUNDED and before.payment_state in RETURNED:
        before.payment_state = PaymentState.PAID
    return words.status(before, before.created_at)  # time itself had changed nothing yet
