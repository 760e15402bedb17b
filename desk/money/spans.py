"""Months, quarters and years of the books, as a form."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from desk.inputs import day_input
from desk.reports.asked import A_DAY, FIRST_YEAR, LAST_YEAR, SPANS, Days, span_of, today_in
from kernel.periods import midnight
from schemas.current import current_tenant
from tenants.zones import zone


class SpanForm(DressedForm):
    """From which day to which, of one calendar year; the last month where nothing, or nothing that fits, is said."""

    first = forms.DateField(label=gettext_lazy("From"), widget=day_input())
    last = forms.DateField(label=gettext_lazy("Until"), widget=day_input())

    usual: ClassVar[str] = "last-month"
    names: ClassVar[tuple[str, ...]] = ("last-month", "month", "last-year", "year")

    def __init__(self, now: datetime, data: Any) -> None:
        self.zone = zone(current_tenant().time_zone)
        self.today = today_in(now, self.zone)
        self.default = span_of(self.usual, self.today)
        named = {name: data[name] for name in ("first", "last") if data.get(name)}
        super().__init__({"first": self.default.first, "last": self.default.last, **named})

    def clean(self) -> dict[str, Any]:
        """The days are in order, and of one year."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end must be after the start."))
        elif first and last and first.year != last.year:
            self.add_error("last", _("Choose days of one year: books are kept year by year."))
        elif first and not FIRST_YEAR <= first.year <= LAST_YEAR:
            self.add_error("first", _("There is nothing to be seen in that year."))
        return given

    def days(self) -> Days:
        """What was chosen."""
        if not self.is_valid():
            return self.default
        return Days(self.cleaned_data["first"], self.cleaned_data["last"])

    def instants(self) -> tuple[datetime, datetime]:
        """From the first day's midnight to the one after the last, on the house's wall."""
        days = self.days()
        return midnight(days.first, self.zone), midnight(days.last + A_DAY, self.zone)

    def chips(self) -> list[tuple[str, Any, Days]]:
        """Spans that are asked for again and again."""
        return [(name, SPANS[name], span_of(name, self.today)) for name in self.names]


class ManyDaysForm(SpanForm):
    """The same for the till: this month where nothing is said."""

    usual = "month"
    names = ("month", "last-month", "week", "last-week", "year")
