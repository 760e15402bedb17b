"""What people type into the pages of a series, and the rule that it means."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.forms import calendar_days
from bookings.recurrence import MOST_DATES, WEEKDAYS, Pattern
from bookings.views.choice import lengths
from tenants import speech
from venues.models import Resource

FIFTH, WEEK = 5, 7
EVERY = {
    "1": gettext_lazy("Every week"),
    "2": gettext_lazy("Every second week"),
    "3": gettext_lazy("Every third week"),
    "4": gettext_lazy("Every fourth week"),
    "month": gettext_lazy("Every month, on the same weekday (such as the second Tuesday)"),
    "date": gettext_lazy("Every month, on the same day of the month"),
    "daily": gettext_lazy("Every day"),
}
ENDS = {"times": gettext_lazy("After so many times"), "until": gettext_lazy("On a day")}


class PatternForm(DressedForm):
    """When: the first day, the time, the length, how often, and until when."""

    first = forms.DateField(
        label=gettext_lazy("First day"),
        validators=calendar_days,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.TypedChoiceField(label=gettext_lazy("How long"), coerce=int)
    people = forms.IntegerField(label=gettext_lazy("How many people"), min_value=1, initial=1)
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=list(EVERY.items()), initial="1")
    ends = forms.ChoiceField(label=gettext_lazy("It ends"), choices=list(ENDS.items()), initial="times")
    times = forms.IntegerField(
        label=gettext_lazy("How many times"), min_value=1, max_value=MOST_DATES, required=False, initial=10
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        validators=calendar_days,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, resource: Resource, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = [(str(count), speech.length(count)) for count in lengths(resource)]  # type: ignore[attr-defined]
        self.fields["people"].max_value = resource.capacity  # type: ignore[attr-defined]
        self.fields["people"].widget.attrs |= {"max": resource.capacity, "inputmode": "numeric"}

    def clean(self) -> dict[str, Any]:
        """The end that was chosen has to be said."""
        cleaned = self.cleaned_data
        if cleaned.get("ends") == "times" and not cleaned.get("times") and "times" not in self.errors:
            self.add_error("times", _("Say how many times."))
        if cleaned.get("ends") == "until" and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until which day."))
        return cleaned

    @property
    def pattern(self) -> Pattern:
        """Of a valid form."""
        cleaned = self.cleaned_data
        return Pattern(cleaned["time"].replace(second=0, microsecond=0), cleaned["first"], self._rule(cleaned["first"]))

    def _rule(self, first: date) -> str:
        every = self.cleaned_data["every"]
        if every == "month":
            which = (first.day - 1) // WEEK + 1
            often = f"FREQ=MONTHLY;BYDAY={-1 if which == FIFTH else which}{WEEKDAYS[first.weekday()]}"
        elif every == "date":
            often = f"FREQ=MONTHLY;BYMONTHDAY={first.day}"
        else:
            often = "FREQ=DAILY" if every == "daily" else f"FREQ=WEEKLY;INTERVAL={every}"
        if self.cleaned_data["ends"] == "until":
            return f"{often};UNTIL={self.cleaned_data['until']:%Y%m%d}"
        return f"{often};COUNT={self.cleaned_data['times']}"


def day_of(text: str) -> date | None:
    """A day from an address; None for nonsense."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """A time on the wall from an address, to the minute; None for nonsense."""
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
