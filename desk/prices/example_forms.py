"""The booking of a worked example: what it costs, and what was paid."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.views.amounts import MoneyField
from desk.prices.examples import Money
from kernel.money import round_sum

PRICE = 40


class ExampleForm(DressedForm):
    """Its price, its deposit, and what was paid of it."""

    total = MoneyField(label=gettext_lazy("Price"))
    deposit = MoneyField(label=gettext_lazy("Deposit"), required=False)
    paid = MoneyField(label=gettext_lazy("Paid"))

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        self.currency = currency
        usual = round_sum(PRICE, currency)
        super().__init__(*args, **{"initial": {"total": usual, "paid": usual}, **kwargs})
        for field in self.fields.values():
            field.in_(currency)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Nobody has paid more than it costs."""
        data = super().clean() or {}
        if {"total", "paid"} <= data.keys() and data["paid"] > data["total"]:
            self.add_error("paid", _("That is more than it costs."))
        return data

    def money(self) -> Money:
        """As it was filled in."""
        data = self.cleaned_data
        deposit = min(data["deposit"] or 0, data["total"])
        return Money(data["total"], deposit, data["paid"], self.currency)

    def usual(self) -> Money:
        """As it stands there at first."""
        return Money(self.initial["total"], 0, self.initial["paid"], self.currency)
