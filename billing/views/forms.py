"""What owners type into the pages about money."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from accounts.seen import SeenForm
from billing.gateway.countries import COUNTRIES
from billing.payments.models import BusinessDetails
from tenants.speech import locale


class ConnectForm(DressedForm):
    """The country of a new account, or a former account to take back."""

    country = forms.ChoiceField(label=_("Where is your business registered?"), required=False)
    account = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = locale().territories
        choices = sorted(((code, names[code]) for code in COUNTRIES), key=lambda pair: str(pair[1]))
        self.fields["country"].choices = [("", _("Choose a country")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        if not cleaned.get("account") and not cleaned.get("country") and "country" not in self.errors:
            self.add_error("country", _("Choose the country in which your business is registered."))
        return cleaned


class BusinessForm(SeenForm, forms.ModelForm):
    """Who sells, and what else documents say."""

    language = forms.ChoiceField(label=_("Language of documents and letters"), choices=settings.LANGUAGES)

    class Meta:
        model = BusinessDetails
        fields = (
            "legal_name", "address", "vat_id", "tax_number", "tax_note", "bank_account", "invoice_due_days", "language",
            "foot",
        )  # fmt: skip
        labels = {
            "legal_name": _("Name of the business"),
            "address": _("Address"),
            "vat_id": _("VAT ID"),
            "tax_number": _("Tax number"),
            "tax_note": _("Why no VAT is charged"),
            "bank_account": _("Bank account"),
            "invoice_due_days": _("Invoices are due after so many days"),
            "foot": _("At the foot of every page"),
        }
        help_texts = {
            "tax_number": _("Printed where there is no VAT ID."),
            "tax_note": _("Printed where all prices are without VAT, such as the rule for small businesses."),
            "bank_account": _("Printed on invoices, so that people know where to."),
        }
        widgets = {"address": forms.Textarea({"rows": 3}), "foot": forms.Textarea({"rows": 3})}

    @staticmethod
    def known(row: BusinessDetails) -> dict[str, Any]:
        """The business as it is."""
        return forms.model_to_dict(row, BusinessForm.Meta.fields)


class VatIdForm(DressedForm):
    """The VAT id of the business, or nothing."""

    vat_id = forms.CharField(label=_("VAT id (EU)"), max_length=20, required=False)
