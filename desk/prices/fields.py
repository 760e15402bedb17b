"""Fields of the forms about prices: percentages in basis points, weekdays, groups."""

from decimal import Decimal
from typing import Any

from django import forms

from bookings.views.pricetags import weekday
from venues.repricing import WEEK_DAYS

CENT = Decimal("0.01")
HUNDRED = 100


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
