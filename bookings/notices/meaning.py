"""What an event of a booking means for people: which kinds of messages tell of it."""

from django.db.models import Q

from bookings.letters.kinds import Kind
from bookings.models import Booking, BookingChange, BookingEvent, OnSitePayment
from bookings.notices.rules import OwnerKind
from bookings.records import IMPORTED
from bookings.states import PendingReason, State

Act = BookingEvent.Act
STAFF = BookingEvent.ActorKind.STAFF
TIME_RAN_OUT = "time ran out"
TAKES_DAYS = "payment takes days"
SHOWN = frozenset({"start", "end", "resource", "participants", "total_minor", "with_resources", "extras"})
"""Changes that customers hear of."""
TAKEN = (State.HELD, State.PENDING, State.CONFIRMED)

NOTHING: tuple[str, ...] = ()


def told_by(event: BookingEvent) -> tuple[str, ...]:
    """The kinds of messages that tell of an event, whatever the tenant's rules make of them.

    Of bookings of a series that one act moved, the first speaks for all. What receipts, credit notes and letters
    about refunds and balances say is not said twice.
    """
    kinds = _told_by(event)
    return NOTHING if kinds and speaks_elsewhere(event) else kinds


def _told_by(event: BookingEvent) -> tuple[str, ...]:
    if event.act == Act.PAID:
        # Money that came online has its receipt.
        at_desk = event.why in OnSitePayment.Way.values and amount_of(event) > 0
        return (Kind.PAYMENT,) if at_desk else NOTHING
    if event.act == Act.CHANGED and event.from_state == event.to_state:
        return _changed(event)
    if event.act not in {Act.MOVED, Act.CHANGED}:
        return NOTHING
    match event.to_state:
        case State.HELD:
            return (Kind.WAITLIST_OFFER,) if hasattr(event.booking, "offered_to") else NOTHING
        case State.PENDING:
            return _pending(event)
        case State.CONFIRMED:
            return _confirmed(event)
        case State.CANCELLED:
            return _cancelled(event)
        case State.EXPIRED:
            return _expired(event)
        case _:
            return NOTHING


def _changed(event: BookingEvent) -> tuple[str, ...]:
    changes = {change.field: change.after for change in event.changes.all()}
    if changes.get("pending_reason") == PendingReason.PAYMENT:
        return (Kind.REQUEST_ACCEPTED,)
    tells = event.to_state in {State.CONFIRMED, State.PENDING} and SHOWN & changes.keys()
    return (Kind.CHANGE,) if tells else NOTHING


def _pending(event: BookingEvent) -> tuple[str, ...]:
    if event.why == TAKES_DAYS and not event.booking.resource.needs_approval:
        return NOTHING
    return (Kind.REQUEST, *_to_owners(event, OwnerKind.BOOKED))


def _confirmed(event: BookingEvent) -> tuple[str, ...]:
    if event.from_state == State.NO_SHOW or event.why == IMPORTED:
        return NOTHING
    is_known = event.from_state == State.PENDING and not _is_to_be_paid(event)
    return (Kind.CONFIRMATION, *(NOTHING if is_known else _to_owners(event, OwnerKind.BOOKED)))


def _cancelled(event: BookingEvent) -> tuple[str, ...]:
    by_staff = event.actor_kind == STAFF
    if event.from_state == State.HELD and not by_staff:
        return NOTHING  # who lets a hold go knows that
    if event.from_state == State.PENDING and by_staff and not _is_to_be_paid(event):
        return (Kind.REQUEST_DECLINED,)
    return (Kind.CANCELLATION, *_to_owners(event, OwnerKind.CANCELLED))


def _expired(event: BookingEvent) -> tuple[str, ...]:
    if event.why != TIME_RAN_OUT:
        return NOTHING
    if event.from_state == State.PENDING:
        return (Kind.EXPIRED if _is_to_be_paid(event) else Kind.REQUEST_DECLINED,)
    return NOTHING if _has_it_anyway(event.booking) or _ran_out_before(event) else (Kind.EXPIRED,)


def _has_it_anyway(booking: Booking) -> bool:
    """Whether who let a hold lapse has booked the same time once more."""
    same = Booking.objects.filter(resource=booking.resource_id, start=booking.start, state__in=TAKEN)
    who = Q(customer=booking.customer_id) if booking.customer_id else Q(email__iexact=booking.email)
    return same.filter(who).exists()


def _ran_out_before(event: BookingEvent) -> bool:
    """Whether another booking of the series has lapsed already: one letter is enough."""
    if event.booking.series_id is None:
        return False
    others = BookingEvent.objects.filter(booking__series=event.booking.series_id, to_state=State.EXPIRED)
    return others.filter(why=TIME_RAN_OUT, at__lt=event.at).exists()


def _to_owners(event: BookingEvent, kind: OwnerKind) -> tuple[str, ...]:
    return NOTHING if event.actor_kind == STAFF else (kind,)


def _is_to_be_paid(event: BookingEvent) -> bool:
    """Whether what was pending waited for money, not for an answer."""
    changes = BookingChange.objects.filter(event__booking=event.booking_id, field="pending_reason")
    days = BookingEvent.objects.filter(booking=event.booking_id, to_state=State.PENDING, why=TAKES_DAYS)
    return changes.filter(after=PendingReason.PAYMENT).exists() or days.exists()


def amount_of(event: BookingEvent) -> int:
    """The money of a payment, in minor units; negative for what was given back."""
    paid = next((change for change in event.changes.all() if change.field == "paid_minor"), None)
    return int(paid.after) - int(paid.before) if paid else 0


def together_with(event: BookingEvent) -> list[BookingEvent]:
    """The same act on bookings of the same series, this one included, by start."""
    if event.booking.series_id is None:
        return [event]
    same = BookingEvent.objects.filter(
        booking__series=event.booking.series_id,
        at=event.at,
        act=event.act,
        from_state=event.from_state,
        to_state=event.to_state,
    )
    return list(same.select_related("booking").order_by("booking__start", "booking_id", "pk"))


def speaks_elsewhere(event: BookingEvent) -> bool:
    """Whether another booking of the series tells of this act."""
    return together_with(event)[0].booking_id != event.booking_id
