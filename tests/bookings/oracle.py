"""What is free, worked out minute by minute from the rows, without any code of the house.

Slow and simple on purpose. It reads clocks (`astimezone`) and counts minutes;
it knows no periods, no gaps, no folds. A span opens at the first minute that
shows its opening time or a later one, and closes at the last minute that shows
its closing time; where the clocks skip that time, when they have skipped it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bookings.models import Occupancy
from venues.models import OpeningHours, Resource

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class Oracle:
    """Knows one resource on one local day and `beyond` more days for bookings to run into."""

    resource_id: int
    day: date
    now: datetime
    beyond: int = 2

    def __post_init__(self) -> None:
        self.resource = Resource.objects.get(pk=self.resource_id)
        self.zone = ZoneInfo(self.resource.venue.time_zone)
        self.origin = datetime.combine(self.day - 3 * DAY, time(), UTC)
        stretch = range((7 + self.beyond) * 1440)
        self.shown = [(self.origin + minute * MINUTE).astimezone(self.zone).replace(tzinfo=None) for minute in stretch]

    def free(self, minutes: int, participants: int = 1) -> list[datetime]:
        """The instants at which a booking of so many minutes may begin on the day."""
        resource = self.resource
        if not resource.min_minutes <= minutes <= resource.max_minutes:
            return []
        if (minutes - resource.min_minutes) % resource.grid_minutes or participants > resource.capacity:
            return []
        return [
            self.origin + start * MINUTE
            for start in sorted(self.starts)
            if self.shown[start].date() == self.day
            and self._in_time(start)
            and all(minute in self.open for minute in range(start, start + minutes))
            and self._has_room(start, start + minutes)
        ]

    @cached_property
    def spans(self) -> list[tuple[int, int, datetime, datetime]]:
        """First minute, first minute after, and the wall times, of every span around the day."""
        found = []
        for number in range(-1, self.beyond + 2):
            for opens, closes in self._rows(self.day + number * DAY):
                first = next(minute for minute, shown in enumerate(self.shown) if shown >= opens)
                last = max(minute for minute, shown in enumerate(self.shown) if shown <= closes)
                found.append((first, last if self.shown[last] == closes else last + 1, opens, closes))
        return found

    @cached_property
    def open(self) -> set[int]:
        """Minutes at which the doors are open."""
        return {minute for first, end, _opens, _closes in self.spans for minute in range(first, end)}

    @cached_property
    def starts(self) -> set[int]:
        """Open minutes at which the wall shows a time of the grid."""
        grid = self.resource.grid_minutes * MINUTE
        return {
            minute
            for first, end, opens, closes in self.spans
            for minute in range(first, end)
            if opens <= self.shown[minute] < closes and not (self.shown[minute] - opens) % grid
        }

    def _rows(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        ranked: dict[int, list[OpeningHours]] = {}
        for row in OpeningHours.objects.all():
            own = row.resource_id == self.resource_id
            if own or row.venue_id == self.resource.venue_id:
                if row.date == day:
                    ranked.setdefault(1 if own else 2, []).append(row)
                elif row.date is None:
                    ranked.setdefault(3 if own else 4, []).append(row)
        for row in ranked[min(ranked)] if ranked else []:
            if row.opens is not None and row.closes is not None and row.weekday in {None, day.weekday()}:
                closing_day = day if row.closes > row.opens else day + DAY
                yield datetime.combine(day, row.opens), datetime.combine(closing_day, row.closes)

    def _in_time(self, start: int) -> bool:
        instant = self.origin + start * MINUTE
        today = self.now.astimezone(self.zone).date()
        return (
            instant >= self.now + self.resource.lead_minutes * MINUTE
            and self.shown[start].date() <= today + self.resource.horizon_days * DAY
        )

    def _has_room(self, start: int, end: int) -> bool:
        wanted = set(range(start - self.resource.buffer_before_minutes, end + self.resource.buffer_after_minutes))
        if self.resource.units == 1:
            return not any(wanted & self.taken.get((resource_id, 0), set()) for resource_id in self.watched)
        # Units of a pool are alike: at every minute one of them must be left.
        each = [self.taken.get((self.resource_id, unit), set()) for unit in range(self.resource.units)]
        return all(sum(minute in taken for taken in each) < self.resource.units for minute in wanted)

    @cached_property
    def watched(self) -> set[int]:
        """The resource, everything below it and everything above it."""
        parents = dict(Resource.objects.values_list("pk", "parent"))

        def line(resource_id: int | None) -> list[int]:
            return [] if resource_id is None else [resource_id, *line(parents[resource_id])]

        below = {resource_id for resource_id in parents if self.resource_id in line(resource_id)}
        return below | set(line(self.resource_id))

    @cached_property
    def taken(self) -> dict[tuple[int, int], set[int]]:
        """Minutes that are gone, by resource and unit; holds that are over take none."""
        found: dict[tuple[int, int], set[int]] = {}
        for row in Occupancy.objects.select_related("booking"):
            booking = row.booking
            if booking and booking.hold_expires_at and booking.hold_expires_at <= self.now:
                continue
            first, end = (row.during.lower - self.origin) // MINUTE, (row.during.upper - self.origin) // MINUTE
            found.setdefault((row.resource_id, row.unit), set()).update(range(max(first, 0), min(end, len(self.shown))))
        return found
