"""What owners type into the pages of settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.seen import SeenForm
from bookings.naming import Named
from desk.places.forms import CURRENCIES
from tenants.models import Tenant
from tenants.zones import zone_names


class BusinessForm(SeenForm):
    """Name and clock, and the currency while there are no bookings."""

    name = forms.CharField(
        label=_("Name of the business"), max_length=120, help_text=_("On every page and in every letter.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("For summaries, reports and new venues. A venue that is there keeps its own clock."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("New venues begin with it. It stays as it is from the first booking on.")
    )

    def __init__(self, tenant: Tenant, *args: Any, is_fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial=self.known(tenant), **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(zone_names())]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]
        known = [tenant.currency] if is_fixed else dict.fromkeys([tenant.currency, *CURRENCIES])
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]

    @staticmethod
    def known(tenant: Tenant) -> dict[str, Any]:
        """The business as it is."""
        return {"name": tenant.name, "time_zone": tenant.time_zone, "currency": tenant.currency}

    def named(self) -> Named:
        """What was filled in."""
        return Named(**{name: self.cleaned_data[name] for name in ("name", "time_zone", "currency")})


class LanguageForm(SeenForm):
    """In which language the house writes where it does not know the reader's."""

    language = forms.ChoiceField(
        label=_("Language of documents and letters"),
        choices=settings.LANGUAGES,
        help_text=_("Whoever has booked in another language gets letters in that one."),
    )
