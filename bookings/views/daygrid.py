"""A day of a venue as a table: what can be booked against the time of day, with prices."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from math import gcd
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from bookings.facts import Facts, Reason, Window, Wish
from bookings.views.browser import holder_of, new_holder
from bookings.views.catalogue import private
from bookings.views.held import held_by
from bookings.views.offers import Catalogue, Offer
from bookings.views.tags import Labels, Mark
from bookings.views.wanted import Wanted
from kernel.periods import Period
from rest import limits
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone
from venues.access import public_venue
from venues.models import Resource, Venue

HALF_HOUR = 30
MINUTE = timedelta(minutes=1)
FREE, TAKEN, HELD, CLOSED, SHORT, OVER = "free", "taken", "held", "closed", "short", "over"
STATES = {Reason.HELD: HELD, Reason.CLOSURE: CLOSED, Reason.CLOSED: CLOSED}
"""Of a stretch that cannot be had; otherwise it is taken."""
TOO_SHORT = frozenset(
    {Reason.BOOKED, Reason.HELD, Reason.CLOSURE, Reason.CLOSED, Reason.EXTERNAL_CALENDAR, Reason.BUFFER}
)
"""Why a booking cannot start on a stretch that is free itself: what comes next is not."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a resource's day, `span` columns wide; free ones can be pressed."""

    state: str
    span: int
    spoken: str
    words: str
    time: str = ""
    start: datetime | None = None
    mark: Mark = Mark.USUAL


@dataclass(frozen=True, slots=True)
class Row:
    """A resource, how long a booking of it would be, and its day."""

    resource: Resource
    minutes: int
    cells: list[Cell]


@open_to_all("what is free is public")
@require_safe
@private
def day(request: HttpRequest, venue: str) -> HttpResponse:
    """All that can be booked at a venue on a day, as a table; counted as the API's searches are."""
    limits.admit_visitor(request, limits.SEARCH)
    found = public_venue(venue)
    today = database_now().astimezone(zone(found.time_zone)).date()
    wanted = Wanted.read(request.GET, today)
    own = held_by(request).passing
    grid = DayGrid(found, wanted, request.user.pk, own)
    context = {
        "venue": found,
        "wanted": wanted,
        "grid": grid,
        "today": today,
        "previous": wanted.day - timedelta(days=1) if wanted.day > today else None,
        "following": wanted.day + timedelta(days=1),
        "before": wanted.address(day=wanted.day - timedelta(days=1)),
        "after": wanted.address(day=wanted.day + timedelta(days=1)),
        "around": wanted.address(venue=found.slug),
        "holder": holder_of(request) or new_holder(),
    }
    return render(request, "bookings/day.html", context)


class DayGrid:
    """The table: six queries, however many resources there are."""

    def __init__(self, venue: Venue, wanted: Wanted, customer_id: int | None, own: Collection[UUID]) -> None:
        self.wanted = wanted
        catalogue = Catalogue(Q(venue=venue), customer_id)
        self.kinds = [
            (kind, Resource.Kind(kind).label) for kind in dict.fromkeys(each.kind for each in catalogue.resources)
        ]
        self.now = catalogue.now or database_now()
        shown = [(None, each) for each in catalogue.resources if wanted.kind in {"", each.kind}]
        self._offers = catalogue.offers(Window(wanted.day, wanted.day), own, shown)
        self.lengths = sorted({length for each in self._offers for length in _lengths(each.resource)})
        self._words: dict[str, str] = {
            TAKEN: _("taken"),
            HELD: _("being booked"),
            CLOSED: _("closed"),
            SHORT: _("too short"),
            OVER: _("not bookable"),
        }

    @cached_property
    def rows(self) -> list[Row]:
        """One for each resource."""
        if self._day is None:
            return []
        labels = Labels(self._offers[0].facts)
        return [self._row(offer, labels, self._day) for offer in self._offers]

    @property
    def hours(self) -> list[tuple[datetime, str, int]]:
        """The head of the table: instants, their wall times, and how many columns wide each is."""
        if self._day is None:
            return []
        found: list[tuple[datetime, str, int]] = []
        at, zone_ = self._day.start, self._offers[0].facts.zone
        while at < self._day.end:
            until = min(at + timedelta(hours=1), self._day.end)
            found.append((at, speech.clock(at, zone_), self._columns(until - at)))
            at = until
        return found

    @property
    def has_free(self) -> bool:
        """Whether anything is."""
        return any(cell.state == FREE for row in self.rows for cell in row.cells)

    @cached_property
    def _day(self) -> Period | None:
        """From the first start to the end of the last step; None where nothing starts."""
        edges = [edge for offer in self._offers for edge in self._edges(offer)]
        return Period(min(edges), max(edges)) if edges else None

    def _edges(self, offer: Offer) -> Iterable[datetime]:
        starts = self._starts(offer)
        return (starts[0], starts[-1] + _step(offer.resource)) if starts else ()

    @cached_property
    def _unit(self) -> timedelta:
        assert self._day is not None
        first = self._day.start
        distances = [(start - first) // MINUTE for offer in self._offers for start in self._starts(offer)]
        steps = [_step(offer.resource) // MINUTE for offer in self._offers]
        return reduce(gcd, [*distances, *steps], 60) * MINUTE

    def _columns(self, length: timedelta) -> int:
        return max(1, length // self._unit)

    def _starts(self, offer: Offer) -> list[datetime]:
        """Every start on the grid, or where that is finer than half an hour, every so many."""
        minutes = self._minutes(offer)
        found = [
            wish.period.start for wish in offer.facts.timeline.wishes(minutes, self.wanted.people)[self.wanted.day]
        ]
        kept: list[datetime] = []
        for start in found:
            if not kept or start - kept[-1] >= _step(offer.resource):
                kept.append(start)
        return kept

    def _minutes(self, offer: Offer) -> int:
        return self.wanted.minutes if self.wanted.minutes and offer.lasts(self.wanted.minutes) else offer.minutes(None)

    def _row(self, offer: Offer, labels: Labels, day: Period) -> Row:
        minutes = self._minutes(offer)
        cells: list[Cell] = []
        at = day.start
        for start in self._starts(offer):
            if start > at:
                cells.append(self._blank(offer, Period(at, start), labels))
            cells.append(self._cell(offer, Period(start, start + minutes * MINUTE), labels))
            at = start + _step(offer.resource)
        if at < day.end:
            cells.append(self._blank(offer, Period(at, day.end), labels))
        return Row(offer.resource, minutes, cells)

    def _blank(self, offer: Offer, period: Period, labels: Labels) -> Cell:
        spoken = self._spoken(offer, labels.span(period), self._words[CLOSED])
        return Cell(CLOSED, self._columns(period.end - period.start), spoken, self._words[CLOSED])

    def _cell(self, offer: Offer, period: Period, labels: Labels) -> Cell:
        wish = Wish(period, self.wanted.people)
        columns = self._columns(_step(offer.resource))
        reason = offer.facts.reason(wish)
        if reason is None:
            tag = offer.tags.of(wish)
            price = f"{tag.words}, {tag.mark.words}" if tag.mark else tag.words
            available = _("available")
            spoken = self._spoken(offer, labels.span(period), f"{price}, {available}")
            time = speech.clock(period.start, offer.facts.zone)
            return Cell(FREE, columns, spoken, tag.words, time, period.start, tag.mark)
        stretch = Period(period.start, period.start + _step(offer.resource))
        state = _state(offer.facts, reason, Wish(stretch, self.wanted.people))
        return Cell(state, columns, self._spoken(offer, labels.span(stretch), self._words[state]), self._words[state])

    def _spoken(self, offer: Offer, span: str, what: str) -> str:
        return f"{offer.resource.name}, {self._spoken_day}, {span}: {what}"

    @cached_property
    def _spoken_day(self) -> str:
        return speech.day(self.wanted.day)


def _state(facts: Facts, reason: Reason, stretch: Wish) -> str:
    """What to say of a stretch on which a booking cannot start: only what is taken itself is called taken."""
    if reason in {Reason.LEAD_TIME, Reason.TOO_FAR}:
        return OVER
    own = facts.taken_by(stretch)
    if own is not None:
        return STATES.get(own, TAKEN)
    return SHORT if reason in TOO_SHORT else OVER


def _step(resource: Resource) -> timedelta:
    times = -(-HALF_HOUR // resource.grid_minutes)
    return resource.grid_minutes * times * MINUTE


def _lengths(resource: Resource) -> list[int]:
    every = range(resource.min_minutes, resource.max_minutes + 1, resource.grid_minutes)
    return [length for length in every if not length % HALF_HOUR or length == resource.min_minutes][:24]
