"""Closing time over bookings that stand in the way: each is cancelled, moved, or left where it is.

The closure comes first, around the bookings: from then on nobody else books that time. Then each booking is settled
in a transaction of its own, in which the closure takes the time that it gives back. So there is no moment at which
two have the same time, whoever books meanwhile and wherever a worker dies.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import cancelling, changes, closures, moves, waitlist
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.closures import ClosureRequest
from bookings.facts import Reason
from bookings.models import Booking, BookingEvent, Clearing, Displacement
from bookings.records import Actor
from bookings.states import LIVE, CancelReason
from kernel import failpoints
from kernel.errors import Busy, Invalid, Refused
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due

log = logging.getLogger(__name__)

KIND = "clearing"
"""The kind of due work that goes on with settling."""
STRETCH = 45.0
"""Seconds of work at once: half of what a worker may take."""
FEW = 10
"""So many are settled at once, while somebody waits; more of them by a worker."""
MOST_BOOKINGS = 500
MOST_CLOSURES = 60
LONGEST_DETAIL = 300
A_DAY = timedelta(days=1)
"""Buffers are a day at most: so far from a booking it may have taken time."""

Way = Displacement.Way
State = Displacement.State
SET_ASIDE = frozenset({Reason.LEAD_TIME, Reason.TOO_FAR, Reason.GRANULARITY})
"""Rules that whoever is moved by the venue need not keep again."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to become of one booking. `shown`: the figures of the settlement that was shown, for a cancellation."""

    way: str
    resource_id: int | None = None
    start: datetime | None = None
    shown: str = ""


def in_the_way(requests: Sequence[ClosureRequest]) -> list[Booking]:
    """The bookings that these closures would have to settle at this moment, by start. Locks nothing."""
    now = database_now()
    found: dict[UUID, Booking] = {}
    for request in requests:
        found |= {booking.pk: booking for booking in closures.standing(request, now)}
    return sorted(found.values(), key=lambda booking: (booking.start, booking.pk))


def close(requests: Sequence[ClosureRequest], fates: Mapping[UUID, Fate], user: User) -> Clearing | None:
    """Close all of it, and have each booking that stands in the way settled as `fates` say; None where there is none.

    `Refused("closure_conflicts")` and no change where a booking stands in the way that nobody has decided on.
    """
    if not requests:
        raise Invalid("period_invalid", _("There is nothing to close."))
    if len(requests) > MOST_CLOSURES:
        raise Invalid("too_many", _("That is too much for one closure. Make it in two steps."))

    def act() -> Clearing | None:
        _made, standing = closures.block_out_around(requests, fates)
        if not standing:
            return None
        now = database_now()
        clearing = Clearing.objects.create(
            venue=requests[0].venue,
            reason=requests[0].reason,
            is_public=requests[0].is_public,
            created_by_id=user.pk,
            created_at=now,
        )
        Displacement.objects.bulk_create(_row(clearing, booking, fates[booking.pk]) for booking in standing)
        due.schedule(KIND, clearing.pk, now)
        failpoints.hit("clearing.closed")
        return clearing

    return transact(act)


def decide_again(clearing: Clearing, fates: Mapping[UUID, Fate]) -> None:
    """Settle otherwise those that could not be settled as was said before."""

    def act() -> None:
        refused = clearing.displaced.select_for_update().filter(state=State.REFUSED, booking__in=fates)
        rows = list(refused.order_by("pk"))
        for row in rows:
            fate = fates[row.booking_id]
            row.way, row.resource_id, row.start = fate.way, fate.resource_id, fate.start
            row.shown, row.detail = fate.shown, ""
            row.state = State.DONE if fate.way == Way.KEEP else State.WAITING
            row.save()
        if rows:
            due.schedule(KIND, clearing.pk, database_now())

    transact(act)


@due.handles(KIND)
def work(clearing_id: str) -> None:
    """Settle what waits, one after the other, until all is done or a stretch is over; as often as it is called."""
    began = time.monotonic()
    for pk in list(_waiting(int(clearing_id)).values_list("pk", flat=True)):
        _settle(pk)
        if time.monotonic() - began > STRETCH:
            due.schedule(KIND, clearing_id, database_now())
            return


def work_now(clearing: Clearing) -> None:
    """Settle a few while somebody waits; what cannot be had at once is left to the clock."""
    if _waiting(clearing.pk).count() > FEW:
        return
    try:
        work(str(clearing.pk))
    except Busy:
        return


def _waiting(clearing_id: int) -> QuerySet[Displacement]:
    return Displacement.objects.filter(clearing=clearing_id, state=State.WAITING).order_by("pk")


def _row(clearing: Clearing, booking: Booking, fate: Fate) -> Displacement:
    return Displacement(
        clearing=clearing,
        booking=booking,
        way=fate.way,
        resource_id=fate.resource_id,
        start=fate.start,
        shown=fate.shown,
        state=State.DONE if fate.way == Way.KEEP else State.WAITING,
    )


def _settle(pk: int) -> None:
    row = Displacement.objects.select_related("clearing", "booking").get(pk=pk)
    actor = Actor(BookingEvent.ActorKind.STAFF, row.clearing.created_by_id)
    act = _cancel if row.way == Way.CANCEL else _move
    try:
        transact(lambda: act(row, actor))
    except Busy:
        raise
    except Refused as refusal:
        detail = refusal.detail
        transact(lambda: _note(row, State.REFUSED, detail))
    failpoints.hit("clearing.settled")


def _cancel(row: Displacement, actor: Actor) -> None:
    line = waitlist.lock_of(row.booking_id)
    booking = moves.locked(row.booking_id)
    if not _still_waits(row):
        return
    now = database_now()
    given_back = Period(booking.start, booking.end)
    if booking.state in LIVE and cancelling.can_cancel(booking, actor, now):
        said = row.clearing.reason if row.clearing.is_public else ""
        why = Cancellation(CancelReason.OTHER, said, shown=row.shown)
        cancelling.give_up(booking, actor, why, now)
    elif booking.state in LIVE and booking.end <= now:
        raise Refused("not_cancellable", _("This booking can no longer be cancelled."))
    _close_again(line.freed, given_back)
    waitlist.serve(line, now, given_back)
    _note(row, State.DONE)


def _move(row: Displacement, actor: Actor) -> None:
    if not _still_waits(row):
        return
    booking = Booking.objects.select_related("resource__venue").get(pk=row.booking_id)
    wanted = Change(start=row.start, resource_id=row.resource_id, overrules=SET_ASIDE)
    changes.carry_out(booking, at_its_price(booking, wanted, actor), actor, then=_close_again)
    _note(row, State.DONE)


def at_its_price(booking: Booking, wanted: Change, actor: Actor) -> Change:
    """The change at the price that was agreed: who is moved by the venue pays neither more nor less."""
    if not changes.preview(booking, wanted, actor).delta_minor:
        return replace(wanted, expected_minor=booking.total_minor)
    return replace(wanted, agreed_minor=booking.total_minor)


def _still_waits(row: Displacement) -> bool:
    return Displacement.objects.filter(pk=row.pk, state=State.WAITING).exists()


def _close_again(resource_ids: Collection[int], given_back: Period) -> None:
    failpoints.hit("clearing.given_back")
    closures.cover_again(resource_ids, Period(given_back.start - A_DAY, given_back.end + A_DAY))


def _note(row: Displacement, state: State, detail: str = "") -> None:
    Displacement.objects.filter(pk=row.pk, state=State.WAITING).update(state=state, detail=detail[:LONGEST_DETAIL])
