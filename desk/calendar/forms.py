"""What is typed, or dragged, in the calendar: a place in it, whom a booking is for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.models import User
from bookings.facts import Reason
from bookings.forms import calendar_days
from bookings.models import Booking
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.requests import Contact
from desk.calendar import wall
from desk.contacts import ContactForm
from desk.inputs import day_input
from kernel.errors import Invalid
from kernel.periods import Period
from rest.fields import BIGINT_MAX, SMALLINT_MAX
from tenants.zones import zone
from venues.models import Product, Resource, Venue

LONGEST = 31 * 24 * 60
RULES = sorted(str(reason) for reason in STAFF_MAY_OVERRULE)


class PlaceForm(DressedForm):
    """Where and when: a resource of the venue, a wall time there, and a real length or, as it is dragged, an end."""

    resource = forms.ModelChoiceField(label=_("What"), queryset=Resource.objects.none(), empty_label=None)
    day = forms.DateField(label=_("Day"), validators=calendar_days, widget=day_input())
    time = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M")
    )
    minutes = forms.IntegerField(
        label=_("How long, in minutes"),
        min_value=1,
        max_value=LONGEST,
        widget=forms.NumberInput(attrs={"step": "5", "inputmode": "numeric"}),
    )
    until = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    later = forms.BooleanField(label=_("The second of the two: the clocks show this time twice"), required=False)
    overrule = forms.MultipleChoiceField(choices=[(rule, rule) for rule in RULES], required=False)
    because = forms.CharField(label=_("Why the rule is set aside, for the record"), max_length=200, required=False)

    def __init__(self, venue: Venue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue = venue
        rows = Resource.objects.filter(venue=venue, stock_of=None).order_by("position", "name", "pk")
        self.fields["resource"].queryset = rows  # type: ignore[attr-defined]

    @property
    def zone(self) -> Any:
        """The venue's."""
        return zone(self.venue.time_zone)

    @property
    def asks_which(self) -> bool:
        """Whether the time that was given comes twice on that day."""
        given = getattr(self, "cleaned_data", {})
        return bool(given.get("day") and given.get("time")) and wall.comes_twice(given["day"], given["time"], self.zone)

    def clean_until(self) -> datetime | None:
        """The wall time at which it was dropped, of no zone."""
        found: datetime | None = self.cleaned_data["until"]
        if found is None:
            return None
        for check in calendar_days:
            check(found.date())
        return found.replace(tzinfo=None)

    def clean(self) -> dict[str, Any]:
        """The period that is meant."""
        cleaned = super().clean() or {}
        if {"day", "time", "minutes"} <= cleaned.keys():
            try:
                cleaned["period"] = self._period(cleaned)
            except Invalid as refusal:
                self.add_error("time", ValidationError(refusal.detail, code=refusal.code))
        return cleaned

    def _period(self, given: dict[str, Any]) -> Period:
        start = self.start(given)
        end = start + timedelta(minutes=given["minutes"])
        if until := given.get("until"):
            end = wall.instant_of(until.date(), until.time(), self.zone, later=True)
            if end <= start:
                raise Invalid("period_invalid", str(_("The end must lie after the start.")))
        return Period(start, end)

    def start(self, given: dict[str, Any]) -> datetime:
        """The instant at which it is to begin."""
        return wall.instant_of(given["day"], given["time"], self.zone, later=given["later"])

    @property
    def rules(self) -> frozenset[Reason]:
        """Of a valid form: the rules that are set aside."""
        return frozenset(Reason(value) for value in self.cleaned_data["overrule"])


class MoveForm(PlaceForm):
    """Another place for a booking; what is not said stays."""

    keep_price = forms.BooleanField(label=_("Keep the price as it is"), required=False)

    def __init__(self, booking: Booking, *args: Any, **kwargs: Any) -> None:
        self.booking = booking
        super().__init__(booking.resource.venue, *args, **kwargs)

    @staticmethod
    def own(booking: Booking) -> dict[str, Any]:
        """The booking as it is, to fill in."""
        in_zone = zone(booking.resource.venue.time_zone)
        local = booking.start.astimezone(in_zone)
        return {
            "resource": booking.resource_id,
            "day": local.date().isoformat(),
            "time": local.strftime("%H:%M"),
            "minutes": Period(booking.start, booking.end).minutes,
            "later": "on" if wall.is_later(booking.start, in_zone) else "",
        }

    @property
    def is_other(self) -> bool:
        """Of a valid form: whether anything is different."""
        period = self.cleaned_data["period"]
        same = (self.booking.resource_id, self.booking.start, self.booking.end)
        return (self.cleaned_data["resource"].pk, period.start, period.end) != same


class BookForm(ContactForm, PlaceForm):
    """A booking for somebody: a customer who is known, or a name, or nobody in particular who walks in."""

    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Product.objects.none(), required=False, empty_label=_("None")
    )
    people = forms.IntegerField(label=_("People"), min_value=1, max_value=SMALLINT_MAX, initial=1)
    customer = forms.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    field_order = (*PlaceForm.base_fields, "service", "people", "customer")

    def __init__(self, venue: Venue, *args: Any, **kwargs: Any) -> None:
        super().__init__(venue, *args, **kwargs)
        self.fields["name"].label = _("Name (none for a walk-in)")
        sold = Product.objects.filter(kind=Product.Kind.BOOKING, is_active=True, resources__venue=venue).distinct()
        self.fields["service"].queryset = sold.order_by("name", "pk")  # type: ignore[attr-defined]
        self.has_services = sold.exists()

    def contact(self, customer: User | None) -> Contact:
        """Of a valid form: how to reach whoever comes; without a name they walk in."""
        found = super().contact(customer)
        return found if customer or found.name else replace(found, name=str(_("Walk-in")))
