"""What is free in the next hours at the venues that somebody looks at, for whoever comes by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from bookings import gaps
from bookings.gaps import Gap
from desk.today.scope import Scope
from venues.models import Resource


@dataclass(frozen=True, slots=True)
class Place:
    """A resource with what is free of it next, if anything is; `may_take`: whoever looks may give it to somebody."""

    resource: Resource
    gap: Gap | None
    is_now: bool
    may_take: bool

    @property
    def address(self) -> str:
        """Where somebody who comes by is booked into it."""
        assert self.gap is not None
        return walk_in_address(self.resource, self.gap.start)


def walk_in_address(resource: Resource, start: datetime) -> str:
    """The page that books somebody who is here."""
    return f"{reverse('desk-walk-in')}?{urlencode({'resource': resource.pk, 'start': start.isoformat()})}"


@dataclass(frozen=True, slots=True)
class Places:
    """Every resource that is on offer: those of which something is free, now first, and those that are taken."""

    free: list[Place]
    taken: list[Place]

    @property
    def by_resource(self) -> dict[int, Place]:
        """All of them."""
        return {place.resource.pk: place for place in (*self.free, *self.taken)}


def places_of(scope: Scope) -> Places:
    """What is free at the venues that are looked at; four queries beside the scope's."""
    resources = [each for each in scope.resources if each.is_active and each.venue.is_active]
    found = list(_placed(resources, gaps.of([resource.pk for resource in resources], scope.now), scope))
    free = sorted((place for place in found if place.gap), key=lambda place: not place.is_now)
    return Places(free, [place for place in found if not place.gap])


def _placed(resources: Iterable[Resource], free: dict[int, Gap], scope: Scope) -> Iterable[Place]:
    for resource in resources:
        gap = free.get(resource.pk)
        may_take = gap is not None and resource.venue_id in scope.runs
        yield Place(resource, gap, gap is not None and gap.is_now(scope.now), may_take)
