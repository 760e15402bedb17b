"""The day by time: what runs now, what comes next, later, and what is over; one query for the bookings of a day."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator

from bookings.access import bookings_for_staff
from bookings.facts import has_lapsed
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import State
from desk.today.rows import SOON, Row, row_of
from desk.today.scope import Scope
from tenants import speech
from venues.access import Anyone

SHOWN, PER_PAGE = 15, 50
"""Rows of a part of the day that are shown at once; the others are a tap away."""
FILTERS = ("", "unpaid", "missing")
PARTS = ("now", "next", "later", "over")


@dataclass(frozen=True)
class Part:
    """A part of the day with the rows that are shown of it; `count` are all, `page` the one of a part in full."""

    name: str
    rows: list[Row]
    count: int
    page: Page[Row] | None = None

    @property
    def more(self) -> int:
        """How many are not shown, where there is no way through pages."""
        return 0 if self.page else self.count - len(self.rows)


@dataclass(frozen=True)
class Asked:
    """What of the day is shown: those of a filter, of one resource, and a part in full, by its page."""

    only: str = ""
    resource: int | None = None
    part: str = ""
    page: str = ""


@dataclass(frozen=True)
class Board:
    """The bookings of a day that somebody sees."""

    user: Anyone
    scope: Scope
    asked: Asked

    @cached_property
    def rows(self) -> list[Row]:
        """All of the day, by start; holds that are over are nobody's."""
        staff = Actor.of(self.user) if self.user.is_authenticated else Actor.of(None)
        now, runs = self.scope.now, self.scope.runs
        found = (booking for booking in self._bookings() if not _is_nothing(booking, self.scope))
        return [row_of(booking, now, staff, booking.resource.venue_id in runs) for booking in found]

    def _bookings(self) -> Iterator[Booking]:
        rows = bookings_for_staff(self.user).filter(self.scope.on_the_day()).exclude(state=State.EXPIRED)
        if self.asked.resource:
            rows = rows.filter(resource=self.asked.resource)
        by_id = {resource.pk: resource for resource in self.scope.resources}
        for booking in rows.order_by("start", "resource__position", "name", "pk"):
            if booking.resource_id in by_id:  # else it was made a moment ago
                booking.resource = by_id[booking.resource_id]
            yield booking

    @cached_property
    def wanted(self) -> list[Row]:
        """Those that the filter leaves."""
        match self.asked.only:
            case "unpaid":
                return [row for row in self.rows if row.owes]
            case "missing":
                return [row for row in self.rows if row.state == State.CONFIRMED and not row.is_here]
            case _:
                return self.rows

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of the day that have something: of another day than today, all is one."""
        return [self._part(name) for name in PARTS if self._sorted[name]]

    @cached_property
    def _sorted(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {name: [] for name in PARTS}
        for row in self.wanted:
            found[self._part_of(row)].append(row)
        found["now"].sort(key=lambda row: (not row.late, row.booking.start))
        return found

    def _part(self, name: str) -> Part:
        rows = self._sorted[name]
        if name == self.asked.part:
            page = Paginator(rows, PER_PAGE).get_page(self.asked.page)
            return Part(name, list(page), len(rows), page)
        folded = name == "over" and self.scope.is_today
        return Part(name, [] if folded else rows[:SHOWN], len(rows))

    def _part_of(self, row: Row) -> str:
        now, booking = self.scope.now, row.booking
        if not self.scope.is_today:
            return "later"
        if booking.end <= now or row.state in {State.CANCELLED, State.EXPIRED}:
            return "over"
        if booking.start <= now:
            return "now"
        return "next" if booking.start <= now + SOON else "later"

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many are expected, are here, and have not paid."""
        coming = [row for row in self.rows if row.state not in {State.CANCELLED, State.NO_SHOW, State.EXPIRED}]
        return {
            "bookings": len(coming),
            "here": sum(row.is_here for row in coming),
            "unpaid": sum(row.owes for row in self.rows),
            "missing": sum(row.state == State.CONFIRMED and not row.is_here for row in self.rows),
        }

    @cached_property
    def open_amounts(self) -> list[str]:
        """What is still to be paid, in each currency."""
        sums: Counter[str] = Counter()
        for row in self.rows:
            sums[row.booking.currency] += row.booking.owed_minor
        return [speech.money(minor, currency) for currency, minor in sorted(sums.items()) if minor]

    @cached_property
    def by_resource(self) -> dict[int, list[Row]]:
        """What runs or comes, by resource."""
        found: dict[int, list[Row]] = {}
        for row in self.rows:
            if row.booking.end > self.scope.now and row.is_live:
                found.setdefault(row.booking.resource_id, []).append(row)
        return found


def _is_nothing(booking: Booking, scope: Scope) -> bool:
    return has_lapsed(booking.state, booking.hold_expires_at, scope.now)


def fingerprint(*told: object) -> str:
    """The same for what looks the same: whoever has seen it need not be told again."""
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
