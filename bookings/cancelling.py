"""Giving up: what comes back, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bookings import balances, moves, terms, waitlist
from bookings.facts import has_lapsed
from bookings.models import Booking, BookingEvent, Occupancy
from bookings.moves import Changes, changed, locked, move, save, settle_returned
from bookings.records import Actor
from bookings.states import LIVE, CancelReason, PendingReason, State
from bookings.terms import Outcome, Rung, Settlement, settlement
from kernel.errors import Conflict, Invalid, Refused
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import transact
from venues.models import FULL

AN_INSTANT = timedelta(microseconds=1)
FREE = Outcome(0, 0)
ENDED = (
    "state", "pending_reason", "hold_expires_at", "updated_at", "cancelled_at", "cancel_reason", "cancel_notes",
    "fee_minor", "refund_due_minor", "credit_minor", "payment_state",
)  # fmt: skip
"""What a cancellation writes on the row."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why a booking is cancelled. `fee_minor`: staff charge this instead of what the policy says,
    and say why in `fee_because`, for the record.

    `shown` are the `figures` of the settlement that whoever cancels has seen; empty: they take what it costs.
    """

    reason: CancelReason = CancelReason.USER_REQUEST
    notes: str = ""
    fee_minor: int | None = None
    shown: str = ""
    fee_because: str = ""

    def said_by(self, actor: Actor) -> "Cancellation":
        """What counts: only the venue knows what the weather did; anybody else's word is kept as `other`."""
        if self.reason == CancelReason.WEATHER and not actor.is_staff:
            return replace(self, reason=CancelReason.OTHER)
        return self


@dataclass(frozen=True)
class Preview:
    """What a cancellation would do at a moment, and how that changes.

    `free_until` is the last instant of the time in which it is free, None where it is not free now or stays
    free. `minutes_back` are prepaid minutes. `steps` are the terms for this customer and reason.
    """

    reason: CancelReason
    settlement: Settlement
    minutes_back: int
    free_until: datetime | None
    steps: tuple[Rung, ...]


def can_cancel(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether `cancel` would say yes: a live booking, for customers before it starts."""
    if booking.state not in LIVE or has_lapsed(booking.state, booking.hold_expires_at, now):
        return False
    return now < last_chance(booking, actor)


def last_chance(booking: Booking, actor: Actor) -> datetime:
    """The end of the time in which an actor may cancel: the start, for staff the end."""
    return booking.end if actor.is_staff else booking.start


def preview(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> Settlement:
    """Exactly what `cancel` would do with the money at this moment. `Refused` where it would say no."""
    if not can_cancel(booking, actor, now):
        raise Refused("not_cancellable", _("This booking can no longer be cancelled."))
    return settlement(booking, _outcome(booking, actor, why.said_by(actor), now))


def foretold(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> Preview:
    """`preview` and what somebody wants to know besides. `Refused` where `cancel` would say no."""
    done = preview(booking, actor, why, now)
    why = why.said_by(actor)
    used = balances.used_hours(booking.pk)
    return Preview(
        reason=why.reason,
        settlement=done,
        minutes_back=sum(minutes_back(minutes, done.hours_kept) for minutes in used.values()),
        free_until=_free_until(booking, actor, why, now, has_hours=bool(used)),
        steps=steps(booking, actor, why),
    )


def steps(booking: Booking, actor: Actor, why: Cancellation) -> tuple[Rung, ...]:
    """The terms that were agreed, for this customer and reason."""
    return tuple(terms.ladder(terms.agreed(booking), booking, why.said_by(actor).reason))


def minutes_back(used: int, hours_kept: int) -> int:
    """What comes back of prepaid minutes, `hours_kept` basis points of which are lost; whole minutes only."""
    return used * (FULL - hours_kept) // FULL


def cancel(booking: Booking, actor: Actor, why: Cancellation) -> Booking:
    """Give the time back. A second cancel answers with the first one's result; too late is `Refused`.

    `Conflict("refund_changed")` where it costs something else by now than was shown.
    """

    def act() -> Booking:
        line = waitlist.lock_of(booking.pk)
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.state == State.CANCELLED:
            return current
        give_up(current, actor, why, now)
        waitlist.serve(line, now, Period(current.start, current.end))
        return current

    return transact(act)


def decline(booking: Booking, actor: Actor, notes: str) -> Booking:
    """Staff say no to a request for approval: cancelled, at no cost. A second time answers as the first did."""

    def act() -> Booking:
        line = waitlist.lock_of(booking.pk)
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.state == State.CANCELLED:
            return current
        if current.pending_reason != PendingReason.APPROVAL:
            raise Refused("wrong_state", _("This booking does not wait for an answer."))
        give_up(current, actor, Cancellation(CancelReason.OTHER, notes), now)
        waitlist.serve(line, now, Period(current.start, current.end))
        return current

    return transact(act)


def give_up(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> None:
    """Cancel a booking that is locked together with its resources."""
    done = preview(booking, actor, why, now)
    if why.shown and why.shown != done.figures:
        raise Conflict("refund_changed", _("What cancelling costs has changed since you looked."))
    happened, changes = _end(booking, actor, why.said_by(actor), done, now)
    balances.give_back(booking, now, booking.credit_minor, done.hours_kept)
    save(booking, happened, changes)
    _stop_paying([booking])
    Occupancy.objects.filter(booking=booking).delete()


def give_up_all(bookings: Sequence[Booking], actor: Actor, why: Cancellation, now: datetime) -> None:
    """As `give_up`, for many at once, in as many statements as for one; they were read with policy and venue."""
    settled = [preview(booking, actor, why, now) for booking in bookings]
    ends = [
        _end(booking, actor, why.said_by(actor), done, now) for booking, done in zip(bookings, settled, strict=True)
    ]
    ids = [booking.pk for booking in bookings]
    users = balances.lock_used(ids)
    for booking, done in zip(bookings, settled, strict=True):
        if booking.pk in users:
            balances.give_back(booking, now, booking.credit_minor, done.hours_kept)
    Booking.objects.bulk_update(bookings, ENDED, batch_size=100)
    moves.told(ends)
    moves.owe(bookings)
    _stop_paying(bookings)
    Occupancy.objects.filter(booking__in=ids).delete()


def _stop_paying(bookings: Sequence[Booking]) -> None:
    """Have the clock close what could still be paid for them."""
    payable = [booking for booking in bookings if booking.total_minor]
    if payable:
        moves.ticks(payable)


def _end(
    booking: Booking, actor: Actor, why: Cancellation, done: Settlement, now: datetime
) -> tuple[BookingEvent, Changes]:
    """Put the cancellation on the row, which is written by the caller; the event and what it changed."""
    before = _figures(booking)
    booking.cancelled_at = now
    booking.cancel_reason, booking.cancel_notes = why.reason, why.notes
    booking.fee_minor, booking.refund_due_minor = done.fee_minor, done.refund_minor
    booking.credit_minor -= done.credit_back_minor
    settle_returned(booking, done.credit_back_minor)
    told = str(why.reason) if why.fee_minor is None else f"{why.reason}, fee set by staff"
    changes = changed(before, _figures(booking))
    if why.fee_minor is not None and why.fee_because:
        changes.append(("fee_because", "", why.fee_because))
    return move(booking, State.CANCELLED, actor, now, why=told), changes


def _figures(booking: Booking) -> dict[str, object]:
    return {name: getattr(booking, name) for name in ("fee_minor", "refund_due_minor", "credit_minor")}


def _outcome(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> Outcome:
    if why.fee_minor is not None:
        if not actor.is_staff or not 0 <= why.fee_minor <= booking.total_minor:
            raise Invalid("fee_invalid", _("The fee cannot be more than the price."))
        return Outcome(why.fee_minor, 0)
    if _is_free(booking, actor, why):
        return FREE
    return terms.outcome(terms.agreed(booking), booking, why.reason, now)


def _is_free(booking: Booking, actor: Actor, why: Cancellation) -> bool:
    # Nothing was promised yet, or it is the venue that breaks the promise.
    return booking.confirmed_at is None or (actor.is_staff and why.reason == CancelReason.OTHER)


def _free_until(
    booking: Booking, actor: Actor, why: Cancellation, now: datetime, *, has_hours: bool
) -> datetime | None:
    if _is_free(booking, actor, why):
        return None
    agreed = terms.agreed(booking)

    def costs(at: datetime) -> bool:
        found = terms.outcome(agreed, booking, why.reason, at)
        return bool(found.fee_minor or (has_hours and found.hours_kept))

    if costs(now):
        return None
    last = last_chance(booking, actor)
    edges = (edge for edge in terms.changes(agreed, booking, why.reason, now) if edge < last)
    return next((edge for edge in edges if costs(edge + AN_INSTANT)), None)
