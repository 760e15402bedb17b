"""Which rate applies when, and to whom.

At an instant and for a customer, of all rates whose days, weekdays, times and group fit, the one
applies with (in this order) the highest priority; a group, before one for everybody; the latest
`valid_from`, so that a new price from a day on needs no other change; the highest id.

`PriceList.stretches` walks a period from its start. Where another rate begins to apply, another stretch
begins; a `day` or `half_day` that has begun runs to its end under the rate at its beginning.

`with_prices` hangs rates and the customer's groups on a query of resources or products, so that
reading prices costs no query of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import JSONField, Model, OuterRef, QuerySet, Value
from django.db.models.functions import JSONObject

from kernel.periods import Period, clock_changes, days, first_instant, instants
from venues.models import Membership, Product, Rate, Resource

M = TypeVar("M", Resource, Product)
ONE_DAY = timedelta(days=1)
BLOCKS = {Rate.Unit.DAY: ONE_DAY, Rate.Unit.HALF_DAY: timedelta(hours=12)}
"""Units that are counted whole, from when they begin."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A rate as read. Times are on the wall; `weekdays` empty means all; amounts in minor units, tax included."""

    rate_id: int
    unit: str
    amount_minor: int
    name: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    until_time: time | None = None
    group_id: int | None = None
    priority: int = 0

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Tariff":
        """From a row of `with_prices`: JSON knows no dates."""
        return cls(
            rate_id=row["id"],
            unit=row["unit"],
            amount_minor=row["amount_minor"],
            name=row["name"],
            valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
            weekdays=frozenset(row["weekdays"]),
            from_time=time.fromisoformat(row["from_time"]) if row["from_time"] else None,
            until_time=time.fromisoformat(row["until_time"]) if row["until_time"] else None,
            group_id=row["group_id"],
            priority=row["priority"],
        )

    @property
    def is_plain(self) -> bool:
        """Whether it applies to everybody at all times."""
        return self.is_timeless and self.group_id is None

    @property
    def is_timeless(self) -> bool:
        """Whether it applies at all times, if only to a group."""
        return not (self.valid_from or self.valid_until or self.weekdays or self.from_time)

    @property
    def rank(self) -> tuple[int, bool, date, int]:
        """The greatest of those that fit applies."""
        return (self.priority, self.group_id is not None, self.valid_from or date.min, self.rate_id)

    def fits(self, wall: datetime) -> bool:
        """Whether it covers a naive wall time. A span past midnight belongs to the day on which it began."""
        day = wall.date()
        if self.from_time is not None and self.until_time is not None:
            if self.from_time < self.until_time:
                if not self.from_time <= wall.time() < self.until_time:
                    return False
            elif wall.time() < self.until_time:
                day -= ONE_DAY
            elif wall.time() < self.from_time:
                return False
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's membership of a group: `percent_off` in basis points, local days inclusive."""

    group_id: int
    name: str
    percent_off: int
    valid_from: date | None
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it counts for a booking that starts on this local day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


class PriceList:
    """The tariffs of one resource or product."""

    def __init__(self, tariffs: Iterable[Tariff]) -> None:
        self.tariffs = tuple(sorted(tariffs, key=lambda tariff: tariff.rank, reverse=True))
        plain = [tariff for tariff in self.tariffs if tariff.is_plain]
        self.covers_all = bool(plain)
        """Whether every instant has a price for everybody."""
        self.base = plain[0] if plain else (self.tariffs[0] if self.tariffs else None)
        """The price to put on a sign: what everybody pays when nothing special applies."""
        self.is_timeless = all(tariff.is_timeless for tariff in self.tariffs)
        """Whether the same costs the same at all times."""
        self._times = {time()} | {
            edge for tariff in self.tariffs for edge in (tariff.from_time, tariff.until_time) if edge is not None
        }
        self._edges: dict[tuple[date, str], list[datetime]] = {}

    def at(self, wall: datetime, groups: frozenset[int]) -> Tariff | None:
        """The tariff that applies at a naive wall time to a customer in these groups."""
        for tariff in self.tariffs:
            if (tariff.group_id is None or tariff.group_id in groups) and tariff.fits(wall):
                return tariff
        return None

    def covers(self, period: Period, groups: frozenset[int], zone: ZoneInfo) -> bool:
        """Whether all of a period has a price."""
        return self.covers_all or all(tariff for tariff, _stretch in self.stretches(period, groups, zone))

    def stretches(
        self, period: Period, groups: frozenset[int], zone: ZoneInfo
    ) -> Iterator[tuple[Tariff | None, Period]]:
        """The tariff of each stretch of a period, from its start to its end; None where none applies."""
        at, edges = period.start, self.boundaries(period, zone)
        while at < period.end:
            tariff = self.at(wall_clock(at, zone), groups)
            if tariff is not None and tariff.unit in BLOCKS:
                end = min(_block_end(at, BLOCKS[Rate.Unit(tariff.unit)], zone), period.end)
            else:
                index = bisect_right(edges, at)
                end = edges[index] if index < len(edges) else period.end
            yield tariff, Period(at, end)
            at = end

    def boundaries(self, period: Period, zone: ZoneInfo) -> list[datetime]:
        """Instants inside a period at which another tariff may begin to apply, ascending."""
        if self.is_timeless:
            return []
        first, last = wall_clock(period.start, zone).date(), wall_clock(period.end, zone).date()
        edges: set[datetime] = set(clock_changes(period, zone))
        for day in days(first, (last - first).days + 1):
            edges.update(self._edges_on(day, zone))
        return sorted(edge for edge in edges if period.start < edge < period.end)

    def _edges_on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        # Slot lists ask about the same days again and again.
        known = self._edges.get((day, zone.key))
        if known is None:
            known = []
            for edge in self._times:
                wall = datetime.combine(day, edge)
                # A time that is shown twice is a boundary twice; one that is skipped, where the gap ends.
                known += instants(wall, zone) or [first_instant(wall, zone)]
            self._edges[day, zone.key] = known
        return known


def _block_end(start: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    # The same wall time later, read the way that ends last; 24 real hours where that is later still.
    wall = (start.astimezone(zone) + length).replace(fold=1)
    return max(wall.astimezone(UTC), start + length)


def wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """The naive wall time that is shown in a zone at an instant."""
    return instant.astimezone(zone).replace(tzinfo=None)


def seller_column(model: type[Model]) -> str:
    """The foreign key by which rates, offers and questions belong to a row of this model."""
    return "product" if model is Product else "resource"


def with_prices(rows: QuerySet[M], customer_id: int | None = None) -> QuerySet[M]:
    """Resources or products with `rate_rows`, and with the memberships of a customer in `group_rows`."""
    owner = seller_column(rows.model)
    columns = {name: name for name in RATE_COLUMNS}
    rates = Rate.objects.filter(**{owner: OuterRef("pk")}).order_by().values(row=JSONObject(**columns))
    standing = (
        Membership.objects.filter(user=customer_id)
        .order_by()
        .values(
            row=JSONObject(
                group_id="group_id",
                name="group__name",
                percent_off="group__percent_off",
                valid_from="valid_from",
                valid_until="valid_until",
            )
        )
    )
    groups = ArraySubquery(standing) if customer_id is not None else Value([], output_field=ArrayField(JSONField()))
    return rows.annotate(rate_rows=ArraySubquery(rates), group_rows=groups)


RATE_COLUMNS = (
    "id", "unit", "amount_minor", "name", "valid_from", "valid_until", "weekdays", "from_time", "until_time",
    "group_id", "priority",
)  # fmt: skip


def price_list(row: Resource | Product) -> PriceList:
    """The price list of a row that was read `with_prices`; worked out once for each row."""
    known: PriceList | None = getattr(row, "_price_list", None)
    if known is None:
        known = PriceList(Tariff.of(rate) for rate in row.rate_rows)  # type: ignore[union-attr]
        row._price_list = known  # type: ignore[union-attr]
    return known


def sell_by(row: Resource | Product, prices: PriceList) -> None:
    """Hang a price list on a row that was not read `with_prices`."""
    row._price_list = prices  # type: ignore[union-attr]


def sign_price(row: Resource | Product) -> Tariff:
    """The price to put on a sign, of a row that has one."""
    base = price_list(row).base
    assert base is not None
    return base


def standings(row: Resource | Product) -> tuple[Standing, ...]:
    """The customer's memberships, from a row that was read `with_prices`."""
    return tuple(
        Standing(
            found["group_id"],
            found["name"],
            found["percent_off"],
            _day(found["valid_from"]),
            _day(found["valid_until"]),
        )
        for found in row.group_rows  # type: ignore[union-attr]
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
