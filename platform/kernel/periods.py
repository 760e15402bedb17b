"""Half-open periods `[start, end)` of aware instants, and wall-clock arithmetic.

Everything here is pure: no clock, no database. Two aware datetimes of one
zone subtract as *wall* time in Python, which is wrong on two nights a year;
`elapsed` is the only subtraction that the house uses.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Real time from `start` to `end`, whatever their zones."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def elapsed_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes of real time from `start` to `end`."""
    return int(elapsed(start, end) // timedelta(minutes=1))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`[start, end)`: both aware, kept in UTC, never empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs instants with a zone")
        # Months are made of tens of thousands of periods, nearly all of them in UTC already.
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", self.start.astimezone(UTC))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @property
    def minutes(self) -> int:
        """Length in whole minutes of real time."""
        return (self.end - self.start) // _MINUTE

    def overlaps(self, other: "Period") -> bool:
        """Whether an instant lies in both; touching ends do not overlap."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Period") -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def widened(self, before: timedelta, after: timedelta) -> "Period":
        """The period with time added at both ends (a booking with its buffers)."""
        if not before and not after:
            return self
        return Period(self.start - before, self.end + after)


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same instants as few periods: sorted, disjoint, touching ones joined."""
    result: list[Period] = []
    for period in sorted(periods):
        if result and period.start <= result[-1].end:
            if period.end > result[-1].end:
                result[-1] = Period(result[-1].start, period.end)
        else:
            result.append(period)
    return result


def subtracted(whole: Period, taken: Iterable[Period]) -> list[Period]:
    """What is left of `whole` once every instant of `taken` is gone."""
    left: list[Period] = []
    start = whole.start
    for period in merged(taken):
        if period.end <= start:
            continue
        if period.start >= whole.end:
            break
        if period.start > start:
            left.append(Period(start, period.start))
        start = period.end
    if start < whole.end:
        left.append(Period(start, whole.end))
    return left


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which a naive wall time is shown in `zone`: none in a gap, two in a fold."""
    found: list[datetime] = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall and instant not in found:
            found.append(instant)
    return found


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at or after a wall time; in a gap, the instant at which the gap ends."""
    return instants(wall, zone)[0] if instants(wall, zone) else _after_gap(wall, zone)


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The last instant of a wall time; in a gap, the instant at which the gap ends."""
    return instants(wall, zone)[-1] if instants(wall, zone) else _after_gap(wall, zone)


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    # fold=1 reads a skipped wall time with the offset after the gap, fold=0 with the one
    # before it; the jump lies between them, and zones jump at whole seconds.
    wall = wall.replace(microsecond=0)
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return _jump(low, high, zone)


def clock_changes(period: Period, zone: ZoneInfo) -> list[datetime]:
    """The instants inside a period at which the clocks of a zone jump, to the second."""
    found: list[datetime] = []
    step = timedelta(hours=12)
    low = period.start
    while low < period.end:
        high = min(low + step, period.end)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            found.append(_jump(low, high, zone))
        low = high
    return [instant for instant in found if period.start < instant < period.end]


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    after = high.astimezone(zone).utcoffset()
    low, high = low.replace(microsecond=0), high.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) // 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def local_day(day: date, zone: ZoneInfo) -> Period:
    """The 23, 24 or 25 hours of a calendar day in a zone.

    `ValueError` for a date that the zone left out (Samoa's 30 December 2011).
    """
    return Period(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a calendar day begins: 01:00 on the wall where the clocks skip midnight."""
    return first_instant(datetime.combine(day, time()), zone)


def days(start: date, count: int) -> Iterator[date]:
    """`count` calendar days from `start` on."""
    return (start + timedelta(days=number) for number in range(count))
