"""What a feed gives to who reads it: which bookings, whether they are still the same, and the whole as iCalendar.

Around today by default, because programs for calendars ask for no more; `?from=&to=` and `Link` lead to the rest.
What was cancelled stays as such for a month, so that programs that keep events remove it.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import dist

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast
from django.utils.translation import gettext as _
from django.utils.translation import override

from bookings import ics
from bookings.availability import kin
from bookings.ics import House, Method, Shows
from bookings.models import Booking, BookingEvent, BookingResource, Feed
from bookings.states import State
from kernel.errors import Invalid, TooMany
from kernel.periods import midnight
from schemas.transactions import transact
from tenants import mail
from tenants.addresses import address
from tenants.models import Tenant
from tenants.zones import zone
from venues.models import Resource

BEFORE, AHEAD = timedelta(days=31), timedelta(days=366)
LONGEST = timedelta(days=400)
CANCELLED_FOR = timedelta(days=30)
FIRST_YEAR, LAST_YEAR = 2000, 2200
PAGE = 10_000
LAST_PAGE = 1000
OFTEN = 120
"""How often a feed is given out whole in `SPELL`, a long one less often; that nothing is new is told without an end."""
LONG = 500
SPELL = timedelta(minutes=10)
NOTED = timedelta(minutes=5)
REFRESH = "PT1H"
CSS_NAMES = {
    **{"black": "000000", "gray": "808080", "silver": "c0c0c0", "white": "ffffff", "maroon": "800000"},
    **{"red": "ff0000", "orange": "ffa500", "olive": "808000", "yellow": "ffff00", "green": "008000"},
    **{"lime": "00ff00", "teal": "008080", "aqua": "00ffff", "navy": "000080", "blue": "0000ff"},
    **{"purple": "800080", "fuchsia": "ff00ff", "brown": "a52a2a", "crimson": "dc143c", "steelblue": "4682b4"},
}
STATED = (
    *("pk", "updated_at", "name", "phone", "email", "customer__name", "product__name", "resource__name"),
    *("resource__venue__name", "resource__venue__street", "resource__venue__postal_code", "resource__venue__city"),
)
"""Columns that decide what is shown; SEQUENCE never moves without `updated_at`."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` up to and without `end`, in the tenant's zone, and which page of what is in them."""

    first: date
    end: date
    page: int = 1
    is_usual: bool = False

    def earlier(self) -> "Window":
        """As many days before."""
        return Window(self.first - (self.end - self.first), self.first)

    def later(self) -> "Window":
        """As many days after."""
        return Window(self.end, self.end + (self.end - self.first))

    def query(self, page: int = 1) -> str:
        """How an address asks for it."""
        asked = f"?from={self.first.isoformat()}&to={self.end.isoformat()}"
        return f"{asked}&page={page}" if page > 1 else asked


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed as somebody asks for it at an instant, at the tenant's address `base`.

    `tag` names what it is like, among all that it has ever been.
    """

    feed: Feed
    tenant: Tenant
    base: str
    window: Window
    now: datetime
    count: int
    tag: str
    changed_at: datetime


def window_of(asked: Mapping[str, str], tenant: Tenant, now: datetime) -> Window:
    """What an address asks for; raises `Invalid("bad_window")`."""
    today = now.astimezone(zone(tenant.time_zone)).date()
    try:
        page = int(asked.get("page") or 1)
        first = date.fromisoformat(asked["from"]) if asked.get("from") else None
        end = date.fromisoformat(asked["to"]) if asked.get("to") else None
        if not 1 <= page <= LAST_PAGE:
            raise ValueError
        first = first or (end - BEFORE - AHEAD if end else today - BEFORE)
        end = end or first + BEFORE + AHEAD
        if not first < end <= first + LONGEST or not FIRST_YEAR <= first.year <= end.year <= LAST_YEAR:
            raise ValueError
    except (ValueError, OverflowError):
        raise Invalid(
            "bad_window", _("Ask for at most 400 days, such as ?from=2027-01-01&to=2027-02-01, and a page from 1.")
        ) from None
    return Window(first, end, page, is_usual=not {"from", "to", "page"} & set(asked))


def read(feed: Feed, tenant: Tenant, window: Window, now: datetime) -> Reading:
    """Look at a feed without making it: three queries. Its `tag` is the same as long as every byte is."""
    stated = Func(Value("\x1f"), *(Cast(F(name), TextField()) for name in STATED), function="CONCAT_WS")
    state = (
        bookings_in(feed, window, tenant, now)
        .order_by()
        .aggregate(count=Count("pk"), all=MD5(StringAgg(MD5(stated), "", order_by=("start", "pk"))))
    )
    base = address(tenant, "")
    about = [state["all"], base, title_of(feed, tenant), tenant.name, tenant.look.color, mail.house_language()]
    about += [] if window.is_usual else [window.query(window.page)]
    tag = hashlib.sha256("\x1f".join(map(str, about)).encode()).hexdigest()
    changed_at = feed.shown_at if feed.shown_at and feed.shown_digest == tag else now
    return Reading(feed, tenant, base, window, now, state["count"], tag, changed_at)


def note(reading: Reading) -> None:
    """Remember that it was read, every few minutes."""
    feed, now = reading.feed, reading.now
    if feed.read_at is None or feed.read_at < now - NOTED:
        transact(lambda: Feed.objects.filter(pk=feed.pk).update(read_at=now))


def admit(reading: Reading) -> None:
    """Count that it is given out whole, and remember what it was like; raises `TooMany("too_many_reads")`."""

    def act() -> None:
        feed, now = Feed.objects.select_for_update().get(pk=reading.feed.pk), reading.now
        if feed.counted_from is None or feed.counted_from <= now - SPELL:
            feed.counted_from, feed.reads = now, 0
        if feed.reads >= OFTEN:
            left = int((feed.counted_from + SPELL - now).total_seconds()) + 1
            raise TooMany("too_many_reads", _("This calendar is read too often. Please ask less often."), left)
        feed.reads += 1 + min(reading.count, PAGE) // LONG
        feed.read_at = now
        if reading.window.is_usual and feed.shown_digest != reading.tag:
            feed.shown_digest, feed.shown_at = reading.tag, now
        feed.save()

    transact(act)


def written(reading: Reading) -> bytes:
    """The whole, booking after booking as the database gives them: of at most `PAGE`, and no more than that is kept."""
    house, language = House(reading.tenant.name, reading.base), mail.house_language()
    body, zones = io.BytesIO(), set()
    ends: list[datetime] = []
    for booking in _page_of(reading).iterator(chunk_size=500):
        with override(booking.language or language if reading.feed.customer_id else language):
            made = ics.event(
                booking, zone=booking.time_zone, method=Method.PUBLISH, shows=shows_of(reading.feed), house=house
            )
        body.write(made.to_ical())
        zones.add(booking.time_zone)
        ends = [min([*ends[:1], booking.start]), max([*ends[1:], booking.end])]
    span = (ends[0], ends[1]) if ends else None
    with override(language):
        return ics.head(_about(reading), zones, span) + body.getvalue() + ics.FOOT


def links(reading: Reading) -> dict[str, str]:
    """Queries of what comes before and after, by their relation (RFC 8288); only where there is anything."""
    window, found = reading.window, {}
    if window.page > 1:
        found["prev"] = window.query(window.page - 1)
    elif _any(reading, Q(end__lte=_begin(window, reading.tenant))):
        found["prev"] = window.earlier().query()
    if reading.count > window.page * PAGE:
        found["next"] = window.query(window.page + 1)
    elif _any(reading, Q(start__gte=midnight(window.end, zone(reading.tenant.time_zone)))):
        found["next"] = window.later().query()
    return found


def bookings_in(feed: Feed, window: Window, tenant: Tenant, now: datetime) -> QuerySet[Booking]:
    """The bookings that a feed shows in a window, all pages of them."""
    in_zone = zone(tenant.time_zone)
    begin, end = midnight(window.first, in_zone), midnight(window.end, in_zone)
    return _shown(feed, now).filter(start__lt=end, end__gt=begin).order_by("start", "pk")


def title_of(feed: Feed, tenant: Tenant) -> str:
    """What the calendar is called."""
    if feed.name:
        return feed.name
    if feed.resource:
        return f"{feed.resource.name}, {feed.resource.venue.name}"
    return feed.venue.name if feed.venue else tenant.name


def shows_of(feed: Feed) -> Shows:
    """What its events say."""
    if feed.customer_id:
        return Shows.OWN
    return Shows.NAMES if feed.shows_names else Shows.BUSY


def _shown(feed: Feed, now: datetime) -> QuerySet[Booking]:
    """What stands, and what stood and was given up less than a month ago. Holds are nobody's plan yet."""
    given_up = BookingEvent.objects.filter(
        booking=OuterRef("pk"),
        from_state__in=(State.PENDING, State.CONFIRMED),
        to_state__in=ics.GONE,
        at__gt=now - CANCELLED_FOR,
    )
    stands = Q(state__in=(State.PENDING, State.CONFIRMED, State.COMPLETED, State.NO_SHOW))
    return Booking.objects.filter(_whose(feed)).filter(stands | Q(state__in=ics.GONE) & Exists(given_up))


def _whose(feed: Feed) -> Q:
    """Of a resource also those of what it is part of, and of its parts: they take its time, too."""
    if feed.resource_id:
        places = Resource.objects.filter(kin([feed.resource_id])).values("pk")
        further = BookingResource.objects.filter(booking=OuterRef("pk"), resource__in=places)
        return Q(resource__in=places) | Q(Exists(further))
    if feed.venue_id:
        return Q(resource__venue=feed.venue_id)
    return Q(customer=feed.customer_id) if feed.customer_id else Q()


def _page_of(reading: Reading) -> QuerySet[Booking]:
    begin = (reading.window.page - 1) * PAGE
    rows = bookings_in(reading.feed, reading.window, reading.tenant, reading.now)
    return ics.with_sequence(rows).select_related("resource__venue", "product", "customer")[begin : begin + PAGE]


def _any(reading: Reading, when: Q) -> bool:
    return _shown(reading.feed, reading.now).filter(when).exists()


def _begin(window: Window, tenant: Tenant) -> datetime:
    return midnight(window.first, zone(tenant.time_zone))


def _about(reading: Reading) -> dict[str, str]:
    title, color = title_of(reading.feed, reading.tenant), reading.tenant.look.color
    return {
        "name": title,
        "x-wr-calname": title,
        "refresh-interval": REFRESH,
        "x-published-ttl": REFRESH,
        "color": _css_name(color),
        "x-apple-calendar-color": color,
    }


def _css_name(color: str) -> str:
    """The nearest of CSS's first names, which are all that RFC 7986 lets a calendar say (5.9)."""
    wanted = bytes.fromhex(color.removeprefix("#"))
    return min(CSS_NAMES, key=lambda name: dist(wanted, bytes.fromhex(CSS_NAMES[name])))
