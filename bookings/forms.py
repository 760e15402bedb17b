"""What people type into booking pages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm, dressed
from accounts.models import User
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.requests import Contact
from bookings.states import CancelReason, PaymentWay
from kernel.periods import Period, first_instant, last_instant, local_day
from rest.fields import BIGINT_MAX
from tenants.zones import zone
from venues.models import Resource, Venue

FIRST_YEAR, LAST_YEAR = 2000, 2200
LONGEST_NAME = 150
MOST_ROWS = 6
calendar_days = [MinValueValidator(date(FIRST_YEAR, 1, 1)), MaxValueValidator(date(LAST_YEAR, 12, 31))]
phone_number = RegexValidator(r"\A\+?[0-9][0-9 ()/.\-]{4,30}\Z", _("Use digits, such as +49 89 123456."))


class InstantField(forms.Field):
    """ISO 8601 with an offset, within the centuries that calendars reach; naive times are refused."""

    def to_python(self, value: Any) -> datetime | None:
        """The instant in UTC."""
        try:
            instant = datetime.fromisoformat(value or "")
            if instant.tzinfo is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
                raise ValueError
        except ValueError:
            raise ValidationError(_("This is not a time."), code="invalid") from None
        return instant.astimezone(UTC)


class SlotForm(forms.Form):
    """The slot that was clicked. Not shown as a form: its values come from buttons and hidden fields."""

    start = InstantField()
    minutes = forms.IntegerField(min_value=1, max_value=31 * 24 * 60)
    people = forms.IntegerField(min_value=1, max_value=32_767)
    service = forms.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    holder = forms.CharField(max_length=64, required=False)


WAYS = {PaymentWay.ONLINE: _("Now, online"), PaymentWay.ON_SITE: _("At the venue")}


class NamesField(forms.CharField):
    """Names, one on each line, as a list; as many as there are places at most."""

    def __init__(self, places: int, **kwargs: Any) -> None:
        self.places = places
        rows = min(places, MOST_ROWS)
        super().__init__(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Lines that are not empty, without doubled spaces."""
        return [" ".join(line.split()) for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def run_validators(self, value: Any) -> None:
        """Every name by itself, and how many they are."""
        for name in value:
            super().run_validators(name)
        if len(value) > self.places:
            raise ValidationError(_("This booking is for %(count)d people.") % {"count": self.places})
        if any(len(name) > LONGEST_NAME for name in value):
            raise ValidationError(_("One of these names is too long."))


class DetailsForm(DressedForm):
    """Who comes, and how to reach them."""

    name = forms.CharField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not an e-mail address, such as name@example.org.")},
    )
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=32,
        required=False,
        validators=[phone_number],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    notes = forms.CharField(
        label=_("Wishes (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Anything the venue should know."),
    )

    def __init__(
        self,
        *args: Any,
        questions: Mapping[str, forms.Field] | None = None,
        ways: Sequence[PaymentWay] = (),
        places: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(questions or {})
        self.asked = list(questions or {})
        if places > 1:
            self.fields["people"] = NamesField(
                places,
                label=_("Who is coming, by name? (optional)"),
                help_text=_("One name on each line. You can add or change them later, too."),
            )
        self.ways = list(ways)
        if len(self.ways) > 1:
            self.fields["way"] = forms.ChoiceField(
                label=_("How do you want to pay?"),
                choices=[(way, WAYS[way]) for way in self.ways],
                initial=self.ways[0],
                required=False,
                widget=forms.RadioSelect(attrs={"class": "radio"}),
            )
        dressed(self)

    @property
    def way_field(self) -> forms.BoundField | None:
        """The choice, where there is one."""
        return self["way"] if "way" in self.fields else None

    @property
    def goes_to_payment(self) -> bool:
        """Whether paying online is the only next step."""
        return self.ways == [PaymentWay.ONLINE]

    @property
    def way(self) -> PaymentWay | None:
        """Of a valid form: how it is to be paid, None where nothing is."""
        chosen = self.cleaned_data.get("way") or next(iter(self.ways), None)
        return PaymentWay(chosen) if chosen else None

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The questions of the service or resource."""
        return [self[name] for name in self.asked]

    @staticmethod
    def known(booking: Booking, user: User | None) -> dict[str, str]:
        """What is known already."""
        known = {"name": booking.name, "email": booking.email, "phone": booking.phone, "notes": booking.notes}
        if user:
            known = {**known, "name": known["name"] or user.name, "email": known["email"] or user.email}
            known["phone"] = known["phone"] or user.phone
        return known

    @property
    def people_field(self) -> forms.BoundField | None:
        """The names of those who come, where more than one does."""
        return self["people"] if "people" in self.fields else None

    @property
    def contact(self) -> Contact:
        """Of a valid form."""
        return Contact(self.cleaned_data["name"], self.cleaned_data["email"], self.cleaned_data["phone"])


OWN_REASONS = [choice for choice in CancelReason.choices if choice[0] != CancelReason.WEATHER]


class CancelForm(DressedForm):
    """Why, if somebody wants to say. That it was the weather only the venue says."""

    reason = forms.ChoiceField(label=_("Reason"), choices=OWN_REASONS, initial=CancelReason.USER_REQUEST)
    notes = forms.CharField(
        label=_("Message to the venue (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def cancellation(self) -> Cancellation:
        """Of a valid form."""
        return Cancellation(CancelReason(self.cleaned_data["reason"]), self.cleaned_data["notes"])


class BlockOutForm(DressedForm):
    """Days or a span of wall time in which nothing can be booked. Without times: whole days."""

    resource = forms.ModelChoiceField(
        label=_("What"), queryset=Resource.objects.none(), required=False, empty_label=_("The whole venue")
    )
    first_day = forms.DateField(
        label=_("From"),
        validators=calendar_days,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    first_time = forms.TimeField(
        label=_("from what time (optional)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    last_day = forms.DateField(
        label=_("Until"),
        validators=calendar_days,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_time = forms.TimeField(
        label=_("until what time (optional)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    reason = forms.CharField(label=_("Reason (for the team)"), max_length=200, required=False)
    is_public = forms.BooleanField(label=_("Show the reason to customers, too"), required=False)

    def __init__(self, venue: Venue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue = venue
        self.fields["resource"].queryset = Resource.objects.filter(venue=venue)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The period, in the venue's zone, that the fields mean."""
        cleaned = super().clean() or {}
        if "first_day" in cleaned and "last_day" in cleaned:
            in_zone = zone(self.venue.time_zone)
            start = _start(cleaned["first_day"], cleaned.get("first_time"), in_zone)
            end = _end(cleaned["last_day"], cleaned.get("last_time"), in_zone)
            if start < end:
                cleaned["period"] = Period(start, end)
            else:
                self.add_error("last_day", _("The end must lie after the start."))
        return cleaned


def _start(day: date, at: time | None, in_zone: ZoneInfo) -> datetime:
    return first_instant(datetime.combine(day, at), in_zone) if at else local_day(day, in_zone).start


def _end(day: date, at: time | None, in_zone: ZoneInfo) -> datetime:
    return last_instant(datetime.combine(day, at), in_zone) if at else local_day(day, in_zone).end
