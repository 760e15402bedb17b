"""Fields of the forms about prices: amounts in minor units, percentages in basis points, weekdays, groups."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from bookings.views.pricetags import weekday
from kernel.money import as_text, exponent, from_text
from venues.repricing import MOST_MINOR, WEEK_DAYS

CENT = Decimal("0.01")
HUNDRED = 100


class MoneyField(forms.DecimalField):
    """An amount as people write it; clean, minor units of `currency`, which whoever makes the form sets by `in_`."""

    currency = "EUR"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "min_value": 0, "localize": True, **kwargs})

    def in_(self, currency: str) -> None:
        """Say which currency."""
        self.currency, self.decimal_places = currency, exponent(currency)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Minor units as one types them."""
        return Decimal(as_text(value, self.currency)) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Minor units; None for nothing."""
        amount = super().clean(value)
        if amount is None:
            return None
        try:
            minor = from_text(str(amount), self.currency)
        except ValueError:
            raise forms.ValidationError(_("This is no amount of %(currency)s.") % {"currency": self.currency}) from None
        if minor > MOST_MINOR:
            raise forms.ValidationError(_("That is too much."))
        return minor


class PercentField(forms.DecimalField):
    """A percentage as people write it; clean, basis points."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_digits": 6, "decimal_places": 2, "min_value": 0, "max_value": HUNDRED, "localize": True, **kwargs}
        )
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Basis points as one types them."""
        return (Decimal(value) / HUNDRED).normalize() + 0 if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Basis points; None for nothing."""
        amount = super().clean(value)
        return None if amount is None else int(amount / CENT)


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Days of the week, 0 for Monday, as boxes to tick."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "coerce": int,
                "choices": _weekdays,
                "required": False,
                "widget": forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
                **kwargs,
            }
        )


def _weekdays() -> list[tuple[int, str]]:
    """Asked for with each form: in the language of whoever reads it."""
    return [(number, weekday(number)) for number in range(WEEK_DAYS)]
