"""The forms about rates: a price for some times, one rate, all prices from a day on, and whose prices to copy where."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from accounts.seen import SeenForm
from bookings.forms import calendar_days
from bookings.views.amounts import MoneyField
from desk.inputs import day_input, time_input
from desk.prices.fields import HUNDRED, PercentField, WeekdaysField
from desk.prices.sellers import Place
from venues.models import CustomerGroup, Rate
from venues.repricing import WEEK_DAYS

COLUMNS = ("weekdays", "from_time", "until_time", "unit", "group", "name", "valid_from", "valid_until")
LONGEST_NAME, HIGHEST_PRIORITY = 80, 1000


class RateForm(DressedForm):
    """A price, when it applies and for whom. What is left empty does not matter."""

    weekdays = WeekdaysField(label=gettext_lazy("Days of the week"), help_text=gettext_lazy("None ticked: all."))
    from_time = forms.TimeField(label=gettext_lazy("From (optional)"), required=False, widget=time_input())
    until_time = forms.TimeField(label=gettext_lazy("Until (optional)"), required=False, widget=time_input())
    amount = MoneyField(label=gettext_lazy("Price"), help_text=gettext_lazy("VAT included"))
    unit = forms.ChoiceField(label=gettext_lazy("Counted"), choices=Rate.Unit.choices)
    group = forms.ModelChoiceField(
        label=gettext_lazy("For"),
        queryset=CustomerGroup.objects.none(),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )
    name = forms.CharField(
        label=gettext_lazy("Name (optional)"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("Customers read it on the price list, such as “Evening”."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("From which day (optional)"), required=False, validators=calendar_days, widget=day_input()
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Last day (optional)"), required=False, validators=calendar_days, widget=day_input()
    )

    def __init__(self, place: Place, *args: Any, **kwargs: Any) -> None:
        self.place = place
        super().__init__(*args, **kwargs)
        amount: Any = self.fields["amount"]
        amount.in_(place.currency)
        amount.label = _("Price in %(currency)s") % {"currency": place.currency}
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Both times or neither; the end after the beginning."""
        data = super().clean() or {}
        if (data.get("from_time") is None) != (data.get("until_time") is None) and not self.errors:
            self.add_error("until_time", _("Give both times, or neither for the whole day."))
        if data.get("valid_from") and data.get("valid_until") and data["valid_from"] > data["valid_until"]:
            self.add_error("valid_until", _("The end cannot lie before the beginning."))
        return data

    def put(self, rate: Rate) -> Rate:
        """Put what was filled in on a rate; writes nothing."""
        data = self.cleaned_data
        days = data["weekdays"]
        rate.weekdays = sorted(days) if len(days) < WEEK_DAYS else []
        rate.amount_minor = data["amount"]
        if data["from_time"] == data["until_time"] == time():
            data["from_time"] = data["until_time"] = None  # from midnight to midnight is all day
        for name in COLUMNS[1:]:
            setattr(rate, name, data[name])
        return rate


class PaintForm(RateForm):
    """A price for times of the week from a day on, today at the earliest: what was paid stays what it was."""

    def __init__(self, place: Place, today: date, *args: Any, **kwargs: Any) -> None:
        self.today = today
        super().__init__(place, *args, **kwargs)
        first: Any = self.fields["valid_from"]
        first.label, first.required = _("From which day"), True
        first.widget.attrs["min"] = today.isoformat()

    def clean_valid_from(self) -> date:
        """Today or later."""
        day: date = self.cleaned_data["valid_from"]
        if day < self.today:
            raise forms.ValidationError(_("This day is over. Take today or a later one."))
        return day


class OneRateForm(RateForm, SeenForm):
    """A rate as it stands, with the number that decides where several fit."""

    priority = forms.IntegerField(
        label=gettext_lazy("Order"),
        min_value=-HIGHEST_PRIORITY,
        max_value=HIGHEST_PRIORITY,
        help_text=gettext_lazy("Where several prices fit, the highest number counts; 0 is usual."),
    )

    @staticmethod
    def known(rate: Rate) -> dict[str, Any]:
        """What a rate says, as the fields show it."""
        names = (
            "weekdays",
            "from_time",
            "until_time",
            "unit",
            "group",
            "name",
            "valid_from",
            "valid_until",
            "priority",
        )
        return {"amount": rate.amount_minor, **{name: getattr(rate, name) for name in names}}

    def put(self, rate: Rate) -> Rate:
        """As the base, with the order."""
        super().put(rate).priority = self.cleaned_data["priority"]
        return rate


class PlacesForm(DressedForm):
    """Some of those whose prices one may change."""

    places = forms.MultipleChoiceField(
        label=gettext_lazy("Whose prices"), widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"})
    )

    def __init__(self, places: list[Place], *args: Any, **kwargs: Any) -> None:
        self.known = places
        super().__init__(*args, **kwargs)
        self.fields["places"].choices = [(each.key, each.label) for each in places]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[Place]:
        """Those that were ticked."""
        wanted = set(self.cleaned_data["places"])
        return [place for place in self.known if place.key in wanted]


class RaiseForm(PlacesForm):
    """So many per cent more or less from a day on."""

    percent = PercentField(
        label=gettext_lazy("Change in per cent"),
        min_value=-HUNDRED,
        max_value=10 * HUNDRED,
        help_text=gettext_lazy("5 for five per cent more, -5 for five per cent less."),
    )
    day = forms.DateField(label=gettext_lazy("From which day"), validators=calendar_days, widget=day_input())
    field_order = ("percent", "day", "places")

    def __init__(self, places: list[Place], today: date, *args: Any, **kwargs: Any) -> None:
        self.today = today
        super().__init__(places, *args, **kwargs)
        self.fields["day"].widget.attrs["min"] = today.isoformat()

    def clean_percent(self) -> int:
        """Not nothing."""
        percent: int = self.cleaned_data["percent"]
        if not percent:
            raise forms.ValidationError(_("This must be more or less than nothing."))
        return percent

    def clean_day(self) -> date:
        """Today or later."""
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise forms.ValidationError(_("This day is over. Take today or a later one."))
        return day
