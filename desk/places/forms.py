"""Settings of a venue and of a resource: every field that the API has, each with what it does."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from desk.places.rows import (
    CheckField,
    CountryField,
    DecimalTextField,
    LengthField,
    MoneyTextField,
    RowForm,
    amount_label,
)
from kernel.money import exponent
from tenants.zones import zone_names
from venues.models import CancellationPolicy, Resource, Venue
from venues.policies import current

MOST_ROUNDING = 1000
"""Minor units."""
CURRENCIES = ("EUR", "CHF", "USD", "GBP", "CZK", "DKK", "HUF", "NOK", "PLN", "RON", "SEK", "AUD", "CAD", "JPY", "NZD")


def policy_field() -> forms.ModelChoiceField:
    """A choice of the cancellation policies that are in force."""
    return forms.ModelChoiceField(
        CancellationPolicy.objects.none(),
        label=_("Cancellation policy"),
        required=False,
        empty_label=_("As usual"),
        help_text=_("What cancelling costs. Bookings keep the policy that was in force when they were made."),
    )


class VenueForm(RowForm):
    """A venue; what customers read about it stands on its page."""

    parts = (
        (_("Name"), ("name", "is_active")),
        (_("Prices"), ("vat", "rounding", "cancellation_policy")),
        (_("Against hoarding"), ("holds_at_once", "holds_per_day")),
    )

    name = forms.CharField(label=_("Name"), max_length=120)
    is_active = CheckField(
        label=_("On offer"),
        help_text=_("Off: customers do not see the venue and cannot book there. What is booked stays booked."),
    )
    vat = DecimalTextField(
        label=_("VAT in percent"),
        required=False,
        help_text=_("Contained in all prices here, unless a resource, service or extra says otherwise."),
    )
    rounding = MoneyTextField(
        1,
        MOST_ROUNDING,
        label=_("Round prices to"),
        required=False,
        help_text=_("The smallest step of a price, such as 0.05 or 1."),
    )
    holds_at_once = forms.IntegerField(
        label=_("Unpaid reservations at once"),
        min_value=0,
        max_value=32_767,
        help_text=_("So many times may one customer hold without having booked them; 0 is without limit."),
    )
    holds_per_day = forms.IntegerField(
        label=_("Of these on one resource and day"),
        min_value=0,
        max_value=32_767,
        help_text=_("0 is without limit."),
    )
    cancellation_policy = policy_field()

    def __init__(self, *args: Any, venue: Venue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cancellation_policy"].queryset = current()  # type: ignore[attr-defined]
        rounding: Any = self.fields["rounding"]
        rounding.in_(venue.currency)
        rounding.label = amount_label(_("Round prices to"), venue.currency)
        if not exponent(venue.currency):
            rounding.help_text = _("The smallest step of a price, such as 10 or 100.")

    def sent(self) -> dict[str, Any]:
        """What is left empty: no VAT, and the usual steps."""
        data = super().sent()
        data["vat"] = data["vat"] or "0"
        return {name: value for name, value in data.items() if name != "rounding" or value}


class NewVenueForm(RowForm):
    """A venue that there was not."""

    name = forms.CharField(label=_("Name"), max_length=120)
    street = forms.CharField(label=_("Street"), max_length=120, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=16, required=False)
    city = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = CountryField(label=_("Country"))
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Cannot be changed once there are bookings."))
    currency = forms.ChoiceField(label=_("Currency"), help_text=_("Cannot be changed later."))
    vat = DecimalTextField(label=_("VAT in percent"), required=False, help_text=_("Contained in all prices here."))
    with_hours = CheckField(
        label=_("Open every day from 8 to 22 for a start"), help_text=_("You draw the real hours on the next page.")
    )

    def __init__(self, *args: Any, zone: str, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in sorted(zone_names())]  # type: ignore[attr-defined]
        self.fields["time_zone"].initial = zone
        known = dict.fromkeys([currency, *CURRENCIES])
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        self.fields["currency"].initial = currency

    def sent(self) -> dict[str, Any]:
        """What is left empty is the tenant's."""
        data = {name: value for name, value in super().sent().items() if value not in {"", None}}
        data.pop("with_hours", None)
        return data


class ResourceForm(RowForm):
    """A resource; what customers read about it stands on its page, what it costs among the prices."""

    parts = (
        (_("What it is"), ("name", "kind", "is_active", "is_outdoor")),
        (_("How much room"), ("capacity", "units", "is_shared")),
        (_("Times"), ("grid_minutes", "min_minutes", "max_minutes", "buffer_before_minutes", "buffer_after_minutes")),
        (_("How early, how late"), ("lead_minutes", "horizon_days")),
        (_("Booking and paying"), (
            "needs_approval", "pays_online", "pays_on_site", "minimum", "vat", "deposit_percent", "deposit",
            "balance_days_before", "cancellation_policy",
        )),
    )  # fmt: skip

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Resource.Kind.choices)
    is_active = CheckField(
        label=_("On offer"), help_text=_("Off: nobody can book it any more. What is booked stays booked.")
    )
    is_outdoor = CheckField(label=_("Outdoors"), help_text=_("Can be called off when the weather is bad."))
    capacity = forms.IntegerField(
        label=_("People at most"), min_value=1, max_value=32_767, help_text=_("In one booking; in a class: places.")
    )
    units = forms.IntegerField(
        label=_("How many of them"),
        min_value=1,
        max_value=500,
        help_text=_("A pool of alike things, such as ten kayaks: each booking gets one of them."),
    )
    is_shared = CheckField(
        label=_("Strangers share it"),
        help_text=_("A class: several bookings at the same time, each for some of the places. Units are its places."),
    )
    grid_minutes = LengthField(
        label=_("Bookings begin every"), help_text=_("Such as 30 min: at 8:00, 8:30, 9:00. Counted from opening.")
    )
    min_minutes = LengthField(label=_("Shortest booking"))
    max_minutes = LengthField(label=_("Longest booking"))
    buffer_before_minutes = LengthField(
        label=_("Kept free before"), required=False, help_text=_("To set up. Nobody else can have that time.")
    )
    buffer_after_minutes = LengthField(label=_("Kept free after"), required=False, help_text=_("To clear up."))
    lead_minutes = LengthField(
        label=_("Book at the latest"), required=False, help_text=_("So long before it begins, such as 2 h or 1 day.")
    )
    horizon_days = forms.IntegerField(
        label=_("Days ahead at most"), min_value=1, max_value=1096, help_text=_("So far ahead it can be booked.")
    )
    needs_approval = CheckField(
        label=_("You confirm each booking"), help_text=_("Customers send a request, and the team says yes or no.")
    )
    pays_online = CheckField(label=_("Can be paid online"))
    pays_on_site = CheckField(label=_("Can be paid at the venue"))
    minimum = MoneyTextField(label=_("A booking costs at least"), required=False)
    vat = DecimalTextField(label=_("VAT in percent"), required=False, help_text=_("Empty: as at the venue."))
    deposit_percent = DecimalTextField(
        label=_("Deposit in percent"),
        required=False,
        help_text=_("To be paid online when booking; the rest later. Empty or 0: all at once."),
    )
    deposit = MoneyTextField(label=_("or deposit as an amount"), required=False)
    balance_days_before = forms.IntegerField(
        label=_("The rest is due days before"),
        required=False,
        min_value=0,
        max_value=1096,
        help_text=_("Empty: at the venue."),
    )
    cancellation_policy = policy_field()

    def __init__(self, *args: Any, venue: Venue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cancellation_policy"].queryset = current()  # type: ignore[attr-defined]
        self.fields["cancellation_policy"].empty_label = _("As at the venue")  # type: ignore[attr-defined]
        for name in ("minimum", "deposit"):
            self.fields[name].label = amount_label(self.fields[name].label, venue.currency)
            self.fields[name].in_(venue.currency)  # type: ignore[attr-defined]

    def sent(self) -> dict[str, Any]:
        """Lengths and amounts that are left empty are none."""
        data = super().sent()
        for name in ("buffer_before_minutes", "buffer_after_minutes", "lead_minutes"):
            data[name] = data[name] or 0
        for name in ("minimum", "deposit", "deposit_percent"):
            data[name] = data[name] or "0"
        return data


class PartForm(RowForm):
    """A part of a resource: half of a hall, a quarter of a pitch."""

    name = forms.CharField(label=_("Name of the part"), max_length=120)
    capacity = forms.IntegerField(label=_("People at most"), min_value=1, max_value=32_767)
