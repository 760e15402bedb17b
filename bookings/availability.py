"""Reading the facts about resources in a window: three queries, however many bookings exist.

`relatives_of` reads resources with all that hangs on them (venue, rates, the caller's groups, extras and
questions on offer); `assemble` adds hours and what is taken.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from bookings import barred
from bookings.facts import Facts, Reason, Taken, Timeline, Window, has_lapsed
from bookings.models import Occupancy
from bookings.states import State
from kernel.periods import Period, instants, merged
from schemas.instants import Micros, instant
from tenants.zones import zone
from venues import hours as opening
from venues.models import Resource
from venues.offered import has_quotas, with_offers
from venues.pricelists import price_list, standings


def family(resource_ids: Collection[int]) -> Q:
    """The resources themselves and their parts, two levels deep: all that a booking of them claims."""
    return Q(pk__in=resource_ids) | Q(parent__in=resource_ids) | Q(parent__parent__in=resource_ids)


def kin(resource_ids: Collection[int]) -> Q:
    """The family, and what the resources are parts of: all that decides whether they are free."""
    these = Resource.objects.filter(pk__in=resource_ids)
    return family(resource_ids) | Q(pk__in=these.values("parent")) | Q(pk__in=these.values("parent__parent"))


def _with_all(rows: QuerySet[Resource], customer_id: int | None) -> QuerySet[Resource]:
    found = with_offers(rows, customer_id).select_related("venue").annotate(has_quotas=has_quotas("venue"))
    if customer_id is None:
        return found
    return found.annotate(is_barred=barred.is_blocked(customer_id), is_closed=barred.is_closed(customer_id))


def relatives_of(which: Q, customer_id: int | None = None) -> list[Resource]:
    """Resources with venue, prices and offers: one query."""
    return list(_with_all(Resource.objects.filter(which), customer_id))


def relatives_now(which: Q, customer_id: int | None = None) -> tuple[list[Resource], datetime | None]:
    """As `relatives_of`, and the database's clock in the same query; None where there are no resources."""
    rows = _with_all(Resource.objects.filter(which), customer_id)
    found = list(rows.annotate(now=Now()))
    return list(found), found[0].now if found else None


def bookable(relatives: Iterable[Resource], priced: Collection[int] = ()) -> list[int]:
    """Ids of those that can be booked at all: active, in an active venue, with a price; `priced` have a service's."""
    return [
        resource.pk
        for resource in relatives
        if resource.is_active and resource.venue.is_active and (price_list(resource).tariffs or resource.pk in priced)
    ]


def read(
    resource_ids: Collection[int], window: Window, now: datetime, ignoring: Collection[UUID] = ()
) -> dict[int, Facts]:
    """Facts by resource id, in three queries. Bookings in `ignoring` (one's own holds) take nothing away.

    Ids that do not exist are missing from the answer.
    """
    return assemble(relatives_of(kin(resource_ids)), resource_ids, window, now, ignoring)


def assemble(
    relatives: Sequence[Resource],
    resource_ids: Collection[int],
    window: Window,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> dict[int, Facts]:
    """As `read`, for resources that were read already together with their kin: two queries."""
    ids = set(resource_ids)
    wanted = [resource for resource in relatives if resource.pk in ids]
    reach = window.reaching(max((resource.max_minutes for resource in wanted), default=0))
    rows = opening.rows_of({resource.venue_id for resource in wanted}, ids, reach.first, reach.last)
    found = _Found(relatives, opening.Hours.of(rows), window, now)
    for row in _taken([resource.pk for resource in relatives], reach, frozenset(ignoring)):
        found.taken[row.resource_id].append(row)
    return {resource.pk: found.facts(resource) for resource in wanted}


class _Found:
    """What was read, sorted by resource. Resources with the same hours share a timeline."""

    def __init__(self, relatives: Iterable[Resource], hours: opening.Hours, window: Window, now: datetime) -> None:
        self.hours, self.window, self.now = hours, window, now
        self.taken: dict[int, list[Row]] = defaultdict(list)
        self._parents = {resource.pk: resource.parent_id for resource in relatives}
        self._parts: dict[int | None, list[int]] = defaultdict(list)
        for part, whole in self._parents.items():
            self._parts[whole].append(part)
        self._timelines: dict[tuple[tuple[opening.WallSpan, ...], ZoneInfo, int], Timeline] = {}

    def facts(self, resource: Resource) -> Facts:
        """All about one resource."""
        claims = self._claims(resource.pk)
        watched = (*claims, *self._wholes(resource.pk))
        in_force: dict[tuple[int, int], list[Taken]] = defaultdict(list)
        lapsed: list[Taken] = []
        for pk in watched:
            for row in self.taken.get(pk, ()):
                over = has_lapsed(row.state, row.expires, self.now)
                (lapsed if over else in_force[row.resource_id, row.unit]).append(row.taken)
        return Facts(
            resource=resource,
            claims=claims,
            watched=watched,
            now=self.now,
            timeline=self._timeline(resource),
            taken=in_force,
            lapsed=lapsed,
            standings=standings(resource),
        )

    def _claims(self, pk: int) -> tuple[int, ...]:
        parts = [pk, *self._parts[pk]]
        return tuple(sorted({*parts, *(below for part in parts for below in self._parts[part])}))

    def _wholes(self, pk: int) -> list[int]:
        found: list[int] = []
        above = self._parents[pk]
        while above is not None and above not in found:
            found.append(above)
            above = self._parents.get(above)
        return found

    def _timeline(self, resource: Resource) -> Timeline:
        in_zone = zone(resource.venue.time_zone)
        reach = self.window.reaching(resource.max_minutes)
        spans = tuple(span for day in reach.dates for span in self.hours.spans(resource.venue_id, resource.pk, day))
        key = (spans, in_zone, resource.grid_minutes)
        if key not in self._timelines:
            self._timelines[key] = _timeline(self.window, *key)
        return self._timelines[key]


def _timeline(window: Window, spans: Iterable[opening.WallSpan], in_zone: ZoneInfo, grid: int) -> Timeline:
    found = [(span, Period(*ends)) for span in spans if (ends := opening.instants_of(span, in_zone))]
    starting = (each for each in found if each[0].opens.date() <= window.last)
    return Timeline(
        window=window,
        zone=in_zone,
        open=merged(period for _span, period in found),
        starts=dict.fromkeys(sorted(_starts(starting, grid, in_zone))),
    )


def _starts(spans: Iterable[tuple[opening.WallSpan, Period]], grid: int, in_zone: ZoneInfo) -> Iterator[datetime]:
    step = timedelta(minutes=grid)
    for span, period in spans:
        if _is_steady(span, period, in_zone):
            # On nearly every day wall time and real time run alike.
            instant = period.start
            while instant < period.end:
                yield instant
                instant += step
            continue
        # On two nights a year a wall time is skipped, or shown twice.
        wall = span.opens
        while wall < span.closes:
            yield from (instant for instant in instants(wall, in_zone) if period.start <= instant < period.end)
            wall += step


def _is_steady(span: opening.WallSpan, period: Period, in_zone: ZoneInfo) -> bool:
    offsets = {instant.astimezone(in_zone).utcoffset() for instant in (period.start, period.end)}
    return len(offsets) == 1 and period.end - period.start == span.closes - span.opens


class Row(NamedTuple):
    """A row of occupancy as read, with what says whether it is still in force."""

    resource_id: int
    unit: int
    state: str | None
    expires: datetime | None
    taken: Taken


def _taken(resource_ids: Collection[int], reach: Window, ignoring: frozenset[UUID]) -> Iterator[Row]:
    # UTC days with some to spare at both ends cover the local days of every zone, and buffers.
    stretch = DateTimeTZRange(
        datetime.combine(reach.first, datetime.min.time(), UTC) - timedelta(days=1),
        datetime.combine(reach.last, datetime.min.time(), UTC) + timedelta(days=3),
    )
    rows = Occupancy.objects.filter(resource__in=resource_ids, during__overlap=stretch).values_list(
        "resource_id",
        "unit",
        Micros("during__startswith"),
        Micros("during__endswith"),
        "kind",
        "booking_id",
        Micros("booking__start"),
        Micros("booking__end"),
        "booking__state",
        Micros("booking__hold_expires_at"),
    )
    for resource_id, unit, lower, upper, kind, booking_id, start, end, state, expires in rows:
        if booking_id in ignoring:
            continue
        period = Period(instant(lower), instant(upper))
        has_buffers = kind == Occupancy.Kind.BOOKING and (start, end) != (lower, upper)
        core = Period(instant(start), instant(end)) if has_buffers else period
        taken = Taken(period, core, _reason_of(kind, state), booking_id)
        yield Row(resource_id, unit, state, None if expires is None else instant(expires), taken)


def _reason_of(kind: str, state: str | None) -> Reason:
    if kind == Occupancy.Kind.CLOSURE:
        return Reason.CLOSURE
    if kind == Occupancy.Kind.EXTERNAL:
        return Reason.EXTERNAL_CALENDAR
    return Reason.HELD if state == State.HELD else Reason.BOOKED
