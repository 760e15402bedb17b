"""What is free in the next hours at the venues that somebody looks at, for whoever comes by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from django.urls import reverse

from bookings import gaps
from bookings.gaps import Gap
from desk.today.scope import Scope
from venues.models import Resource

FEW, MOST = 12, 50
"""Up to so many free places stand in one list; of a group that is unfolded, so many."""
LONGEST_NAME = 100


def named(resources: Iterable[Resource], find: str) -> list[Resource]:
    """Those in whose name stands what was typed."""
    typed = find.strip().casefold()
    return [resource for resource in resources if typed in resource.name.casefold()]


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
class Group:
    """Free places of one venue, or of one kind: in a line until somebody wants to see them."""

    name: str
    key: str
    places: list[Place]

    @property
    def now(self) -> int:
        """How many of them are free at once."""
        return sum(place.is_now for place in self.places)

    @property
    def shown(self) -> list[Place]:
        """Those that are listed."""
        return self.places[:MOST]

    @property
    def more(self) -> int:
        """How many are not: they are found by name."""
        return max(0, len(self.places) - MOST)


@dataclass(frozen=True, slots=True)
class Places:
    """Every resource that is on offer: those of which something is free, now first, and those that are taken."""

    free: list[Place]
    taken: list[Place]

    @property
    def by_resource(self) -> dict[int, Place]:
        """All of them."""
        return {place.resource.pk: place for place in (*self.free, *self.taken)}

    @property
    def groups(self) -> list[Group]:
        """What is free by venue, or by kind where all is at one venue; none where a list is short enough."""
        if len(self.free) <= FEW:
            return []
        venues = {place.resource.venue_id for place in self.free}
        key_of = _venue_of if len(venues) > 1 else _kind_of
        rows = sorted(self.free, key=lambda place: (place.resource.venue.position, *key_of(place)))
        return [Group(*key, list(places)) for key, places in groupby(rows, key=key_of)]

    @property
    def many_taken(self) -> bool:
        """Whether those of which nothing is free are too many for a line."""
        return len(self.taken) > FEW

    @property
    def taken_shown(self) -> list[Place]:
        """Those that are named."""
        return self.taken[:MOST]

    @property
    def taken_more(self) -> int:
        """How many are not."""
        return max(0, len(self.taken) - MOST)


def _venue_of(place: Place) -> tuple[str, str]:
    return place.resource.venue.name, f"venue-{place.resource.venue_id}"


def _kind_of(place: Place) -> tuple[str, str]:
    return str(place.resource.get_kind_display()), f"kind-{place.resource.kind}"


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
