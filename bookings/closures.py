"""The owner takes time out. Closures race with bookings under the same locks and the same constraint (R32)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import busy, claims, waitlist
from bookings.availability import family
from bookings.models import Booking, Occupancy
from kernel import failpoints
from kernel.errors import NotFound, Refused
from kernel.periods import Period, subtracted
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate
from venues.models import Closure, Resource, Venue


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """What to close, when and why; `resource_id` None closes the whole venue. Customers read why if `is_public`."""

    venue: Venue
    period: Period
    resource_id: int | None = None
    reason: str = ""
    user: User | None = None
    is_public: bool = False


def block_out(request: ClosureRequest) -> Closure:
    """Close it. Where bookings stand in the way: `Refused("closure_conflicts")` with their list, and no change."""
    made, _standing = block_out_around([request], ())
    return made[0]


def block_out_around(
    requests: Sequence[ClosureRequest], decided: Collection[UUID]
) -> tuple[list[Closure], list[Booking]]:
    """Close all of it around bookings that somebody has decided on, which are answered by start.

    `Refused("closure_conflicts")` and no change where others stand in the way.
    """

    def act() -> tuple[list[Closure], list[Booking]]:
        for venue_id in sorted({request.venue.pk for request in requests if request.resource_id is None}):
            lock_venue(venue_id)
        places = [_resources(request.venue.pk, request.resource_id) for request in requests]
        claims.lock(sorted({resource.pk for resources in places for resource in resources}))
        now = gate.open_now()
        standing: dict[UUID, Booking] = {}
        for request, resources in zip(requests, places, strict=True):
            found = claims.live_bookings([resource.pk for resource in resources], request.period, now)
            standing |= {booking.pk: booking for booking in found}
        in_order = sorted(standing.values(), key=lambda booking: (booking.start, booking.pk))
        if not standing.keys() <= set(decided):
            raise _conflict([booking for booking in in_order if booking.pk not in decided])
        failpoints.hit("closure.checked")
        stays = Occupancy.objects.filter(~Q(kind=Occupancy.Kind.BOOKING) | Q(booking__in=standing))
        made = [_closed(request, resources, stays, now) for request, resources in zip(requests, places, strict=True)]
        return made, in_order

    return transact(act)


def _closed(request: ClosureRequest, resources: list[Resource], around: QuerySet[Occupancy], now: datetime) -> Closure:
    _clear_lapsed([resource.pk for resource in resources], request.period, now)
    closure = Closure.objects.create(
        venue=request.venue,
        resource_id=request.resource_id,
        start=request.period.start,
        end=request.period.end,
        reason=request.reason,
        is_public=request.is_public,
        created_by=request.user,
        created_at=now,
    )
    _cover(closure, resources, around)
    return closure


def standing(request: ClosureRequest, now: datetime) -> list[Booking]:
    """The bookings in the way of a closure at a moment. Locks nothing."""
    ids = [resource.pk for resource in _resources(request.venue.pk, request.resource_id)]
    return claims.live_bookings(ids, request.period, now)


def in_the_way(request: ClosureRequest) -> list[Booking]:
    """The bookings that `block_out` would be refused for at this moment. Reads; locks nothing."""
    return standing(request, database_now())


def cover_again(resource_ids: Collection[int], period: Period) -> None:
    """Have closures take the time that bookings gave back around a period, under the lock of these resources."""
    venues = Resource.objects.filter(pk__in=resource_ids).values("venue")
    found = Closure.objects.filter(venue__in=venues, start__lt=period.end, end__gt=period.start)
    for closure in found.order_by("pk"):
        shared = [each for each in _resources(closure.venue_id, closure.resource_id) if each.pk in resource_ids]
        _cover(closure, shared, around=Occupancy.objects.all())


def reopen(closure: Closure) -> None:
    """Take a closure back. Where another closure covers the same time it stays closed."""

    def act() -> None:
        if closure.resource_id is None:
            lock_venue(closure.venue_id)
        resources = _resources(closure.venue_id, closure.resource_id)
        ids = [resource.pk for resource in resources]
        line = waitlist.lock(ids)
        gone = Closure.objects.filter(pk=closure.pk).first()
        if gone is None:
            raise NotFound("not_found", _("There is no such closure."))
        gone.delete()
        others = Closure.objects.filter(venue=closure.venue_id, start__lt=closure.end, end__gt=closure.start)
        for other in others.order_by("pk"):
            shared = [resource for resource in _resources(other.venue_id, other.resource_id) if resource.pk in ids]
            # Parts and units that came later may have been booked meanwhile.
            _cover(other, shared, around=Occupancy.objects.all())
        now, period = database_now(), Period(closure.start, closure.end)
        busy.cover(ids, now, period)
        waitlist.serve(line, now, period)

    transact(act)


def lock_venue(venue_id: int) -> None:
    """Nobody else adds resources to a venue, or closes all of it, until the commit. Comes before locks of resources."""
    list(Venue.objects.select_for_update(no_key=True).filter(pk=venue_id).values_list("pk"))


def cover_new_units(resource: Resource, now: datetime) -> None:
    """Have what is closed or busy elsewhere cover units that a pool, or a venue, did not have, under its lock."""
    to_come = Closure.objects.filter(Q(resource=None) | Q(resource=resource), venue=resource.venue_id, end__gt=now)
    for closure in to_come.order_by("pk"):
        _cover(closure, [resource], around=Occupancy.objects.all())
    if busy.calendars_of(resource.pk).filter(pulls=True).exists():
        busy.later([resource.pk], now)


def _resources(venue_id: int, resource_id: int | None) -> list[Resource]:
    found = Resource.objects.filter(venue=venue_id).order_by("pk")
    if resource_id is not None:
        found = found.filter(family([resource_id]))
    resources = list(found)
    if resource_id is not None and not any(resource.pk == resource_id for resource in resources):
        raise NotFound("not_found", _("There is no such resource."))
    return resources


def _clear_lapsed(resource_ids: list[int], period: Period, now: datetime) -> None:
    in_the_way = Occupancy.objects.filter(
        resource__in=resource_ids, during__overlap=claims.range_of(period), booking__isnull=False
    )
    booking_ids = set(in_the_way.values_list("booking_id", flat=True))
    claims.release(claims.lapsed(booking_ids, now), now, "time ran out")


def _cover(closure: Closure, resources: list[Resource], around: QuerySet[Occupancy]) -> None:
    """Write the closure's rows; time that is taken already by a row of `around` is left to that one."""
    period = Period(closure.start, closure.end)
    covered: dict[tuple[int, int], list[Period]] = {}
    for resource_id, unit, during in around.filter(
        resource__in=[resource.pk for resource in resources], during__overlap=claims.range_of(period)
    ).values_list("resource_id", "unit", "during"):
        covered.setdefault((resource_id, unit), []).append(Period(during.lower, during.upper))
    claims.occupy(
        Occupancy(
            resource_id=resource.pk,
            unit=unit,
            during=claims.range_of(left),
            kind=Occupancy.Kind.CLOSURE,
            closure=closure,
        )
        for resource in resources
        for unit in range(resource.units)
        for left in subtracted(period, covered.get((resource.pk, unit), []))
    )


def _conflict(bookings: list[Booking]) -> Refused:
    listed = [
        {
            "id": str(booking.pk),
            "reference_code": booking.reference_code,
            "resource": booking.resource_id,
            "start_datetime": booking.start.isoformat(),
            "end_datetime": booking.end.isoformat(),
        }
        for booking in bookings
    ]
    return Refused("closure_conflicts", _("There are bookings in this time."), {"bookings": listed})
