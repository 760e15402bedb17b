"""What is to be closed, and when: once, or every week until a date."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import dressed
from accounts.models import User
from bookings.clearing import MOST_CLOSURES
from bookings.closures import ClosureRequest
from bookings.forms import BlockOutForm, calendar_days
from desk.inputs import day_input
from desk.places.rows import CheckField
from kernel.periods import Period
from tenants.zones import zone
from venues.models import Resource, Venue

WEEK = timedelta(days=7)


class ClosureForm(BlockOutForm):
    """One closure or many: of the whole venue, or of some of its resources."""

    field_order = (
        "resources", "first_day", "first_time", "last_day", "last_time", "repeat_until", "reason", "is_public",
    )  # fmt: skip
    resource = None  # type: ignore[assignment]
    resources = forms.ModelMultipleChoiceField(
        label=gettext_lazy("What"),
        queryset=Resource.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
        help_text=gettext_lazy("None ticked: the whole venue. With a whole its parts are closed, too."),
    )
    repeat_until = forms.DateField(
        label=gettext_lazy("Every week until (optional)"),
        required=False,
        validators=calendar_days,
        widget=day_input(),
    )
    is_public = CheckField(
        label=gettext_lazy("Show the reason to customers, too"),
        help_text=gettext_lazy("On the calendar, and in the letter to everybody whose booking is cancelled for it."),
    )

    def __init__(self, venue: Venue, *args: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **{"label_suffix": "", **kwargs})
        dressed(self)
        self.venue = venue
        rows = Resource.objects.filter(venue=venue, stock_of=None).order_by("position", "name", "pk")
        self.fields["resources"].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The periods, on the wall of the venue."""
        data = super().clean()
        until = data.get("repeat_until")
        if "period" in data and until:
            if until < data["first_day"]:
                self.add_error("repeat_until", _("The last day is not before the first."))
            elif data["last_day"] - data["first_day"] >= WEEK:
                self.add_error("repeat_until", _("What lasts a week or longer cannot repeat every week."))
        if "period" in data and not self.errors and len(self.requests(None)) > MOST_CLOSURES:
            self.add_error(None, _("That is too much for one closure. Make it in two steps."))
        return data

    def requests(self, user: User | None) -> list[ClosureRequest]:
        """Of a valid form: every closure that it asks for."""
        data = self.cleaned_data
        chosen = [resource.pk for resource in data.get("resources") or []] or [None]
        return [
            ClosureRequest(self.venue, period, pk, data.get("reason", ""), user, data.get("is_public", False))
            for period in self._periods()
            for pk in chosen
        ]

    def _periods(self) -> list[Period]:
        data, in_zone = self.cleaned_data, zone(self.venue.time_zone)
        first, last = data["period"].start.astimezone(in_zone), data["period"].end.astimezone(in_zone)
        until = data.get("repeat_until")
        found = [data["period"]]
        step = WEEK
        while until and data["first_day"] + step <= until and len(found) <= MOST_CLOSURES:
            found.append(Period(first + step, last + step))  # wall time: an aware sum keeps the clock's hands
            step += WEEK
        return found
