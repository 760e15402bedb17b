"""One day of one venue as the staff see it: every resource with what takes its time."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bookings.access import bookings_for_staff
from bookings.cancelling import can_cancel
from bookings.claims import range_of
from bookings.facts import has_lapsed
from bookings.models import Booking, Occupancy
from bookings.records import Actor
from bookings.states import State
from bookings.views.settled import Money, money_of
from bookings.views.words import Words, state_at, words_for
from kernel.periods import Period, elapsed_minutes, local_day
from tenants import speech
from tenants.zones import zone
from venues.access import Anyone
from venues.models import Closure, Resource, Venue

LINE_EVERY = 180


@dataclass(frozen=True)
class Entry:
    """A booking, a closure or imported busy time on one resource. `via` is the resource that was booked, if another."""

    label: str
    booking: Booking | None
    closure: Closure | None
    words: Words | None
    money: Money | None
    via: Resource | None
    offset: int
    width: int
    may_confirm: bool = False
    may_cancel: bool = False
    may_mark_no_show: bool = False
    may_refund: bool = False


@dataclass(frozen=True)
class DeskDay:
    """`now` is the database's. Four queries for any number of resources and bookings."""

    user: Anyone
    venue: Venue
    day: date
    now: datetime
    runs: bool

    @property
    def zone(self) -> ZoneInfo:
        """The venue's."""
        return zone(self.venue.time_zone)

    @property
    def today(self) -> date:
        """At the venue."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def period(self) -> Period:
        """The 23, 24 or 25 hours of the day."""
        return local_day(self.day, self.zone)

    @property
    def previous(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def following(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)

    @property
    def hours(self) -> range:
        """Minutes from midnight at which a line is drawn: every three hours of real time."""
        return range(LINE_EVERY, self.period.minutes, LINE_EVERY)

    @property
    def hour_labels(self) -> list[str]:
        """The wall times at those lines, midnights included."""
        ends = [0, *self.hours, self.period.minutes]
        return [f"{(self.period.start + timedelta(minutes=at)).astimezone(self.zone):%H}" for at in ends]

    @cached_property
    def rows(self) -> list[tuple[Resource, list[Entry]]]:
        """Every resource of the venue with its entries by time."""
        resources = list(Resource.objects.filter(venue=self.venue, stock_of=None).order_by("position", "name"))
        by_id = {resource.pk: resource for resource in resources}
        entries: dict[int, list[Entry]] = defaultdict(list)
        for taken in self._occupancies(list(by_id)):
            entries[taken.resource_id].append(self._entry(taken, by_id))
        return [(resource, entries[resource.pk]) for resource in resources]

    @cached_property
    def summary(self) -> dict[str, int]:
        """How many bookings there are, and how many wait for the staff."""
        own = [entry.booking for _resource, row in self.rows for entry in row if entry.booking and entry.via is None]
        return {"bookings": len(own), "waiting": sum(booking.state == State.PENDING for booking in own)}

    def _occupancies(self, resource_ids: list[int]) -> Iterator[Occupancy]:
        rows = (
            Occupancy.objects.filter(resource__in=resource_ids, during__overlap=range_of(self.period))
            .select_related("booking__resource__venue", "closure")
            .order_by("during", "unit")
        )
        visible = set(
            bookings_for_staff(self.user)
            .filter(occupancies__resource__in=resource_ids, occupancies__during__overlap=range_of(self.period))
            .values_list("pk", flat=True)
        )
        for row in rows:
            booking = row.booking
            lapsed = booking and has_lapsed(booking.state, booking.hold_expires_at, self.now)
            if booking is None or (booking.pk in visible and not lapsed):
                yield row

    def _entry(self, taken: Occupancy, by_id: dict[int, Resource]) -> Entry:
        booking = taken.booking
        start = booking.start if booking else taken.during.lower
        end = booking.end if booking else taken.during.upper
        offset, width = self._place(start, end)
        label = speech.span(max(start, self.period.start), min(end, self.period.end), self.zone)
        if booking is None:
            return Entry(label, None, taken.closure, None, None, None, offset, width)
        state = state_at(booking, self.now)
        via = None if booking.resource_id == taken.resource_id else by_id.get(booking.resource_id)
        may = self.runs and via is None
        staff = Actor.of(self.user) if self.user.is_authenticated else Actor.of(None)
        return Entry(
            speech.span(start, end, self.zone),
            booking,
            None,
            words_for(booking, self.now),
            money_of(booking),
            via,
            offset,
            width,
            may_confirm=may and state in {State.HELD, State.PENDING},
            may_cancel=may and can_cancel(booking, staff, self.now),
            may_refund=may and booking.paid_minor > 0,
            may_mark_no_show=may and state in {State.CONFIRMED, State.COMPLETED} and booking.start <= self.now,
        )

    def _place(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Minutes from midnight and length, cut to the day: where the bar is drawn."""
        offset = max(0, elapsed_minutes(self.period.start, start))
        return offset, max(1, min(elapsed_minutes(self.period.start, end), self.period.minutes) - offset)
