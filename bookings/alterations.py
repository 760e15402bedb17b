"""Changing the settings of what is booked already, without breaking what was promised.

Every act is called under the lock of the resources concerned (`claims.lock`): nobody takes time from them
meanwhile, so that what is checked here is so at the commit, and whoever waited sees the new settings (R34).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from bookings import claims, closures
from bookings.availability import family
from bookings.dealing import Stay, TooFew, dealt, most_at_once
from bookings.models import Booking, Occupancy
from bookings.states import LIVE, WAITING
from kernel.errors import Conflict
from kernel.periods import Period
from schemas.clock import database_now
from venues.models import Resource

MOST_LISTED = 20


def alter(before: Resource, after: Resource) -> None:
    """Write the changed settings of a resource that is locked, and what follows from them.

    Raises `Conflict` and changes nothing: `units_booked` and `capacity_booked` for more than there would be
    room for, `resource_booked` where sharing cannot begin or end, `buffer_conflicts` where bookings stand too
    close together for longer buffers.
    """
    now = database_now()
    if before.is_shared != after.is_shared and _to_come([after.pk], now).exists():
        raise Conflict("resource_booked", _("There are bookings to come, so this cannot be changed."))
    if after.capacity < before.capacity:
        _check_capacity(after, now)
    if after.units < before.units:
        _deal_into(after, now)
    after.save()
    if after.units > before.units:
        closures.cover_new_units(after, now)
    if (before.buffer_before, before.buffer_after) != (after.buffer_before, after.buffer_after):
        _put_buffers(after, now)


def _to_come(resource_ids: Collection[int], now: datetime) -> QuerySet[Booking]:
    rows = Occupancy.objects.filter(resource__in=resource_ids, during__endswith__gt=now, booking__isnull=False)
    found = Booking.objects.filter(pk__in=rows.values("booking"), state__in=LIVE)
    return found.exclude(state__in=WAITING, hold_expires_at__lte=now)


def _check_capacity(resource: Resource, now: datetime) -> None:
    most = _to_come([resource.pk], now).filter(resource=resource).aggregate(most=Max("participants"))["most"] or 0
    if most > resource.capacity:
        raise Conflict("capacity_booked", _("There are bookings to come for more people."), {"most": most})


def _deal_into(pool: Resource, now: datetime) -> None:
    """Move what is still to come into the units that are left, and take the others away."""
    rows = Occupancy.objects.filter(resource=pool)
    _tidy_up(rows.filter(during__endswith__gt=now), now)
    # Closures and busy times take every unit, so those that are left are taken already.
    rows.filter(booking=None, unit__gte=pool.units).delete()
    to_come = list(rows.filter(during__endswith__gt=now, booking__isnull=False))
    if not to_come:
        return
    first = min(row.during.lower for row in to_come)
    in_the_way = rows.filter(during__endswith__gt=first).exclude(pk__in=[row.pk for row in to_come])
    stays = [Stay(_period(row), row.pk, row.unit) for row in to_come]
    stays += [Stay(_period(row), row.pk, row.unit, fixed=True) for row in in_the_way]
    try:
        units = dealt(stays, pool.units)
    except TooFew:
        most = most_at_once([_period(row) for row in to_come])
        raise Conflict("units_booked", _("More than that are booked already."), {"most": most}) from None
    for row in to_come:
        row.unit = units[row.pk]
    claims.rewrite(to_come)


def _tidy_up(rows: QuerySet[Occupancy], now: datetime) -> None:
    booking_ids = set(rows.filter(booking__isnull=False).values_list("booking_id", flat=True))
    claims.release(claims.lapsed(booking_ids, now), now, "time ran out")


def _put_buffers(resource: Resource, now: datetime) -> None:
    """Give the bookings to come the new buffers, on the resource and on the parts that they take with it."""
    rows = Occupancy.objects.filter(
        resource__in=Resource.objects.filter(family([resource.pk])), during__endswith__gt=now
    )
    _tidy_up(rows, now)
    claiming = Q(resource=resource) | Q(further__resource=resource) | Q(extras__product__stock=resource)
    own = list(rows.filter(booking__in=Booking.objects.filter(claiming).values("pk")).select_related("booking"))
    for row in own:
        assert row.booking is not None
        core = Period(row.booking.start, row.booking.end)
        row.during = claims.range_of(core.widened(resource.buffer_before, resource.buffer_after))
    others = list(rows.exclude(pk__in=[row.pk for row in own]))
    if resource.units > 1:
        _change_places(own, others, resource.units)
    conflicts = _overlapping([*own, *others])
    if conflicts:
        codes = (
            Booking.objects.filter(pk__in=conflicts).order_by("start", "pk").values_list("reference_code", flat=True)
        )
        raise Conflict(
            "buffer_conflicts",
            _("There are bookings to come that stand too close together for this."),
            {"bookings": list(codes[:MOST_LISTED])},
        )
    claims.rewrite(own)


def _change_places(moving: Collection[Occupancy], staying: Collection[Occupancy], units: int) -> None:
    stays = [Stay(_period(row), row.pk, row.unit) for row in moving]
    stays += [Stay(_period(row), row.pk, row.unit, fixed=True) for row in staying]
    try:
        places = dealt(stays, units)
    except TooFew:
        return  # those who stand in each other's way are named below
    for row in moving:
        row.unit = places[row.pk]


def _overlapping(rows: Iterable[Occupancy]) -> set[UUID]:
    drawers: dict[tuple[int, int], list[Occupancy]] = defaultdict(list)
    for row in rows:
        drawers[row.resource_id, row.unit].append(row)
    found: set[UUID] = set()
    for drawer in drawers.values():
        drawer.sort(key=lambda row: row.during.lower)
        for earlier, later in pairwise(drawer):
            if earlier.during.upper > later.during.lower:
                found |= {pk for pk in (earlier.booking_id, later.booking_id) if pk}
    return found


def _period(row: Occupancy) -> Period:
    return Period(row.during.lower, row.during.upper)
