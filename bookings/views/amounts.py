"""Form fields for money: typed as people write it in their language, in minor units of a currency afterwards."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import get_format, localize_input
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.models import Booking
from kernel.money import as_text, exponent, from_text
from venues.repricing import MOST_MINOR

NUMBER = re.compile(r"[+-]?\d{1,20}(?:[.,]\d*)?", re.ASCII)
MOST_OF_A_BOOKING = 10**15
EXAMPLE = 25
"""In whole units of the currency."""


class MoneyField(forms.DecimalField):
    """An amount as people write it; clean, minor units of `currency`, which whoever makes the form sets by `in_`."""

    currency = "EUR"

    def __init__(self, most_minor: int = MOST_MINOR, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "localize": True, **kwargs})
        self.most_minor = most_minor
        self.in_(self.currency)

    def in_(self, currency: str) -> None:
        """Say which currency."""
        self.currency = currency
        keyboard = "decimal" if exponent(currency) else "numeric"
        self.widget.attrs.update({"inputmode": keyboard, "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Minor units as one types them."""
        return Decimal(as_text(value, self.currency)) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """In whole units."""
        if not isinstance(value, str):
            return super().to_python(value)
        if not value.strip():
            return None
        text = spelled(value)
        if text is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(text)

    def clean(self, value: Any) -> Any:
        """Minor units; None for nothing."""
        amount = super().clean(value)
        if amount is None:
            return None
        decimals = amount.as_tuple().exponent
        if isinstance(decimals, int) and -decimals > exponent(self.currency):
            # "1.000" of euros as well: somebody means a thousand by it.
            raise forms.ValidationError(no_amount(self.currency))
        minor = from_text(str(amount), self.currency)
        if minor > self.most_minor:
            raise forms.ValidationError(_("That is too much."))
        return minor


class AmountForm(DressedForm):
    """How much, in the booking's currency."""

    amount = MoneyField(MOST_OF_A_BOOKING, label=gettext_lazy("Amount"))

    def __init__(self, booking: Booking, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booking = booking
        amount: Any = self.fields["amount"]
        amount.in_(booking.currency)
        amount.label = _("Amount in %(currency)s") % {"currency": booking.currency}


def spelled(typed: str) -> str | None:
    """A number with a point and no separators of thousands, which are those of the reader's language; None for none."""
    text = "".join(typed.split())
    group, point = re.escape(get_format("THOUSAND_SEPARATOR")), re.escape(get_format("DECIMAL_SEPARATOR"))
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d*)?", text, re.ASCII):
        text = text.replace(get_format("THOUSAND_SEPARATOR"), "")
    return text.replace(",", ".") if NUMBER.fullmatch(text) else None


def written(minor: int, currency: str) -> str:
    """Minor units as one types them in the reader's language: `25.00`, in German `25,00`."""
    return str(localize_input(Decimal(as_text(minor, currency))))


def no_amount(currency: str) -> str:
    """What is said of something that is no amount of the currency."""
    example = written(EXAMPLE * 10 ** exponent(currency), currency)
    return _("This is no amount of %(currency)s. Write it like %(example)s.") % {
        "currency": currency,
        "example": example,
    }
