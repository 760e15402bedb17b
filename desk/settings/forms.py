"""What owners type into the pages of settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.seen import SeenForm
from bookings.models import RetentionRule
from bookings.models.retention import MONTHS
from bookings.naming import Named
from bookings.own import retention
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


class RetentionForm(SeenForm):
    """How long customers' data is kept; `sure` is a yes to just these times, once the page has said what they take."""

    account_months = forms.TypedChoiceField(
        label=_("Customers with an account"),
        coerce=int,
        help_text=_("After their last booking, payment or sign-in. They get one letter 30 days before."),
    )
    guest_months = forms.TypedChoiceField(
        label=_("Guests without an account"),
        coerce=int,
        help_text=_("After the last booking with their address: name, address and telephone number."),
    )
    word_months = forms.TypedChoiceField(
        label=_("What was written"),
        coerce=int,
        help_text=_("After the booking: notes, answers to questions, messages, files, and who came along."),
    )
    sure = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in retention.NAMES:
            self.fields[name].choices = [(each, retention.in_words(each)) for each in MONTHS]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, int]:
        """The times that were chosen, in months."""
        return {name: self.cleaned_data[name] for name in retention.NAMES}

    @staticmethod
    def known(rule: RetentionRule) -> dict[str, Any]:
        """What holds."""
        return {name: getattr(rule, name) for name in retention.NAMES}

    def ask(self) -> None:
        """Send the same again to be sure."""
        data: Any = self.data
        self.data = data.copy()
        self.data[self.add_prefix("sure")] = self.mark  # type: ignore[index]

    @property
    def is_sure(self) -> bool:
        """Whether yes was said to what is chosen now."""
        return bool(self.cleaned_data["sure"] == self.mark)

    @property
    def mark(self) -> str:
        """What yes is said to."""
        return "-".join(str(each) for each in self.wanted().values())


class LanguageForm(SeenForm):
    """In which language the house writes where it does not know the reader's."""

    language = forms.ChoiceField(
        label=_("Language of documents and letters"),
        choices=settings.LANGUAGES,
        help_text=_("Whoever has booked in another language gets letters in that one."),
    )
