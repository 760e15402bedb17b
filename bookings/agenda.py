"""What takes time of resources in a window, and when they are open: what a calendar at the desk shows.

Three queries, however many resources and bookings there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from bookings.claims import range_of
from bookings.facts import has_lapsed
from bookings.models import Booking, Occupancy
from kernel.periods import Period, days, merged
from tenants.zones import zone
from venues import hours as opening
from venues.hours import Hours, Row
from venues.models import Resource


@dataclass(frozen=True, slots=True)
class Column:
    """One resource: when it is open in the window, and what takes its time, by start."""

    resource: Resource
    open: list[Period]
    taken: list[Occupancy] = field(default_factory=list)


def columns(resources: QuerySet[Resource], bookings: QuerySet[Booking], window: Period, now: datetime) -> list[Column]:
    """The resources in their order. Of others' bookings than `bookings` nothing is shown; nor are holds that are over.

    Rows of occupancy come with `booking` and `closure`; `during` includes buffers.
    """
    found = list(resources.select_related("venue").order_by("venue__position", "venue__name", "position", "name", "pk"))
    ids = [resource.pk for resource in found]
    taken: dict[int, list[Occupancy]] = defaultdict(list)
    for row in _taken(ids, bookings, window):
        booking = row.booking
        if booking is None or not has_lapsed(booking.state, booking.hold_expires_at, now):
            taken[row.resource_id].append(row)
    hours = hours_of(found, window)
    return [Column(resource, open_in(hours, resource, window), taken[resource.pk]) for resource in found]


def _taken(ids: Collection[int], bookings: QuerySet[Booking], window: Period) -> QuerySet[Occupancy]:
    rows = Occupancy.objects.filter(resource__in=ids, during__overlap=range_of(window))
    seen = rows.filter(booking=None) | rows.filter(booking__in=bookings)
    return seen.select_related("booking", "closure").order_by("during", "unit", "pk")


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
