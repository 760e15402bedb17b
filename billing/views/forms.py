"""What owners type into the pages about money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from billing.gateway.countries import COUNTRIES
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
