"""Venues and resources come and go, and their opening hours change: without a moment that nobody counts on.

A venue's row is locked before its resources, by whoever adds one and by whoever closes the whole venue or opens it
again (`bookings.closures`): what is closed covers what is new.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from bookings import agenda, claims, closures
from bookings.models import Booking
from bookings.states import LIVE, WAITING
from kernel import failpoints
from kernel.errors import Invalid
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import Again, transact
from tenants import limits
from venues.hours import Hours, Row
from venues.models import VENUES_OWN, OpeningHours, Rate, Resource, Venue

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONDAY = date(2001, 1, 1)
LONGEST_SLUG = 50
Day = date


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours as they are to be: on a `weekday` (0 is Monday) or a `date`; without times, closed on that date.

    A weekly one with `valid_from` and `valid_until` is of that season, both days inclusive.
    """

    weekday: int | None = None
    date: Day | None = None
    opens: time | None = None
    closes: time | None = None
    note: str = ""
    valid_from: Day | None = None
    valid_until: Day | None = None


Instead = tuple[Venue | Resource, Sequence[Span]]


def free_slug(name: str, taken: QuerySet[Venue] | QuerySet[Resource], otherwise: str) -> str:
    """A short name for addresses that none of `taken` has: from the name, or `otherwise` and a number."""
    base = slugify(name)[:LONGEST_SLUG].strip("-") or otherwise
    known = {*VENUES_OWN, *taken.filter(slug__startswith=base).values_list("slug", flat=True)}
    number, found = 1, base
    while found in known:
        number += 1
        found = f"{base}-{number}"
    return found


def add_venue(venue: Venue) -> None:
    """Write a venue that there was not, or open one again; `Forbidden("plan_limit")` beyond the tenant's plan."""

    def act() -> None:
        if venue.is_active:
            limits.take(limits.Thing.VENUES)
        venue.save()

    transact(act)


def add_resource(resource: Resource) -> None:
    """Write a resource that there was not; what closes its venue covers it. `Forbidden("plan_limit")` beyond the plan.

    A part waits for whoever books its whole just now: from then on the two are looked at together.
    """

    def act() -> None:
        if not failpoints.hit("premises.venue"):  # the negative control adds without it
            closures.lock_venue(resource.venue_id)
        if resource.parent_id is not None:
            claims.lock([resource.parent_id])
            _look_again(resource, resource.parent_id)
        if resource.is_active:
            limits.take(limits.Thing.RESOURCES)
        resource.save()
        failpoints.hit("premises.added")
        closures.cover_new_units(resource, database_now())

    transact(act)


def _look_again(resource: Resource, whole: int) -> None:
    resource.parent = Resource.objects.get(pk=whole)
    try:
        resource.clean()
    except ValidationError as error:
        raise Again from error  # whoever looks once more says why


def price_like(resource: Resource, other: Resource) -> None:
    """Give a resource that has no price what another one costs."""

    def act() -> None:
        claims.lock([resource.pk])
        if Rate.objects.filter(resource=resource).exists():
            return
        rates = list(Rate.objects.filter(resource=other))
        for rate in rates:
            rate.pk, rate.resource = None, resource
        Rate.objects.bulk_create(rates)

    transact(act)


def set_hours(place: Venue | Resource, spans: Sequence[Span]) -> None:
    """Put these in place of all hours of a venue, or of a resource's own. Whoever books waits, and sees these (R34).

    What is booked stays booked: `outside`. Raises `Invalid("hours_overlap")` for spans that overlap, and
    `Invalid("hours_unclear")` for a date that is closed and open.
    """
    _check(spans)
    change_hours(place, lambda _before: spans)


def spans_of(place: Venue | Resource) -> list[Span]:
    """The hours of a venue, or a resource's own, as they are."""
    rows = OpeningHours.objects.filter(**{"venue" if isinstance(place, Venue) else "resource": place})
    return [Span(**row) for row in rows.order_by("weekday", "date", "opens").values(*Span.__slots__)]


def change_hours(place: Venue | Resource, how: Callable[[list[Span]], Sequence[Span]]) -> None:
    """As `set_hours`, from what the hours are under the lock to what `how` makes of them: nobody's change is lost."""

    def act() -> None:
        if isinstance(place, Venue):
            closures.lock_venue(place.pk)
            claims.lock(list(Resource.objects.filter(venue=place).values_list("pk", flat=True)))
            own: dict[str, Venue | Resource] = {"venue": place}
        else:
            claims.lock([place.pk])
            own = {"resource": place}
        spans = how(spans_of(place))
        _check(spans)
        OpeningHours.objects.filter(**own).delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(**own, **{name: getattr(span, name) for name in Span.__slots__}) for span in spans
        )

    transact(act)


def _check(spans: Sequence[Span]) -> None:
    closed = {span.date for span in spans if span.opens is None}
    if closed & {span.date for span in spans if span.opens is not None} or len(closed) < sum(
        span.opens is None for span in spans
    ):
        raise Invalid("hours_unclear", _("A date is either closed, once, or open."))
    weeks = defaultdict(list)
    for span in spans:
        if span.weekday is not None:
            weeks[span.valid_from, span.valid_until].append(_ends(MONDAY + DAY * span.weekday, span))
    _check_seasons([season for season in weeks if season != (None, None)])
    for week in weeks.values():
        week.sort()
        week.append((week[0][0] + WEEK, week[0][1] + WEEK))  # Sunday night meets Monday morning
    dated = sorted(_ends(span.date, span) for span in spans if span.date is not None and span.opens is not None)
    for found in (*weeks.values(), dated):
        for (_start, end), (start, _end) in pairwise(found):
            if start < end:
                raise Invalid("hours_overlap", _("Two spans of opening hours overlap."), {"opens": f"{start:%H:%M}"})


def _check_seasons(seasons: list[tuple[Day | None, Day | None]]) -> None:
    whole = sorted((first, last) for first, last in seasons if first is not None and last is not None and first <= last)
    if len(whole) < len(seasons):
        raise Invalid("hours_unclear", _("A season has a first and a last day, in this order."))
    for (_first, last), (first, _last) in pairwise(whole):
        if first <= last:
            raise Invalid("hours_overlap", _("Two seasons overlap."), {"valid_from": f"{first:%Y-%m-%d}"})


def _ends(day: date, span: Span) -> tuple[datetime, datetime]:
    assert span.opens is not None
    assert span.closes is not None
    start, end = datetime.combine(day, span.opens), datetime.combine(day, span.closes)
    return start, end if end > start else end + DAY


def outside(resources: QuerySet[Resource], now: datetime, instead: Instead | None = None) -> list[Booking]:
    """Bookings to come of these resources that lie outside opening hours, by start.

    `instead` are the hours of a place as they might be: what would lie outside then.
    """
    found = {resource.pk: resource for resource in resources.select_related("venue")}
    to_come = Booking.objects.filter(resource__in=found, state__in=LIVE, end__gt=now)
    live = to_come.exclude(state__in=WAITING, hold_expires_at__lte=now).order_by("start", "pk")
    bookings = list(live.only("reference_code", "resource_id", "start", "end", "time_zone"))
    if not bookings:
        return []
    reach = Period(min(booking.start for booking in bookings), max(booking.end for booking in bookings))
    hours = agenda.hours_of(found.values(), reach) if instead is None else _hours_then(found.values(), reach, instead)
    return [booking for booking in bookings if not _is_open(hours, found[booking.resource_id], booking)]


def _hours_then(resources: Collection[Resource], reach: Period, instead: Instead) -> Hours:
    place, spans = instead
    venue = place.pk if isinstance(place, Venue) else None
    resource = None if isinstance(place, Venue) else place.pk
    kept = [row for row in agenda.rows_of(resources, reach) if (row.venue_id, row.resource_id) != (venue, resource)]
    then = [
        Row(venue, resource, span.weekday, span.date, span.opens, span.closes, span.valid_from, span.valid_until)
        for span in spans
    ]
    return Hours.of([*kept, *then])


def _is_open(hours: Hours, resource: Resource, booking: Booking) -> bool:
    whole = Period(booking.start, booking.end)
    return agenda.open_in(hours, resource, whole) == [whole]
