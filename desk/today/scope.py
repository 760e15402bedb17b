"""Which venues and which day somebody looks at: as the address says, else the venue of last time, and today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse

from bookings.forms import FIRST_YEAR, LAST_YEAR
from kernel.periods import Period, local_day
from tenants.zones import zone
from venues.access import venues_run_by, venues_seen_by
from venues.models import Resource, Venue

ALL = "all"
KEPT = "desk_venue"
LONGEST = timedelta(days=31)
"""No booking is longer: what began earlier is over."""


@dataclass(frozen=True)
class Scope:
    """`venue` None stands for all that somebody sees. `runs` are the ids of venues in which they may act."""

    venues: list[Venue]
    venue: Venue | None
    day: date
    now: datetime
    runs: frozenset[int]

    @cached_property
    def chosen(self) -> list[Venue]:
        """The venues that are looked at."""
        return [self.venue] if self.venue else self.venues

    @cached_property
    def resources(self) -> list[Resource]:
        """What they rent out, in the order of the desk, each with its venue; one query for all who ask."""
        rows = Resource.objects.filter(venue__in=self.chosen, stock_of=None).select_related("venue")
        return list(rows.order_by("venue__position", "venue__name", "position", "name", "pk"))

    @property
    def zone(self) -> ZoneInfo:
        """Of the venue, or of the first of them."""
        return zone(self.chosen[0].time_zone)

    @property
    def today(self) -> date:
        """There."""
        return self.now.astimezone(self.zone).date()

    @property
    def is_today(self) -> bool:
        """Whether it is the present day, with what runs now."""
        return self.day == self.today

    @property
    def previous(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def following(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)

    @property
    def slug(self) -> str:
        """The venue as addresses name it."""
        return self.venue.slug if self.venue else ALL

    @property
    def may_act(self) -> bool:
        """Whether anything here is theirs to do."""
        return any(venue.pk in self.runs for venue in self.chosen)

    @cached_property
    def period(self) -> Period:
        """The 23, 24 or 25 hours of the day in the zone of the first venue."""
        return local_day(self.day, self.zone)

    def on_the_day(self) -> Q:
        """Bookings that take some of the day on the clocks of their venue."""
        found = Q(pk__in=())
        for name in sorted({venue.time_zone for venue in self.chosen}):
            day = local_day(self.day, zone(name))
            during = Q(start__gt=day.start - LONGEST, start__lt=day.end, end__gt=day.start)
            found |= during & Q(resource__venue__in=[venue.pk for venue in self.chosen if venue.time_zone == name])
        return found

    def address(self, day: date | None = None, **more: object) -> str:
        """The address of a day here; of today where none is named."""
        asked = {"venue": self.slug, **({"day": day.isoformat()} if day else {}), **more}
        return f"{reverse('desk')}?{urlencode(asked)}"


def scope_of(request: HttpRequest, now: datetime) -> Scope | None:
    """What the address asks for; None where there are no venues yet, 404 for one that is not theirs to see."""
    venues = list(venues_seen_by(request.user))
    if not venues:
        if request.GET.get("venue", ALL) != ALL:
            raise Http404
        return None
    venue = _venue(request, venues)
    here = zone((venue or venues[0]).time_zone)
    day = date_of(request.GET.get("day", "")) or now.astimezone(here).date()
    runs = frozenset(venues_run_by(request.user).values_list("pk", flat=True))
    return Scope(venues, venue, day, now, runs)


def scope_at(request: HttpRequest, venue: Venue, day: date | None, now: datetime) -> Scope | None:
    """As `scope_of`, of one venue and day: for a page that answers a form."""
    found = scope_of(request, now)
    if found is None:
        return None
    return Scope(found.venues, venue, day or now.astimezone(zone(venue.time_zone)).date(), now, found.runs)


def _venue(request: HttpRequest, venues: Iterable[Venue]) -> Venue | None:
    by_slug = {venue.slug: venue for venue in venues}
    asked = request.GET.get("venue")
    if asked is None:
        kept = request.session.get(KEPT)
        return by_slug.get(str(kept)) if kept or len(by_slug) > 1 else next(iter(by_slug.values()))
    if asked != ALL and asked not in by_slug:
        raise Http404
    if request.session.get(KEPT) != asked:
        request.session[KEPT] = asked
    return by_slug.get(asked)


def date_of(text: str) -> date | None:
    """A day as addresses write it, within the years that can be shown."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
