"""What an address of the calendar asks for: a venue, a day or a week, and which of its resources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.http import urlencode

from bookings.forms import FIRST_YEAR, LAST_YEAR
from kernel.periods import Period, midnight
from rest.fields import whole
from tenants import speech
from tenants.zones import zone
from venues.access import Anyone, venues_seen_by
from venues.models import Resource, Venue

DAY, COLUMNS, WEEK = "day", "columns", "week"
VIEWS = (DAY, COLUMNS, WEEK)
WEEK_DAYS = 7
POOLS, STOCK = "pools", "stock"
"""Ways to narrow besides the kinds: what there is several of, and what extras are taken from."""
MOST_OF_A_WEEK = 6
"""Resources that a week shows side by side."""
PER_PART = 50
"""Resources that are drawn at once."""
ALL = 0
"""The part of an address that is not cut: for paper."""
MOST_PARTS = 10_000
LONGEST_NAME = 100


@dataclass(frozen=True)
class Asked:
    """One look at the calendar. `chosen` are ids of resources, empty for all; `kind` and `name` narrow them.

    Of many resources `part` says which fifty, from 1 on, or `ALL`.
    """

    venue: Venue
    day: date
    today: date
    view: str = DAY
    kind: str = ""
    chosen: tuple[int, ...] = ()
    name: str = ""
    part: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """The venue's, whatever the browser's is."""
        return zone(self.venue.time_zone)

    @property
    def count(self) -> int:
        """How many days are shown."""
        return WEEK_DAYS if self.view == WEEK else 1

    @property
    def first(self) -> date:
        """The first of them: of a week, as the reader's country begins it."""
        if self.view != WEEK:
            return self.day
        return self.day - timedelta(days=(self.day.weekday() - speech.locale().first_week_day) % WEEK_DAYS)

    @property
    def last(self) -> date:
        """The last of them."""
        return self.first + timedelta(days=self.count - 1)

    @property
    def period(self) -> Period:
        """From the first midnight to the last one, in real time."""
        return Period(midnight(self.first, self.zone), midnight(self.last + timedelta(days=1), self.zone))

    @property
    def reach(self) -> Period:
        """A day further: what is shown of a shift that passes midnight lies in it."""
        return Period(self.period.start, midnight(self.last + timedelta(days=2), self.zone))

    def resources(self) -> QuerySet[Resource]:
        """All of the venue: what parts have is shown on wholes, whichever of them are looked at."""
        return Resource.objects.filter(venue=self.venue)

    def narrowed(self, resources: Iterable[Resource], stock: frozenset[int]) -> list[Resource]:
        """Those that are shown. Of a week without a choice, the first of them."""
        found = [resource for resource in resources if self._is_meant(resource, resource.pk in stock)]
        if self.view == WEEK:
            return found[: MOST_OF_A_WEEK if self.chosen else 1]
        return found

    def parted(self, resources: Sequence[Resource]) -> Page[Resource]:
        """The part of them that is drawn; the last one where it is asked for one further on."""
        if self.part == ALL:
            return Paginator(resources, max(1, len(resources))).page(1)
        return Paginator(resources, PER_PART).get_page(self.part)

    def _is_meant(self, resource: Resource, is_stock: bool) -> bool:
        if self.chosen:
            return resource.pk in self.chosen
        if self.name.casefold() not in resource.name.casefold():
            return False
        if self.kind == STOCK or is_stock:
            return is_stock and self.kind == STOCK
        if self.kind == POOLS:
            return resource.units > 1
        return not self.kind or resource.kind == self.kind

    def query(self, **different: object) -> str:
        """The same look with something else, as the query of an address."""
        wanted = replace(self, **different)  # type: ignore[arg-type]
        fields: list[tuple[str, str | int]] = [("venue", wanted.venue.slug), ("day", wanted.day.isoformat())]
        fields += [("view", wanted.view)] if wanted.view != DAY else []
        fields += [("kind", wanted.kind)] if wanted.kind else []
        fields += [("name", wanted.name)] if wanted.name else []
        fields += [("part", wanted.part)] if wanted.part > 1 else []
        fields += [("resource", pk) for pk in wanted.chosen]
        return urlencode(fields)

    @property
    def own(self) -> str:
        """The query of this look."""
        return self.query()

    @property
    def previous(self) -> str:
        """The query of the day, or week, before."""
        return self.query(day=self.day - timedelta(days=self.count))

    @property
    def following(self) -> str:
        """The query of the day, or week, after."""
        return self.query(day=self.day + timedelta(days=self.count))

    @property
    def whole(self) -> "Asked":
        """The same with all resources, however many."""
        return replace(self, part=ALL)

    @property
    def now(self) -> str:
        """The query of today."""
        return self.query(day=self.today)

    @property
    def views(self) -> dict[str, str]:
        """The query of each way to look at it."""
        return {view: self.query(view=view, part=1) for view in VIEWS}


def read(user: Anyone, query: QueryDict, now: datetime) -> Asked | None:
    """What an address asks for; today and the first venue where it says nothing, None where there is no venue.

    404 for a venue that is not the caller's; other nonsense is taken for nothing said.
    """
    venues = venues_seen_by(user).order_by("position", "name", "pk")
    slug = query.get("venue", "")
    venue = (venues.filter(slug=slug) if slug else venues).first()
    if venue is None:
        if slug:
            raise Http404
        return None
    in_zone = zone(venue.time_zone)
    today = now.astimezone(in_zone).date()
    view = query.get("view", DAY)
    return Asked(
        venue=venue,
        day=_day(query.get("day", ""), in_zone) or today,
        today=today,
        view=view if view in VIEWS else DAY,
        kind=query.get("kind", "") if query.get("kind") in {*Resource.Kind.values, POOLS, STOCK} else "",
        chosen=tuple(filter(None, map(whole, query.getlist("resource")[:200]))),
        name=query.get("name", "").replace("\x00", "").strip()[:LONGEST_NAME],
        part=whole(query.get("part", ""), MOST_PARTS) or 1,
    )


def _day(text: str, in_zone: ZoneInfo) -> date | None:
    """A day of the calendar that the zone has."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    noon = datetime.combine(found, time(12), in_zone)
    return found if noon.astimezone(in_zone).date() == found and _exists(noon, in_zone) else None


def _exists(noon: datetime, in_zone: ZoneInfo) -> bool:
    # Samoa went from 29 to 31 December 2011: of the day between, no wall time comes back from UTC.
    there = noon.astimezone(zone("UTC")).astimezone(in_zone)
    return there.replace(tzinfo=None) == noon.replace(tzinfo=None)
