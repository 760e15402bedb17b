"""What is asked on the screens of the first steps: little, and with good guesses."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.premises import Span
from bookings.views.amounts import MoneyField
from desk.places import templates
from desk.places.forms import NewVenueForm
from desk.places.rows import CheckField, RowForm, TimeField
from desk.places.templates import BY_CODE, TEMPLATES, Template
from kernel.errors import Refused
from venues.models import Rate, Venue

DAYS = {"work": range(5), "sat": (5,), "sun": (6,)}
LABELS = {"work": gettext_lazy("Monday to Friday"), "sat": gettext_lazy("Saturday"), "sun": gettext_lazy("Sunday")}
FIRST, LAST = time(8), time(22)


class VenueStep(NewVenueForm):
    """Name and address; zone and currency only while they can still be said."""

    field_order = ("name", "street", "postal_code", "city", "country", "time_zone", "currency")

    def __init__(self, *args: Any, venue: Venue | None, zone: str, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, zone=zone, currency=currency, **kwargs)
        country: Any = self.fields["country"]
        country.keep(self.initial.get("country", ""))
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.fields["street"].widget.attrs["autocomplete"] = "street-address"
        self.fields["postal_code"].widget.attrs["autocomplete"] = "postal-code"
        self.fields["city"].widget.attrs["autocomplete"] = "address-level2"
        for name in ("vat", "with_hours", *(("time_zone", "currency") if venue else ())):
            del self.fields[name]
        self.order_fields(self.field_order)
        self.is_new = venue is None

    def sent(self) -> dict[str, Any]:
        """A venue that is known is told what was emptied, too."""
        return super().sent() if self.is_new else dict(self.cleaned_data)


class HoursStep(DressedForm):
    """The same hours from Monday to Friday, and those of Saturday and Sunday."""

    work_opens, work_closes = TimeField(label=gettext_lazy("From")), TimeField(label=gettext_lazy("Until"))
    sat_opens, sat_closes = TimeField(label=gettext_lazy("From")), TimeField(label=gettext_lazy("Until"))
    sun_opens, sun_closes = TimeField(label=gettext_lazy("From")), TimeField(label=gettext_lazy("Until"))
    work_open = CheckField(label=LABELS["work"])
    sat_open = CheckField(label=LABELS["sat"])
    sun_open = CheckField(label=LABELS["sun"])

    @property
    def groups(self) -> list[tuple[Any, Any, Any, Any]]:
        """For each group of days: its label, the box, from, until."""
        return [(LABELS[day], self[f"{day}_open"], self[f"{day}_opens"], self[f"{day}_closes"]) for day in DAYS]

    def clean(self) -> dict[str, Any]:
        """A day that is open has both times; one day at least is open."""
        data = super().clean() or {}
        for day in DAYS:
            for name in (f"{day}_opens", f"{day}_closes"):
                if data.get(f"{day}_open") and data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Give both times, such as 08:00 and 22:00."))
        if not any(data.get(f"{day}_open") for day in DAYS):
            self.add_error(None, _("Choose one day at least on which you are open."))
        return data

    def spans(self) -> list[Span]:
        """The week."""
        data = self.cleaned_data
        return [
            Span(weekday=number, opens=data[f"{day}_opens"], closes=data[f"{day}_closes"])
            for day, numbers in DAYS.items()
            if data[f"{day}_open"]
            for number in numbers
        ]

    @staticmethod
    def known(spans: Sequence[Span]) -> dict[str, Any] | None:
        """The week as this form has it; None where it is finer than that."""
        week: dict[int, list[tuple[time | None, time | None]]] = {number: [] for number in range(7)}
        for span in spans:
            if span.weekday is not None and span.valid_from is None:
                week[span.weekday].append((span.opens, span.closes))
        if any(len(day) > 1 for day in week.values()) or any(week[number] != week[0] for number in DAYS["work"]):
            return None
        has_any = any(week.values())
        found: dict[str, Any] = {}
        for day, numbers in DAYS.items():
            hours = week[numbers[0]] or [(FIRST, LAST)]
            found[f"{day}_open"] = bool(week[numbers[0]]) or not has_any
            found[f"{day}_opens"], found[f"{day}_closes"] = hours[0]
        return found


class ResourcesStep(DressedForm):
    """What it is, and what each is called."""

    template = forms.ChoiceField(
        label=gettext_lazy("What do people book?"), widget=forms.RadioSelect(attrs={"class": "radio"})
    )
    names = forms.CharField(
        label=gettext_lazy("What is it called?"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy(
            "Several at once: “Court 1-6”, or names with commas between. Left empty, we choose a name."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [(each.code, each.label) for each in TEMPLATES]  # type: ignore[attr-defined]

    @property
    def tiles(self) -> list[tuple[Any, Template]]:
        """Each choice with its template."""
        return list(zip(self["template"], TEMPLATES, strict=True))

    def clean(self) -> dict[str, Any]:
        """The template, and each name."""
        data = super().clean() or {}
        template = BY_CODE.get(data.get("template", ""))
        if template is not None and "names" not in self.errors:
            try:
                data["names"] = templates.names_of(data.get("names") or str(template.name))
            except Refused as refusal:
                self.add_error("names", refusal.detail)
        return data


class PricesStep(DressedForm):
    """One price, and another one for evenings and weekends, if wanted."""

    amount = MoneyField(label=gettext_lazy("Price"))
    unit = forms.ChoiceField(label=gettext_lazy("for"), choices=Rate.Unit.choices)
    peak = MoneyField(
        label=gettext_lazy("In the evening and at weekends"),
        required=False,
        help_text=gettext_lazy("If it costs more then: the whole price. Left empty, it costs the same at all times."),
    )
    evening = TimeField(label=gettext_lazy("The evening begins at"), help_text=gettext_lazy("From Monday to Friday."))

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("amount", "peak"):
            field = self.fields[name]
            assert isinstance(field, MoneyField)
            field.in_(currency)
            field.label = f"{field.label} ({currency})"

    def clean(self) -> dict[str, Any]:
        """Without a time the evening does not begin."""
        data = super().clean() or {}
        if data.get("peak") is not None and not data.get("evening") and "evening" not in self.errors:
            self.add_error("evening", _("Say when the evening begins, such as 17:00."))
        return data


class OpenStep(RowForm):
    """Whether everybody sees the venue."""

    is_active = CheckField(
        label=gettext_lazy("Open for bookings"),
        help_text=gettext_lazy("Customers see the venue and book. You can close it again at any time."),
    )
