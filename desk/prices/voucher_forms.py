"""The forms about vouchers: one of them, and many at once."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.seen import SeenForm
from bookings.views.amounts import MoneyField
from bookings.vouchers import spelled
from desk.inputs import day_input
from desk.once import OnceForm
from desk.prices.fields import PercentField
from kernel.money import round_sum
from schemas.current import current_tenant
from venues.access import Anyone, resources_managed_by
from venues.currencies import house_currency
from venues.models import CustomerGroup, Resource, Voucher

LONGEST_CODE, LONGEST_NAME, MOST_USES, MOST_CODES = 32, 120, 1_000_000, 1000
EXAMPLE = 40
"""What a booking costs in the worked example: `round_sum` makes an amount of it."""
COLUMNS = ("name", "amount_minor", "percent_off", "minimum_minor", "valid_from", "valid_until", "most_uses",
           "most_uses_each", "group", "is_active")  # fmt: skip


class TermsForm(SeenForm, OnceForm):
    """What a voucher takes off, and when and for whom it is good."""

    name = forms.CharField(
        label=gettext_lazy("Name (optional)"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("Customers read it on their bill, such as “Opening week”."),
    )
    percent_off = PercentField(label=gettext_lazy("Per cent off"), required=False)
    amount_minor = MoneyField(label=gettext_lazy("Or an amount off"), required=False)
    minimum_minor = MoneyField(label=gettext_lazy("Only from this price on (optional)"), required=False)
    valid_from = forms.DateField(
        label=gettext_lazy("From which day (optional)"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("The day of booking counts, not that of the visit."),
    )
    valid_until = forms.DateField(label=gettext_lazy("Last day (optional)"), required=False, widget=day_input())
    most_uses = forms.IntegerField(
        label=gettext_lazy("For how many bookings (optional)"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        help_text=gettext_lazy("Empty: as many as there come."),
    )
    most_uses_each = forms.IntegerField(
        label=gettext_lazy("For how many of each customer (optional)"), required=False, min_value=1, max_value=MOST_USES
    )
    group = forms.ModelChoiceField(
        label=gettext_lazy("Only for"),
        queryset=CustomerGroup.objects.none(),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )
    resources = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Where it is good"),
        queryset=Resource.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("It can be used"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
    )

    def __init__(self, user: Anyone, voucher: Voucher, *args: Any, **kwargs: Any) -> None:
        self.voucher = voucher
        self.currency = voucher.currency or house_currency() or current_tenant().currency
        if voucher.pk:
            kwargs["initial"] = {**self.known(voucher), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for name in ("amount_minor", "minimum_minor"):
            field: Any = self.fields[name]
            field.in_(self.currency)
        self.fields["amount_minor"].label = _("Or %(currency)s off") % {"currency": self.currency}
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]
        rows = resources_managed_by(user).filter(is_active=True, stock_of=None)
        if voucher.pk:
            rows = rows | Resource.objects.filter(pk__in=voucher.resources.values("pk"))
        field = self.fields["resources"]
        field.queryset = rows.select_related("venue").order_by("venue__name", "position", "name")

    @staticmethod
    def known(voucher: Voucher) -> dict[str, Any]:
        """What a voucher says, as the fields show it."""
        resources = sorted(resource.pk for resource in voucher.resources.all())
        return {
            **{name: getattr(voucher, name) for name in COLUMNS},
            "minimum_minor": voucher.minimum_minor or None,
            "resources": resources,
        }

    def clean(self) -> dict[str, Any]:
        """As the model says: an amount or a percentage, and dates in their order."""
        data = super().clean() or {}
        if self.errors:
            return data
        self.put()
        try:
            self.voucher.full_clean(exclude=self.left_out())
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self.add_error(name if name in self.fields else None, sentences)
        return data

    def left_out(self) -> list[str]:
        """Columns that this form does not say."""
        return ["code"]

    def put(self) -> None:
        """Put what was filled in on the voucher; writes nothing."""
        for name in COLUMNS:
            setattr(self.voucher, name, self.cleaned_data[name])
        self.voucher.percent_off = self.cleaned_data["percent_off"] or None
        self.voucher.amount_minor = self.cleaned_data["amount_minor"] or None
        self.voucher.minimum_minor = self.cleaned_data["minimum_minor"] or 0
        self.voucher.currency = self.currency if self.voucher.amount_minor else self.voucher.currency

    @property
    def example_minor(self) -> int:
        """The price of the worked example."""
        return round_sum(EXAMPLE, self.currency)


class VoucherForm(TermsForm):
    """One voucher with its code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=LONGEST_CODE,
        help_text=gettext_lazy("Capital letters, digits and hyphens. Empty: we make one that nobody guesses."),
        required=False,
    )
    field_order = ("code",)

    @staticmethod
    def known(voucher: Voucher) -> dict[str, Any]:
        """As the base, with the code."""
        return {**TermsForm.known(voucher), "code": voucher.code}

    def clean_code(self) -> str:
        """As codes are kept."""
        return spelled(self.cleaned_data["code"])

    def left_out(self) -> list[str]:
        """None, where a code was typed."""
        return [] if self.cleaned_data["code"] else ["code"]

    def put(self) -> None:
        """As the base, with the code."""
        super().put()
        self.voucher.code = self.cleaned_data["code"] or self.voucher.code


class ManyForm(TermsForm):
    """Many vouchers alike, each with a code of its own that begins alike."""

    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=MOST_CODES, initial=50)
    begins = forms.RegexField(
        label=gettext_lazy("Codes begin with (optional)"),
        regex=r"\A[A-Za-z0-9]{1,10}\Z",
        required=False,
        error_messages={"invalid": gettext_lazy("Use at most ten letters and digits.")},
    )
    field_order = ("count", "begins")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"most_uses": 1}, **kwargs})
        self.fields["name"].required = True
        self.fields["name"].label = _("Name")
        self.fields["name"].help_text = _("It stands on the bill, and finds these codes again later.")
