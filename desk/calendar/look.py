"""One look at the calendar with everything on it: for the page, the feed and the day's sheet alike.

A day is drawn until its last shift ends, though that be after midnight; a week from midnight to midnight.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.core.paginator import Page
from django.utils.translation import gettext as _

from bookings import agenda
from bookings.access import bookings_for_staff
from bookings.agenda import Column
from desk.calendar import entries as reading
from desk.calendar.asked import DAY, PER_PART, WEEK, Asked
from desk.calendar.entries import Entry
from kernel.periods import Period, clock_changes
from tenants import speech
from venues.access import Anyone, venues_run_by
from venues.hours import Hours, instants_of, rows_of
from venues.models import Resource

USUAL = (8, 20)
"""Hours of the day that are shown where nothing is open."""


@dataclass(frozen=True)
class Look:
    """What somebody sees at an instant. Six queries for any number of resources and bookings."""

    user: Anyone
    asked: Asked
    now: datetime

    @cached_property
    def runs(self) -> bool:
        """Whether they may change what they see."""
        return venues_run_by(self.user).filter(pk=self.asked.venue.pk).exists()

    @cached_property
    def columns(self) -> list[Column]:
        """All resources of the venue."""
        return agenda.columns(self.asked.resources(), bookings_for_staff(self.user), self.period, self.now)

    @cached_property
    def _stock_of(self) -> dict[int, int | None]:
        """All resources of the venue, with the extra that is taken from it, where one is."""
        return dict(self.asked.resources().values_list("pk", "stock_of"))

    @cached_property
    def stock(self) -> frozenset[int]:
        """Those of them that only extras are taken from."""
        return frozenset(pk for pk, extra in self._stock_of.items() if extra is not None)

    @property
    def midnight(self) -> datetime:
        """When the days that were asked for are over; what is shown after it is the end of a shift."""
        return self.asked.period.end

    @cached_property
    def period(self) -> Period:
        """The days that were asked for, and of one day the shift that passes midnight until it ends."""
        if self.asked.view == WEEK:
            return self.asked.period
        venue, day = self.asked.venue.pk, self.asked.day
        hours = Hours.of(rows_of([venue], self._stock_of.keys(), day, day))
        own = (span for pk in self._stock_of for span in hours.spans(venue, pk, day))
        spans = (instants_of(span, self.asked.zone) for span in own)
        return Period(self.asked.period.start, max([self.midnight, *(span[1] for span in spans if span)]))

    @property
    def night(self) -> datetime | None:
        """When the shift ends that passes midnight, if one does."""
        return self.period.end if self.period.end > self.midnight else None

    @cached_property
    def entries(self) -> dict[int, list[Entry]]:
        """What takes time, by resource."""
        return reading.entries(self.columns, self.now, runs=self.runs)

    @cached_property
    def offered(self) -> list[Resource]:
        """What there is to choose from: what is on offer, or has something on it."""
        every = [column.resource for column in self.columns]
        return [resource for resource in every if resource.is_active or self.entries[resource.pk]]

    @cached_property
    def page(self) -> Page[Resource]:
        """The resources that are looked at, fifty at once."""
        return self.asked.parted(self.asked.narrowed(self.offered, self.stock))

    @property
    def pages(self) -> dict[str, str]:
        """The queries of the fifty before and after, where there are any."""
        found, number = {}, self.page.number
        if self.page.has_previous():
            found["previous"] = self.asked.query(part=number - 1)
        if self.page.has_next():
            found["following"] = self.asked.query(part=number + 1)
        return found

    @property
    def are_many(self) -> bool:
        """Whether a name is quicker than looking through them."""
        return bool(self.asked.name) or len(self.offered) > PER_PART

    @property
    def choosable(self) -> list[Resource]:
        """What is offered to be ticked: all, or of many those that are chosen and fifty that are meant."""
        if len(self.offered) <= PER_PART:
            return self.offered
        meant = self.asked.parted(replace(self.asked, view=DAY, chosen=()).narrowed(self.offered, self.stock))
        wanted = {resource.pk for resource in meant} | set(self.asked.chosen)
        return [resource for resource in self.offered if resource.pk in wanted]

    @cached_property
    def shown(self) -> list[Column]:
        """The columns that are drawn."""
        wanted = {resource.pk for resource in self.page}
        return [column for column in self.columns if column.resource.pk in wanted]

    @cached_property
    def rows(self) -> list[tuple[Resource, list[Entry]]]:
        """The same with their entries, for lists."""
        return [(column.resource, self.entries[column.resource.pk]) for column in self.shown]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """By what resources can be narrowed here, with words for it."""
        found: list[tuple[str, str]] = []
        for resource in self.offered:
            pair = (resource.kind, str(resource.get_kind_display()))
            if resource.pk not in self.stock and pair not in found:
                found.append(pair)
        if any(resource.units > 1 and resource.pk not in self.stock for resource in self.offered):
            found.append(("pools", _("Several of one kind")))
        if self.stock:
            found.append(("stock", _("Stock of extras")))
        return found if len(found) > 1 else []

    @cached_property
    def hours(self) -> tuple[int, int]:
        """From which full hour to which the days are drawn, so that nothing is cut off; 26 is two in the night."""
        spans = [span for column in self.shown for span in column.open]
        spans += [entry.period for column in self.shown for entry in self.entries[column.resource.pk] if entry.booking]
        walls = [edge for span in spans for edge in self._edges(span)]
        if not walls:
            return USUAL
        return min(first for first, _last in walls), max(last for _first, last in walls)

    def _edges(self, span: Period) -> Iterator[tuple[int, int]]:
        start = max(span.start, self.period.start).astimezone(self.asked.zone)
        end = min(span.end, self.period.end).astimezone(self.asked.zone)
        if start >= end:
            return
        if self.asked.view != WEEK:
            last = _hour(end, self.asked.day) + (1 if end.minute else 0)
            yield min(_hour(start, self.asked.day), last), max(last, _hour(start, self.asked.day) + 1)
        elif start.date() != end.date():
            is_midnight = (end.hour, end.minute) == (0, 0) and end.date() - start.date() == timedelta(days=1)
            yield (start.hour if is_midnight else 0), 24
        else:
            # On the night on which an hour comes twice, an end may stand before its start on the wall.
            last = end.hour + (1 if end.minute else 0)
            yield min(start.hour, end.hour), max(last, start.hour + 1)

    @property
    def clocks(self) -> list[str]:
        """What the clocks do in these days, in words."""
        return [self._told(instant) for instant in clock_changes(self.period, self.asked.zone)]

    def _told(self, instant: datetime) -> str:
        before = (instant - timedelta(minutes=1)).astimezone(self.asked.zone)
        after = instant.astimezone(self.asked.zone)
        shift = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        first, last = sorted([after.replace(tzinfo=None), after.replace(tzinfo=None) - shift])
        words = {
            "day": speech.day(instant, self.asked.zone, "EEEE"),
            "first": speech.wall(first.time()),
            "last": speech.wall(last.time()),
        }
        if shift > timedelta():
            return _("The clocks go forward on %(day)s: there is no time between %(first)s and %(last)s.") % words
        return _("The clocks go back on %(day)s: the time between %(first)s and %(last)s comes twice.") % words


def _hour(local: datetime, day: date) -> int:
    """The full hour on the wall, counted on over midnight from the beginning of a day."""
    return 24 * (local.date() - day).days + local.hour
