"""A month of a resource as a page shows it: free starts per day, the chosen day's slots, and why there are none."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import availability
from bookings.facts import Facts, Reason, Window, Wish
from bookings.models import Booking
from bookings.views.choice import Choice
from bookings.views.held import Held
from bookings.views.slots import Breakdown, Day, Slot
from bookings.views.tags import Labels, Tag, Tags, required
from kernel.periods import Period, days
from tenants import speech
from tenants.zones import zone
from venues.models import Product, Resource

TAKEN = frozenset({Reason.BOOKED, Reason.HELD, Reason.CLOSURE, Reason.EXTERNAL_CALENDAR, Reason.BUFFER})
MONTHS_TO_TRY = 3
AROUND = timedelta(days=14)
"""So far from a start, to either side, is looked for what lies nearest to it."""
NOON, EVENING = 12, 17
NO_TAG = Tag(0, "")
Judged = tuple[Wish, Reason | None]


@dataclass(frozen=True)
class Timetable:
    """Everything that the choosing part of a resource page shows."""

    resource: Resource
    choice: Choice
    facts: Facts
    month: date
    own: Held
    products: dict[int, Product]
    relatives: Sequence[Resource]
    """Whatever shares its time, as it was read."""

    @property
    def zone(self) -> ZoneInfo:
        """The venue's."""
        return self.facts.zone

    @property
    def today(self) -> date:
        """At the venue."""
        return self.facts.local_date(self.facts.now)

    @cached_property
    def chosen(self) -> date | None:
        """The day whose slots are shown: the one asked for, else the first with something free."""
        return self.choice.day or min(self._free_by_day, default=None)

    @property
    def weeks(self) -> Iterator[list[Day | None]]:
        """The month from Monday on in rows of seven, past weeks left out; None stands for another month's day."""
        lead = self.month.weekday()
        cells: list[Day | None] = [None] * lead
        cells += [self._day(day) for day in days(self.month, (_next(self.month) - self.month).days)]
        cells += [None] * (-len(cells) % 7)
        weeks = (cells[index : index + 7] for index in range(0, len(cells), 7))
        return (week for week in weeks if any(day and not day.is_past for day in week))

    @property
    def weekdays(self) -> list[tuple[str, str]]:
        """Short and full names, Monday first."""
        monday = date(2024, 1, 1)
        return [(speech.day(day, form="EEEEEE"), speech.day(day, form="EEEE")) for day in days(monday, 7)]

    @property
    def previous(self) -> date | None:
        """The month before, unless it is past."""
        before = (self.month - timedelta(days=1)).replace(day=1)
        return before if before >= self.today.replace(day=1) else None

    @property
    def following(self) -> date | None:
        """The month after, as far as bookings are open."""
        after = _next(self.month)
        return after if after <= self.today + self._horizon else None

    @property
    def parts_of_day(self) -> list[tuple[str, list[Slot]]]:
        """The chosen day's slots, in three heaps with a heading each; empty heaps are left out."""
        heaps: dict[str, list[Slot]] = {_("Morning"): [], _("Afternoon"): [], _("Evening"): []}
        morning, afternoon, evening = heaps.values()
        for slot in self.slots:
            hour = slot.start.astimezone(self.zone).hour
            (morning if hour < NOON else afternoon if hour < EVENING else evening).append(slot)
        return [(heading, heap) for heading, heap in heaps.items() if heap]

    @cached_property
    def slots(self) -> list[Slot]:
        """What is free on the chosen day, and what others have taken; what never was on offer is left out."""
        shown = [(wish, reason) for wish, reason in self._judged if reason is None or reason in TAKEN]
        labels = Counter(self._labels.clock(wish.period.start) for wish, _reason in shown)
        return [self._slot(wish, reason, labels) for wish, reason in shown]

    @property
    def free_count(self) -> int:
        """How many of the chosen day's slots are free."""
        return self._free_by_day[self.chosen] if self.chosen else 0

    @property
    def why_nothing(self) -> str:
        """One sentence for a chosen day without slots."""
        reasons = {reason for _wish, reason in self._judged}
        if not reasons or reasons == {Reason.CLOSED}:
            return _("Closed on this day.") if not reasons else _("Open too briefly on this day for that length.")
        if Reason.TOO_FAR in reasons:
            return _("Bookings open %(days)d days ahead, so this day is not open yet.") % {
                "days": self.resource.horizon_days
            }
        if Reason.LEAD_TIME in reasons:
            return _("It is too late to book for this day.")
        return _("Nothing can be booked on this day.")

    @cached_property
    def breakdowns(self) -> list[Breakdown]:
        """How the prices of the chosen day come about, each once, in order of time."""
        first: dict[int, list[Wish]] = defaultdict(list)
        for wish, reason in self._judged:
            if reason is None:
                first[self._tags.of(wish).minor].append(wish)
        return [self._breakdown(wishes, len(first)) for wishes in first.values()]

    def _breakdown(self, wishes: list[Wish], of: int) -> Breakdown:
        when = "" if of == 1 else ", ".join(speech.clock(wish.period.start, self.zone) for wish in wishes)
        return Breakdown(when, self._tags.of(wishes[0]), self._tags.shares(wishes[0]))

    @property
    def mine(self) -> list[tuple[Booking, str]]:
        """The visitor's own holds of this resource, with until when they are kept."""
        held = [hold for hold in self.own.holds if hold.resource_id == self.resource.pk]
        return [(hold, self._until(hold)) for hold in held]

    def around(self, wanted: datetime) -> "Timetable":
        """The same for the weeks around a start: what is nearest to it may lie beyond the month's end. Two queries."""
        day = min(max(self.facts.local_date(wanted), self.today), self.today + self._horizon)
        window = Window(max(day - AROUND, self.today), day + AROUND)
        pk = self.resource.pk
        facts = availability.assemble(self.relatives, [pk], window, self.facts.now, self.own.passing)[pk]
        return replace(self, facts=facts)

    def nearest(self, wanted: datetime, count: int = 4) -> list[Slot]:
        """Free slots that lie closest to a start, in order of time; of the days that were read."""
        return self._closest(self._free, wanted, count)

    def other_days(self, wanted: datetime, count: int = 4) -> list[Slot]:
        """Free slots at the same time of the nearest other days, in order of time; of the days that were read."""
        local = wanted.astimezone(self.zone)
        alike = (wish for wish in self._free if _same_time(wish.period.start.astimezone(self.zone), local))
        return self._closest(alike, wanted, count)

    def _closest(self, wishes: Iterator[Wish], wanted: datetime, count: int) -> list[Slot]:
        closest = sorted(wishes, key=lambda wish: abs(wish.period.start - wanted))[:count]
        return [self._slot(wish, None, Counter()) for wish in sorted(closest, key=lambda wish: wish.period)]

    @property
    def _horizon(self) -> timedelta:
        return timedelta(days=self.resource.horizon_days)

    @property
    def _free(self) -> Iterator[Wish]:
        return (wish for judged in self._by_day.values() for wish, reason in judged if reason is None)

    @cached_property
    def _tags(self) -> Tags:
        return Tags(self.facts, products=self.products)

    @cached_property
    def _labels(self) -> Labels:
        return Labels(self.facts)

    def _until(self, hold: Booking) -> str:
        assert hold.hold_expires_at is not None
        return speech.clock(hold.hold_expires_at, self.zone)

    @cached_property
    def _by_day(self) -> dict[date, list[Judged]]:
        found: dict[date, list[Judged]] = defaultdict(list)
        for wish in self.facts.wishes(self.choice.minutes, self.choice.people):
            found[self.facts.local_date(wish.period.start)].append((wish, self.facts.reason(wish)))
        return found

    @cached_property
    def _free_by_day(self) -> Counter[date]:
        return Counter(day for day, judged in self._by_day.items() for _wish, reason in judged if reason is None)

    @property
    def _judged(self) -> list[Judged]:
        return self._by_day.get(self.chosen, []) if self.chosen else []

    def _day(self, day: date) -> Day:
        free = self._free_by_day[day]
        is_full = not free and any(reason in TAKEN for _wish, reason in self._by_day.get(day, ()))
        if free:
            words = ngettext("%(count)d start time free", "%(count)d start times free", free) % {"count": free}
        else:
            words = _("fully booked") if is_full else _("not bookable")
        label = "" if day < self.today else f"{speech.day(day)}: {words}"
        address = f"?day={day.isoformat()}&minutes={self.choice.minutes}&people={self.choice.people}"
        return Day(day, free, day < self.today, is_full, day == self.chosen, label, address)

    def _slot(self, wish: Wish, reason: Reason | None, labels: Counter[str]) -> Slot:
        start, end = wish.period.start, wish.period.end
        label = self._labels.span(wish.period)
        if labels[self._labels.clock(start)] > 1:
            # The hour that the clocks show twice.
            label = f"{label} ({speech.offset(start.astimezone(self.zone))})"
        own = next((until for hold, until in self.mine if Period(hold.start, hold.end) == wish.period), "")
        tag = self._tags.of(wish) if reason is None else NO_TAG
        return Slot(start, end, label, tag, reason, start.isoformat(), own)

    def context(self) -> dict[str, Any]:
        """What the template gets."""
        return {"resource": self.resource, "venue": self.resource.venue, "table": self, "choice": self.choice}


def timetable(resource: Resource, choice: Choice, own: Held, customer_id: int | None) -> Timetable:
    """Read what is known, with the prices of the customer's groups. The resource itself needs none with it.

    Three queries, more only where this month has nothing left and none was asked for.
    """
    relatives, now = availability.relatives_now(availability.kin([resource.pk]), customer_id)
    assert now is not None
    today = now.astimezone(zone(resource.venue.time_zone)).date()
    last = (today + timedelta(days=resource.horizon_days)).replace(day=1)
    month = min(max(choice.month or today, today).replace(day=1), last)
    for tries in range(MONTHS_TO_TRY):
        window = Window(max(month, today), _next(month) - timedelta(days=1))
        facts = availability.assemble(relatives, [resource.pk], window, now, own.passing)[resource.pk]
        found = any(True for _wish in facts.free(choice.minutes, choice.people))
        if found or choice.month or month >= last or tries == MONTHS_TO_TRY - 1:
            break
        month = _next(month)
    if choice.day and not window.first <= choice.day <= window.last:
        choice = replace(choice, day=None)
    products = required([facts.resource], customer_id)
    return Timetable(facts.resource, choice, facts, month, own, products, relatives)


def _same_time(one: datetime, other: datetime) -> bool:
    return one.time() == other.time() and one.date() != other.date()


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)
