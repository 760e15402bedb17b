"""Where bookings that lose their time can go: the same time elsewhere, or another time at the same place.

Another day is the last thing that is offered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from bookings import availability
from bookings.availability import family
from bookings.closures import ClosureRequest
from bookings.facts import Facts, Reason, Window, Wish
from bookings.models import Booking, BookingResource
from kernel.periods import Period
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import public_resources
from venues.models import Resource

MOST_DAYS = 21
"""Alternatives are looked for on so many days; bookings on further ones have none."""
MOST_PLACES = 40
ELSEWHERE, LATER = 3, 3
"""So many alternatives of each kind are offered."""
DAYS_LOOKED = timedelta(days=2)
ASIDE = frozenset({Reason.LEAD_TIME, Reason.TOO_FAR})


@dataclass(frozen=True, slots=True)
class Refuge:
    """A place and a time that a booking can have in place of its own."""

    resource: Resource
    period: Period


class Shut:
    """What is to be closed: resources with their parts, and when."""

    def __init__(self, requests: Sequence[ClosureRequest]) -> None:
        self.spans: list[tuple[frozenset[int] | None, int, Period]] = []
        for request in requests:
            ids = None
            if request.resource_id is not None:
                found = Resource.objects.filter(family([request.resource_id]))
                ids = frozenset(found.values_list("pk", flat=True))
            self.spans.append((ids, request.venue.pk, request.period))

    def covers(self, facts: Facts, period: Period) -> bool:
        """Whether a booking there would stand in the way, too."""
        during = facts.with_buffers(period)
        return any(
            during.overlaps(shut)
            and (venue == facts.resource.venue_id if ids is None else not ids.isdisjoint(facts.claims))
            for ids, venue, shut in self.spans
        )


def refuges(bookings: Sequence[Booking], requests: Sequence[ClosureRequest]) -> dict[UUID, list[Refuge]]:
    """By booking, the nearest first, those at the same time before others. The first of each is nobody else's first.

    What is booked along goes along, so it has to be free, too, and open. Five queries for each day.
    """
    along: dict[UUID, list[int]] = defaultdict(list)
    for row in BookingResource.objects.filter(booking__in=bookings).order_by("pk"):
        along[row.booking_id].append(row.resource_id)
    shut = Shut(requests)
    days: dict[tuple[int, date], list[Booking]] = defaultdict(list)
    for booking in bookings:
        days[booking.resource.venue_id, _day(booking)].append(booking)
    found: dict[UUID, list[Refuge]] = {}
    for venue_id, day in sorted(days)[:MOST_DAYS]:
        together = days[venue_id, day]
        known = _facts(venue_id, day, together, {pk for booking in together for pk in along[booking.pk]})
        for booking in together:
            case = Case(booking, known, shut, [known[pk] for pk in along[booking.pk]])
            found[booking.pk] = offered = [*case.elsewhere(), *case.later()]
            if offered:
                case.take(offered[0])
    return found


def _day(booking: Booking) -> date:
    return booking.start.astimezone(zone(booking.time_zone)).date()


def is_other_day(booking: Booking, start: datetime) -> bool:
    """Whether a booking that begins then is on another day than the one that was booked."""
    return start.astimezone(zone(booking.time_zone)).date() != _day(booking)


def _facts(venue_id: int, day: date, bookings: Iterable[Booking], along: Collection[int]) -> dict[int, Facts]:
    own = {booking.resource_id for booking in bookings} | set(along)
    kinds = {booking.resource.kind for booking in bookings}
    alike = public_resources().filter(venue=venue_id, kind__in=kinds).order_by("position", "name", "pk")
    ids = [*own, *(pk for pk in alike.values_list("pk", flat=True)[:MOST_PLACES] if pk not in own)]
    return availability.read(ids, Window(day, day + DAYS_LOOKED), database_now())


@dataclass(frozen=True, slots=True)
class Case:
    """A booking that loses its time: what is known of that day at its venue, and what is booked along."""

    booking: Booking
    known: dict[int, Facts]
    shut: Shut
    along: Sequence[Facts]

    def elsewhere(self) -> Iterator[Refuge]:
        """Places of its kind that are free at its time; what is booked along it keeps, unless that is closed."""
        own = self.booking
        wish, count = Wish(Period(own.start, own.end), own.participants), 0
        if any(self.shut.covers(facts, wish.period) for facts in self.along):
            return
        for pk, facts in self.known.items():
            alike = facts.resource.kind == own.resource.kind and facts.resource.is_active
            if pk == own.resource_id or not alike or self._is_along(facts):
                continue
            if facts.reason(wish, ASIDE) or self.shut.covers(facts, wish.period):
                continue
            yield Refuge(facts.resource, wish.period)
            count += 1
            if count == ELSEWHERE:
                return

    def later(self) -> list[Refuge]:
        """Other times at its own place, with all that is booked along: those of its own day first."""
        own, facts = self.booking, self.known.get(self.booking.resource_id)
        if facts is None:
            return []
        minutes = Period(own.start, own.end).minutes
        wishes = sorted(
            facts.wishes(minutes, own.participants),
            key=lambda wish: (is_other_day(own, wish.period.start), abs(wish.period.start - own.start)),
        )
        found: list[Refuge] = []
        for wish in wishes:
            if wish.period.start > facts.now and not facts.reason(wish, ASIDE) and self._is_open(facts, wish):
                found.append(Refuge(facts.resource, wish.period))
            if len(found) == LATER:
                break
        return found

    def take(self, refuge: Refuge) -> None:
        """From now on it is taken, for whoever is looked at after this one."""
        moved = [self.known[refuge.resource.pk]]
        if refuge.period.start != self.booking.start:
            moved.extend(self.along)
        for facts in moved:
            during = facts.with_buffers(refuge.period)
            units: Collection[int] = facts.free_units(during)[: facts.units_for(self.booking.participants)]
            facts.take(units, during)

    def _is_open(self, main: Facts, wish: Wish) -> bool:
        if any(self.shut.covers(facts, wish.period) for facts in (main, *self.along)):
            return False
        return not any(facts.reason_beside(wish, ASIDE) for facts in self.along)

    def _is_along(self, facts: Facts) -> bool:
        return any(not set(facts.claims).isdisjoint(each.claims) for each in self.along)
