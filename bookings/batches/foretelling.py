"""What an act on many bookings would do to each of them at this moment; changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import cancelling
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.changes import Preview, shown
from bookings.drafts import Draft, Moment, drafted
from bookings.facts import Reason, has_lapsed
from bookings.models import Batch, BatchRow, Booking, BookingLine
from bookings.models.messages import Channel
from bookings.notices import people
from bookings.records import Actor
from bookings.states import CancelReason, PendingReason, State
from bookings.weather import prepaid
from kernel.errors import Refused
from kernel.periods import Period, instants
from schemas.clock import database_now
from tenants.zones import zone

SET_ASIDE = frozenset({Reason.LEAD_TIME, Reason.TOO_FAR, Reason.GRANULARITY})
"""Rules that do not count where the venue itself moves: how early and at which minutes one books."""
FIELDS = ("kind", "reason", "notes", "letter", "text", "days", "minutes", "resource_id")
"""What a wish and a batch have in common."""
LONGEST_DETAIL = 300
TOLD = frozenset({State.PENDING, State.CONFIRMED, State.COMPLETED, State.NO_SHOW, State.CANCELLED})
CONFIRMED = frozenset({State.CONFIRMED, State.COMPLETED, State.NO_SHOW})
Row = BatchRow.State


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done; the fields are those of `Batch`."""

    kind: str
    reason: str = CancelReason.OTHER
    notes: str = ""
    letter: str = ""
    text: str = ""
    days: int = 0
    minutes: int = 0
    resource_id: int | None = None

    @property
    def why(self) -> Cancellation:
        """What each booking is cancelled for."""
        return Cancellation(CancelReason(self.reason or CancelReason.OTHER), self.notes)

    @property
    def moves(self) -> bool:
        """Whether anything would be elsewhere, or at another time."""
        return bool(self.days or self.minutes or self.resource_id)


def wish_of(batch: Batch) -> Wish:
    """What a batch was drafted with."""
    return Wish(**{name: getattr(batch, name) for name in FIELDS})


@dataclass
class _Sight:
    """What is looked at: the bookings in order, who acts, and when."""

    wish: Wish
    bookings: Sequence[Booking]
    user: User
    now: datetime
    prepaid: Mapping[UUID, list[int]] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)


def foretold(wish: Wish, bookings: Sequence[Booking], user: User) -> list[BatchRow]:
    """A row for each booking, in the order in which they are done; what cannot be done is `left`, with the reason."""
    sight = _Sight(wish, bookings, user, database_now())
    rows = LOOKS[wish.kind](sight)
    for number, row in enumerate(rows, start=1):
        row.number = number
    return rows


def _left(booking: Booking, code: str, detail: str) -> BatchRow:
    return BatchRow(booking=booking, state=Row.LEFT, code=code[:60], detail=detail[:LONGEST_DETAIL])


def _each(look: Callable[[Booking, _Sight], BatchRow]) -> Callable[[_Sight], list[BatchRow]]:
    def every(sight: _Sight) -> list[BatchRow]:
        rows = []
        for booking in sight.bookings:
            try:
                rows.append(look(booking, sight))
            except Refused as refusal:
                rows.append(_left(booking, refusal.code, refusal.detail))
        return rows

    return every


def _cancelled(sight: _Sight) -> list[BatchRow]:
    sight.prepaid = prepaid(sight.bookings)
    return _each(_cancel)(sight)


def _cancel(booking: Booking, sight: _Sight) -> BatchRow:
    if booking.state == State.CANCELLED:
        return _left(booking, "cancelled_already", _("It is cancelled already."))
    done = cancelling.preview(booking, sight.actor, sight.wish.why, sight.now)
    return BatchRow(
        booking=booking,
        fee_minor=done.fee_minor,
        refund_minor=done.refund_minor,
        credit_minor=done.credit_back_minor,
        hours_back=sum(cancelling.minutes_back(used, done.hours_kept) for used in sight.prepaid.get(booking.pk, ())),
        figures=done.figures,
    )


def _answered(booking: Booking, sight: _Sight) -> BatchRow:
    check_asked(booking, sight.now)
    return BatchRow(booking=booking)


def check_asked(booking: Booking, now: datetime) -> None:
    """Raise `Refused` unless a booking waits for the venue's answer."""
    if booking.state != State.PENDING or booking.pending_reason != PendingReason.APPROVAL:
        raise Refused("wrong_state", _("This booking does not wait for an answer."))
    if booking.start <= now or has_lapsed(booking.state, booking.hold_expires_at, now):
        raise Refused("hold_expired", _("Nobody answered this request in time."))


def _written(sight: _Sight) -> list[BatchRow]:
    """One letter to each address: who has several bookings among them hears of the first."""
    rows: list[BatchRow] = []
    first: dict[str, Booking] = {}
    for booking in sight.bookings:
        to = people.reach(booking, Channel.MAIL).lower()
        if not to:
            rows.append(_left(booking, "no_address", _("There is no e-mail address.")))
        elif booking.state not in (CONFIRMED if sight.wish.letter else TOLD):
            rows.append(_left(booking, "wrong_state", _("There is nothing to say about a booking in this state.")))
        elif to in first:
            told = {"code": first[to].reference_code}
            rows.append(_left(booking, "same_person", _("They get one letter, about %(code)s.") % told))
        else:
            first[to] = booking
            rows.append(BatchRow(booking=booking))
    return rows


def _moved(sight: _Sight) -> list[BatchRow]:
    """Whoever moves makes room for the others: drafted as if all that can move were gone from where they are."""
    known: dict[UUID, Draft | Refused] = {}
    sight.prepaid = prepaid(sight.bookings)
    moving = {booking.pk for booking in sight.bookings}
    while True:
        known = {booking.pk: _draft(booking, sight, moving) for booking in sight.bookings}
        _clash(sight, known)
        staying = {pk for pk in moving if isinstance(known[pk], Refused)}
        if not staying:
            break
        moving -= staying
    later = timedelta(days=sight.wish.days, minutes=sight.wish.minutes) > timedelta(0)
    rows = [_move(booking, known[booking.pk]) for booking in sight.bookings]
    # Who goes furthest goes first: the next one takes its place.
    return sorted(rows, key=lambda row: (row.booking.start, row.booking.pk), reverse=later)


def _draft(booking: Booking, sight: _Sight, moving: set[UUID]) -> Draft | Refused:
    """Its price stays what it was, as when staff swap bookings; what is paid with prepaid hours is counted anew."""
    try:
        moment = Moment(sight.actor, sight.now, lock=False, moving=frozenset(moving))
        change = change_of(booking, sight.wish)
        draft = drafted(booking, change, moment)
        if draft.after.total_minor == booking.total_minor or booking.pk in sight.prepaid:
            return draft
        return drafted(booking, replace(change, agreed_minor=booking.total_minor), moment)
    except Refused as refusal:
        return refusal


def change_of(booking: Booking, wish: Wish) -> Change:
    """What is to be different of a booking: 18:00 stays 18:00 when the clocks change. Raises `Refused`."""
    resource_id = wish.resource_id if wish.resource_id != booking.resource_id else None
    start = None
    if wish.days or wish.minutes:
        in_zone = zone(booking.time_zone)
        wall = booking.start.astimezone(in_zone).replace(tzinfo=None)
        found = instants(wall + timedelta(days=wish.days, minutes=wish.minutes), in_zone)
        if not found:
            raise Refused("clock_change", _("The clocks skip this time on that day."))
        start = found[0]
    if start is None and resource_id is None:
        raise Refused("nothing_to_change", _("It is there already."))
    return Change(start=start, resource_id=resource_id, overrules=SET_ASIDE)


def _clash(sight: _Sight, known: dict[UUID, Draft | Refused]) -> None:
    """Of several that would be in one place at one time, the first has it."""
    taken: list[tuple[int, Period]] = []
    for booking in sight.bookings:
        draft = known[booking.pk]
        if isinstance(draft, Refused) or draft.after.resource.units > 1:
            continue
        period = Period(draft.after.start, draft.after.end)
        if any(where == draft.after.resource_id and period.overlaps(other) for where, other in taken):
            known[booking.pk] = Refused("booked", _("Another one of these bookings would be there at that time."))
        else:
            taken.append((draft.after.resource_id, period))


def _move(booking: Booking, draft: Draft | Refused) -> BatchRow:
    if isinstance(draft, Refused):
        return _left(booking, draft.code, draft.detail)
    done = shown(draft)
    return BatchRow(
        booking=booking,
        start=done.booking.start,
        delta_minor=done.delta_minor,
        refund_minor=done.refund_minor,
        figures=figures_of(booking, done),
    )


def figures_of(booking: Booking, done: Preview) -> str:
    """What was looked at of a move: the booking's revision, what it costs then, and whether that was agreed on."""
    is_agreed = any(line.kind == BookingLine.Kind.AGREED for line in done.lines)
    return f"{booking.revision}/{done.booking.total_minor}/{int(is_agreed)}"


LOOKS: Mapping[str, Callable[[_Sight], list[BatchRow]]] = {
    Batch.Kind.CANCEL: _cancelled,
    Batch.Kind.MESSAGE: _written,
    Batch.Kind.MOVE: _moved,
    Batch.Kind.CONFIRM: _each(_answered),
    Batch.Kind.DECLINE: _each(_answered),
}
