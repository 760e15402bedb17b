"""Looking for a free time across all that a tenant offers: "any court, Saturday evening, 2 hours, 4 people"."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from bookings.facts import Window, Wish
from bookings.views.browser import holder_of, new_holder
from bookings.views.catalogue import private
from bookings.views.held import held_by
from bookings.views.offers import Catalogue, Offer
from bookings.views.tags import Tag
from bookings.views.wanted import EVENING, NOON, SERVICE, Wanted, clock_text
from rest import limits
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone
from venues.access import public_venues
from venues.models import Product, Resource, Venue

PAGE, STARTS_SHOWN, ALTERNATIVES = 20, 8, 8
DAYS_BEFORE, DAYS_AFTER = 2, 7
MOST_ASKED_AHEAD = 100
"""Of so many offers the days around are looked at when nothing fits."""
USUAL_LENGTHS = (30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480)
MOST_LENGTHS = 24
SATURDAY, SUNDAY, WEEK = 5, 6, 7
Sold = tuple[Product | None, Resource]


@dataclass(frozen=True, slots=True)
class Start:
    """A free start with its price."""

    wish: Wish
    label: str
    tag: Tag


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that is free, with its starts; `more` are further ones."""

    offer: Offer
    minutes: int
    starts: list[Start]
    more: int


@dataclass(frozen=True, slots=True)
class Other:
    """Another search that finds something, and what it is called."""

    address: str
    label: str
    is_now: bool = False


@open_to_all("what is free is public")
@require_safe
@private
def search(request: HttpRequest) -> HttpResponse:
    """The form, and what is free for it: counted as the API's searches are, for it looks at all that there is."""
    limits.admit_visitor(request, limits.SEARCH)
    return searched(request, Wanted.read(request.GET, _today(request)))


def searched(request: HttpRequest, wanted: Wanted, **more: object) -> HttpResponse:
    """The page of a search; with `refusal` where somebody was faster, answered as 409."""
    own = held_by(request).passing
    found = Search(wanted, _today(request), request.user.pk, own)
    holder = holder_of(request) or new_holder()
    context = {"wanted": wanted, "found": found, "holder": holder, **found.form, **more}
    return render(request, "bookings/search.html", context, status=409 if "refusal" in more else 200)


def _today(request: HttpRequest) -> date:
    tenant = request.tenant  # type: ignore[attr-defined]
    return database_now().astimezone(zone(tenant.time_zone)).date()


class Search:
    """Everything that the page of a search shows: six queries, two more where nothing fits."""

    def __init__(self, wanted: Wanted, today: date, customer_id: int | None, own: Collection[UUID]) -> None:
        self.wanted, self.today, self._own = wanted, today, own
        self.venues: list[Venue] = list(public_venues())
        self._catalogue = Catalogue(self._where(), customer_id)
        everything: list[Sold] = [(None, each) for each in self._catalogue.resources]
        self._all = [*everything, *self._catalogue.served]
        self._alone = {resource.pk for resource in self._catalogue.resources}
        self._wide = [sold for sold in self._all if self._is_kind(sold)]
        window = Window(wanted.day, wanted.day)
        self._suiting = [each for each in self._catalogue.offers(window, own, self._wide) if self._suits(each)]

    @cached_property
    def hits(self) -> list[Hit]:
        """This page of what is free, the earliest first."""
        first = (self.wanted.page - 1) * PAGE
        return [self._hit(offer) for offer in self._free[first : first + PAGE]]

    @property
    def now(self) -> datetime | None:
        """The database's clock; None where nothing is offered."""
        return self._catalogue.now

    @property
    def zone_shown(self) -> str:
        """The zone of the first thing shown, to be compared with the visitor's; empty where nothing is."""
        shown = self.hits or self.same_day
        return shown[0].offer.resource.venue.time_zone if shown else ""

    @property
    def count(self) -> int:
        """How many have something free."""
        return len(self._free)

    @property
    def in_words(self) -> str:
        """What was found, for whoever listens."""
        if not self.count:
            return _("Nothing is free for that.")
        return ngettext("%(count)d is free.", "%(count)d are free.", self.count) % {"count": self.count}

    @property
    def previous(self) -> str:
        """The page before; empty where there is none."""
        return self.wanted.address(page=self.wanted.page - 1) if self.wanted.page > 1 else ""

    @property
    def following(self) -> str:
        """The next page; empty where there is none."""
        return self.wanted.address(page=self.wanted.page + 1) if self.wanted.page * PAGE < self.count else ""

    @cached_property
    def same_day(self) -> list[Hit]:
        """Where nothing fits: other times of the day, the nearest to what was asked first, one for each offer."""
        if self.count:
            return []
        nearest: list[tuple[timedelta, int, Offer, Wish]] = []
        for place, offer in enumerate(self._suiting):
            zone_ = offer.facts.zone
            free = [wish for wish in self._starts(offer) if offer.facts.reason(wish) is None]
            if free:
                wish = min(free, key=lambda each: self.wanted.away(each, zone_))
                nearest.append((self.wanted.away(wish, zone_), place, offer, wish))
        closest = sorted(nearest, key=lambda row: row[:2])[:ALTERNATIVES]
        return [
            Hit(offer, self._minutes(offer), [self._start(offer, wish)], 0) for _away, _place, offer, wish in closest
        ]

    @cached_property
    def other_days(self) -> list[Other]:
        """Where nothing fits: days around on which it does, with how many offers are free then."""
        if self.count or not self._suiting:
            return []
        first = max(self.wanted.day - timedelta(days=DAYS_BEFORE), self.today)
        window = Window(first, self.wanted.day + timedelta(days=DAYS_AFTER))
        some = [(each.service, each.resource) for each in self._suiting[:MOST_ASKED_AHEAD]]
        offers = self._catalogue.offers(window, self._own, some)
        counted = ((day, sum(self._has_free(each, day) for each in offers)) for day in window.dates)
        return [self._day(day, count) for day, count in counted if count]

    @property
    def why_nothing(self) -> str:
        """One sentence where not even the offers fit: too many people, or for too long."""
        if not self._all:
            return _("Nothing can be booked here at the moment.")
        if not self._wide:
            return _("Nothing of that kind can be booked here.")
        room = max(resource.capacity for _service, resource in self._wide)
        if self.wanted.people > room:
            return _("The largest has room for %(room)d.") % {"room": room}
        if not self._suiting:
            return _("Nothing here can be booked for that long. Choose another length, or none.")
        return ""

    @property
    def form(self) -> dict[str, Any]:
        """What the form offers."""
        kinds = dict.fromkeys(resource.kind for resource in self._catalogue.resources)
        served = dict.fromkeys(service for service, _resource in self._catalogue.served)
        return {
            "kinds": [(kind, Resource.Kind(kind).label) for kind in kinds],
            "services": [(f"{SERVICE}{service.slug}", service.name) for service in served],
            "lengths": self._lengths,
            "hours": [time(hour) for hour in range(24)],
            "quick_days": self._quick_days,
            "parts": self._parts,
        }

    @property
    def _lengths(self) -> list[int]:
        possible = {self.wanted.minutes} if self.wanted.minutes else set()
        for service, resource in self._all:
            if service is None:
                steps = range(resource.min_minutes, resource.max_minutes + 1, resource.grid_minutes)
                possible.update(length for length in USUAL_LENGTHS if length in steps)
                possible.add(resource.min_minutes)
        return sorted(possible)[:MOST_LENGTHS]

    @property
    def _quick_days(self) -> list[Other]:
        weekend = [
            self.today + timedelta(days=(weekday - self.today.weekday()) % WEEK) for weekday in (SATURDAY, SUNDAY)
        ]
        named = {self.today: _("Today"), self.today + timedelta(days=1): _("Tomorrow")}
        chosen = sorted({*named, *weekend})
        return [
            Other(
                self.wanted.address(day=day.isoformat()),
                named.get(day, speech.day(day, form="EEEE")),
                day == self.wanted.day,
            )
            for day in chosen
        ]

    @property
    def _parts(self) -> list[Other]:
        parts: list[tuple[str, time | None, time | None]] = [
            (_("Any time"), None, None),
            (_("Morning"), None, NOON),
            (_("Afternoon"), NOON, EVENING),
            (_("Evening"), EVENING, None),
        ]
        return [
            Other(
                self.wanted.address(**{"from": clock_text(earliest), "to": clock_text(latest)}),
                label,
                (self.wanted.earliest, self.wanted.latest) == (earliest, latest),
            )
            for label, earliest, latest in parts
        ]

    def _where(self) -> Q:
        chosen = next((venue for venue in self.venues if venue.slug == self.wanted.venue), None)
        return Q(venue=chosen) if chosen else Q()

    def _is_kind(self, sold: Sold) -> bool:
        service, resource = sold
        kind = self.wanted.kind
        if kind.startswith(SERVICE):
            return service is not None and service.slug == kind.removeprefix(SERVICE)
        # What can be booked by itself is not shown once more for each service there, unless that is asked for.
        alone = service is None or resource.pk not in self._alone
        return alone and (not kind or resource.kind == kind)

    def _suits(self, offer: Offer) -> bool:
        return offer.lasts(self.wanted.minutes) and self.wanted.people <= offer.resource.capacity

    @cached_property
    def _free(self) -> list[Offer]:
        firsts: list[tuple[Any, int, Offer]] = []
        for place, offer in enumerate(self._suiting):
            first = next(self._fitting(offer), None)
            if first is not None:
                firsts.append((first.period.start, place, offer))
        return [offer for _start, _place, offer in sorted(firsts, key=lambda row: row[:2])]

    def _minutes(self, offer: Offer) -> int:
        return offer.minutes(self.wanted.minutes)

    def _starts(self, offer: Offer, day: date | None = None) -> list[Wish]:
        return offer.starts(day or self.wanted.day, self.wanted.minutes, self.wanted.people)

    def _fitting(self, offer: Offer, day: date | None = None) -> Iterator[Wish]:
        reason, zone_ = offer.facts.reason, offer.facts.zone
        return (wish for wish in self._starts(offer, day) if self.wanted.suits(wish, zone_) and reason(wish) is None)

    def _has_free(self, offer: Offer, day: date) -> bool:
        return next(self._fitting(offer, day), None) is not None

    def _hit(self, offer: Offer) -> Hit:
        fitting = list(self._fitting(offer))
        shown = [self._start(offer, wish) for wish in fitting[:STARTS_SHOWN]]
        return Hit(offer, self._minutes(offer), shown, len(fitting) - len(shown))

    @staticmethod
    def _start(offer: Offer, wish: Wish) -> Start:
        label = speech.span(wish.period.start, wish.period.end, offer.facts.zone)
        return Start(wish, label, offer.tags.of(wish))

    def _day(self, day: date, count: int) -> Other:
        words = ngettext("%(day)s: %(count)d free", "%(day)s: %(count)d free", count)
        label = words % {"day": speech.day(day), "count": count}
        return Other(self.wanted.address(day=day.isoformat()), label)
