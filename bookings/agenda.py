"""What takes time of resources in a window, and when they are open: what a calendar at the desk shows.

Three queries, however many resources and bookings there are; `version` says without reading any of it whether it is
still the same.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Coalesce

from bookings.claims import range_of
from bookings.facts import has_lapsed
from bookings.models import Booking, Occupancy
from bookings.states import WAITING
from kernel.periods import Period, days, merged
from tenants.zones import zone
from venues import hours as opening
from venues.hours import Hours, Row
from venues.models import OpeningHours, Resource


@dataclass(frozen=True, slots=True)
class Column:
    """One resource: when it is open in the window, and what takes its time, by start.

    `within` is time of its parts that is taken while the whole itself is not: nobody can have the whole then.
    """

    resource: Resource
    open: list[Period]
    taken: list[Occupancy] = field(default_factory=list)
    within: list[Occupancy] = field(default_factory=list)


def columns(resources: QuerySet[Resource], bookings: QuerySet[Booking], window: Period, now: datetime) -> list[Column]:
    """The resources in their order. Of others' bookings than `bookings` nothing is shown; nor are holds that are over.

    Rows of occupancy come with `booking` and `closure`; `during` includes buffers. What parts have is shown
    on a whole for those of the parts that are among the resources.
    """
    found = list(resources.select_related("venue").order_by("venue__position", "venue__name", "position", "name", "pk"))
    ids = [resource.pk for resource in found]
    taken: dict[int, list[Occupancy]] = defaultdict(list)
    for row in _taken(ids, bookings, window):
        booking = row.booking
        if booking is None or not has_lapsed(booking.state, booking.hold_expires_at, now):
            taken[row.resource_id].append(row)
    hours = hours_of(found, window)
    parts = _parts_of(found)
    return [
        Column(
            resource,
            open_in(hours, resource, window),
            taken[resource.pk],
            _within(taken[resource.pk], [row for part in parts[resource.pk] for row in taken[part]]),
        )
        for resource in found
    ]


def _parts_of(resources: Collection[Resource]) -> dict[int, list[int]]:
    """The parts of each whole, and the parts of those."""
    below: dict[int, list[int]] = defaultdict(list)
    above = {resource.pk: resource.parent_id for resource in resources}
    for part in resources:
        whole = part.parent_id
        while whole is not None:
            below[whole].append(part.pk)
            whole = above.get(whole)
    return below


def _within(own: Iterable[Occupancy], parts: Iterable[Occupancy]) -> list[Occupancy]:
    has = {owner_of(row) for row in own}
    return sorted((row for row in parts if owner_of(row) not in has), key=lambda row: (row.during.lower, row.pk))


def owner_of(row: Occupancy) -> tuple[object, ...]:
    """Whose time a row is: a booking's, a closure's, or that of a busy time elsewhere."""
    return (row.kind, row.booking_id or row.closure_id or row.busy_id)


def version(resources: QuerySet[Resource], window: Period, now: datetime) -> str:
    """16 characters that are others as soon as what `columns` shows of these resources is. Three queries.

    Every act on a booking stamps its row; what the clock alone changes is counted.
    """
    rows = Occupancy.objects.filter(resource__in=resources, during__overlap=range_of(window))
    seen = rows.aggregate(
        rows=_digest("pk", "booking__updated_at"),
        begun=Count("pk", filter=Q(booking__start__lte=now)),
        over=Count("pk", filter=Q(booking__end__lte=now)),
        lapsed=Count("pk", filter=Q(booking__state__in=WAITING, booking__hold_expires_at__lte=now)),
    )
    places = resources.order_by().aggregate(rows=_digest("pk", "name", "position", "units", "parent", "is_active"))
    hours = OpeningHours.objects.filter(Q(resource__in=resources) | Q(venue__in=resources.values("venue")))
    open_at = hours.order_by().aggregate(
        rows=_digest("pk", "weekday", "date", "opens", "closes", "valid_from", "valid_until")
    )
    told = repr((*seen.values(), places["rows"], open_at["rows"]))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _digest(*columns: str) -> MD5:
    """Of all rows, by PostgreSQL: what it is made of is not sent."""
    texts = [Coalesce(Cast(F(column), TextField()), Value("-", TextField())) for column in columns]
    row = Func(Value("/"), *texts, function="concat_ws", output_field=TextField())
    return MD5(StringAgg(row, delimiter=Value(" "), order_by="pk"))


def _taken(ids: Collection[int], bookings: QuerySet[Booking], window: Period) -> QuerySet[Occupancy]:
    rows = Occupancy.objects.filter(resource__in=ids, during__overlap=range_of(window))
    seen = Q(booking=None) | Exists(bookings.order_by().filter(pk=OuterRef("booking")))  # asked of each row, not of all
    return rows.filter(seen).select_related("booking__resource__venue", "closure").order_by("during", "unit", "pk")


def hours_of(resources: Iterable[Resource], window: Period) -> Hours:
    """Opening hours of resources and their venues around a window: one query."""
    return Hours.of(rows_of(list(resources), window))


def rows_of(resources: Collection[Resource], window: Period) -> list[Row]:
    """The rows that `hours_of` sorts."""
    first, last = window.start.date() - timedelta(days=2), window.end.date() + timedelta(days=1)
    venues = {resource.venue_id for resource in resources}
    return opening.rows_of(venues, {resource.pk for resource in resources}, first, last)


def open_in(hours: Hours, resource: Resource, window: Period) -> list[Period]:
    """When a resource is open in a window: disjoint, by start, cut to the window."""
    in_zone = zone(resource.venue.time_zone)
    first = window.start.astimezone(in_zone).date() - timedelta(days=1)  # its last span may pass midnight
    last = window.end.astimezone(in_zone).date()
    found: list[Period] = []
    for day in days(first, (last - first).days + 1):
        for span in hours.spans(resource.venue_id, resource.pk, day):
            ends = opening.instants_of(span, in_zone)
            if ends and ends[0] < window.end and ends[1] > window.start:
                found.append(Period(max(ends[0], window.start), min(ends[1], window.end)))
    return merged(found)
