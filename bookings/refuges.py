"""Where bookings that lose their time can go: the same time elsewhere, or another time at the same place."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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

    A booking of several resources has none: somebody moves it by hand. Five queries for each day.
    """
    combined = set(BookingResource.objects.filter(booking__in=bookings).values_list("booking_id", flat=True))
    shut = Shut(requests)
    days: dict[tuple[int, date], list[Booking]] = defaultdict(list)
    for booking in bookings:
        if booking.pk not in combined:
            days[booking.resource.venue_id, _day(booking)].append(booking)
    found: dict[UUID, list[Refuge]] = {}
    for venue_id, day in sorted(days)[:MOST_DAYS]:
        together = days[venue_id, day]
        known = _facts(venue_id, day, together)
        for booking in together:
            offered = [*_elsewhere(booking, known, shut), *_later(booking, known, shut)]
            if offered:
                _take(known[offered[0].resource.pk], offered[0].period, booking.participants)
            found[booking.pk] = offered
    return found


def _day(booking: Booking) -> date:
    return booking.start.astimezone(zone(booking.time_zone)).date()


def _facts(venue_id: int, day: date, bookings: Iterable[Booking]) -> dict[int, Facts]:
    own = {booking.resource_id for booking in bookings}
    kinds = {booking.resource.kind for booking in bookings}
    alike = public_resources().filter(venue=venue_id, kind__in=kinds).order_by("position", "name", "pk")
    ids = [*own, *(pk for pk in alike.values_list("pk", flat=True)[:MOST_PLACES] if pk not in own)]
    return availability.read(ids, Window(day, day + DAYS_LOOKED), database_now())


def _elsewhere(booking: Booking, known: dict[int, Facts], shut: Shut) -> Iterator[Refuge]:
    wish, count = Wish(Period(booking.start, booking.end), booking.participants), 0
    for pk, facts in known.items():
        alike = facts.resource.kind == booking.resource.kind and facts.resource.is_active
        if pk == booking.resource_id or not alike or facts.reason(wish, ASIDE) or shut.covers(facts, wish.period):
            continue
        yield Refuge(facts.resource, wish.period)
        count += 1
        if count == ELSEWHERE:
            return


def _later(booking: Booking, known: dict[int, Facts], shut: Shut) -> list[Refuge]:
    facts = known.get(booking.resource_id)
    if facts is None:
        return []
    minutes = Period(booking.start, booking.end).minutes
    wishes = sorted(
        facts.wishes(minutes, booking.participants), key=lambda wish: abs(wish.period.start - booking.start)
    )
    found: list[Refuge] = []
    for wish in wishes:
        if wish.period.start > facts.now and not shut.covers(facts, wish.period) and not facts.reason(wish, ASIDE):
            found.append(Refuge(facts.resource, wish.period))
        if len(found) == LATER:
            break
    return found


def _take(facts: Facts, period: Period, participants: int) -> None:
    during = facts.with_buffers(period)
    units: Collection[int] = facts.free_units(during)[: facts.units_for(participants)]
    facts.take(units, during)
