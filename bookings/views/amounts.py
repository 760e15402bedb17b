"""A form field for money of a booking, typed as people write it in their language, in minor units afterwards."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.models import Booking
from kernel.money import exponent, from_text


class AmountForm(DressedForm):
    """How much, in the booking's currency."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=15, min_value=Decimal(0), localize=True)

    def __init__(self, booking: Booking, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booking = booking
        places = exponent(booking.currency)
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": booking.currency}
        self.fields["amount"].decimal_places = places  # type: ignore[attr-defined]
        self.fields["amount"].widget.attrs["inputmode"] = "decimal" if places else "numeric"

    def clean_amount(self) -> int:
        """In minor units."""
        try:
            return from_text(str(self.cleaned_data["amount"]), self.booking.currency)
        except ValueError:
            raise forms.ValidationError(
                _("This is no amount of %(currency)s.") % {"currency": self.booking.currency}
            ) from None
