"""What somebody wants figures of: days, what to compare them with, and where. The address says all of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from billing.access import sees_books
from bookings.access import bookings_for_staff
from bookings.models import Purchase
from bookings.reports.scope import LONGEST_DAYS, By, Scope
from desk.inputs import day_input
from venues.access import Anyone, resources_seen_by, venues_seen_by
from venues.models import Venue

A_DAY = timedelta(days=1)
MONTHS = 12
A_MONTH_OR_TWO, HALF_A_YEAR = 62, 200
FIRST_YEAR, LAST_YEAR = 2000, 2100

SPANS = {
    "month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "week": gettext_lazy("This week"),
    "last-week": gettext_lazy("Last week"),
    "30": gettext_lazy("Last 30 days"),
    "90": gettext_lazy("Last 90 days"),
    "year": gettext_lazy("This year"),
    "last-year": gettext_lazy("Last year"),
}
COMPARED = {
    "before": gettext_lazy("the days before"),
    "year": gettext_lazy("the year before"),
    "none": gettext_lazy("nothing"),
}


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from the first to the last, both inclusive."""

    first: date
    last: date

    @property
    def number(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def by(self) -> By:
        """What a point of a line is for: days, weeks or months, so that one can see them."""
        if self.number <= A_MONTH_OR_TWO:
            return By.DAY
        return By.WEEK if self.number <= HALF_A_YEAR else By.MONTH

    def before(self) -> "Days":
        """As many days just before; of a whole month the month before it."""
        end = self.first - A_DAY
        is_month = self.first.day == 1 and (self.last + A_DAY).day == 1 and self.number <= 31  # noqa: PLR2004
        return Days(end.replace(day=1) if is_month else end - timedelta(days=self.number - 1), end)

    def year_before(self) -> "Days":
        """The same days of the year before; 28 February stands for the 29th."""
        return Days(_last_year(self.first), _last_year(self.last))


def _last_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one person asks for; `earlier` are the days that it is held against."""

    user: Anyone
    days: Days
    earlier: Days | None
    venue: Venue | None
    query: str

    def scope(self, by: By = By.TOTAL) -> Scope:
        """What the reports read: bookings and places that the person sees."""
        places = resources_seen_by(self.user)
        # What is made up is seen only by who asks for it.
        places = places.filter(venue=self.venue) if self.venue else places.exclude(venue__is_sample=True)
        bought = Purchase.objects.all() if sees_books(self.user) and not self.venue else None
        return Scope(bookings_for_staff(self.user), places, self.days.first, self.days.last, by, bought)

    def of(self, days: Days) -> "Asked":
        """The same question about other days."""
        return replace(self, days=days, earlier=None)


class AskedForm(DressedForm):
    """The question as a form, sent by GET; what does not fit is this month."""

    first = forms.DateField(label=gettext_lazy("From"), widget=day_input())
    last = forms.DateField(label=gettext_lazy("Until"), widget=day_input())
    compare = forms.ChoiceField(label=gettext_lazy("Compared with"), choices=COMPARED.items(), required=False)
    venue = forms.ModelChoiceField(
        label=gettext_lazy("Venue"),
        queryset=Venue.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("All venues"),
    )

    def __init__(self, user: Anyone, today: date, data: Any) -> None:
        named = {name: data[name] for name in ("first", "last", "compare", "venue") if data.get(name)}
        self.span = "" if {"first", "last"} & named.keys() else data.get("span", "month")
        days = span_of(self.span, today)
        super().__init__({"first": days.first, "last": days.last, "compare": "before", **named})
        venues: Any = self.fields["venue"]
        venues.queryset = venues_seen_by(user).order_by("position", "name")
        self.user, self.today = user, today
        self.chips: list[tuple[str, Any, str]] = []

    def clean(self) -> dict[str, Any]:
        """Chosen days are in order, and not too many."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first is None or last is None:
            return given
        if last < first:
            self.add_error("last", _("The end must be after the start."))
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error("last", _("Ask for 400 days at most."))
        elif not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
            self.add_error("first", _("There is nothing to be seen in that year."))
        return given

    def asked(self) -> Asked:
        """The question; of this month where something does not fit."""
        given = self.cleaned_data if self.is_valid() else {}
        days = Days(given["first"], given["last"]) if given else span_of("month", self.today)
        against = {"none": None, "year": days.year_before()}.get(given.get("compare", ""), days.before())
        venue = given.get("venue")
        place = {"compare": given.get("compare") or "before", **({"venue": venue.slug} if venue else {})}
        query = {"first": days.first.isoformat(), "last": days.last.isoformat(), **place}
        self.chips = [(name, label, urlencode({"span": name, **place})) for name, label in SPANS.items()]
        return Asked(self.user, days, against, venue, urlencode(query))


def span_of(name: str, today: date) -> Days:
    """The days of a name in `SPANS`, whole weeks, months and years also where they are not over."""
    month = today.replace(day=1)
    monday = today - timedelta(days=today.weekday())
    year = today.replace(month=1, day=1)
    found = {
        "month": Days(month, _next_month(month) - A_DAY),
        "last-month": Days((month - A_DAY).replace(day=1), month - A_DAY),
        "week": Days(monday, monday + 6 * A_DAY),
        "last-week": Days(monday - 7 * A_DAY, monday - A_DAY),
        "30": Days(today - 29 * A_DAY, today),
        "90": Days(today - 89 * A_DAY, today),
        "year": Days(year, year.replace(month=12, day=31)),
        "last-year": Days(year.replace(year=year.year - 1), year - A_DAY),
    }
    return found.get(name, found["month"])


def _next_month(first: date) -> date:
    return first.replace(year=first.year + first.month // MONTHS, month=first.month % MONTHS + 1)


def today_in(now: datetime, in_zone: ZoneInfo) -> date:
    """The day on the house's wall."""
    return now.astimezone(in_zone).date()
