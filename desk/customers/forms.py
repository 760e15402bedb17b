"""The forms about customers and their groups."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from accounts.models import User
from accounts.seen import SeenForm
from bookings.clientele import LATELY, LONG_AGO, NEVER, Wanted
from bookings.members import people_seen_by
from bookings.views.amounts import MoneyField
from desk.inputs import day_input
from desk.once import OnceForm
from rest.fields import BIGINT_MAX
from schemas.current import current_tenant
from venues.access import Anyone
from venues.currencies import house_currency
from venues.models import CustomerGroup, Membership, Pack

LONGEST_SEARCH = 100
LARGEST_GIFT = 10**8
"""Minor units."""
VISITED = {
    "": gettext_lazy("Whenever"),
    "30": gettext_lazy("In the last 30 days"),
    "90": gettext_lazy("In the last 90 days"),
    "365": gettext_lazy("In the last year"),
    "not-90": gettext_lazy("Not for 90 days"),
    "not-365": gettext_lazy("Not for a year"),
    NEVER: gettext_lazy("Never"),
}
assert set(VISITED) == {"", *LATELY, *LONG_AGO, NEVER}


class WantedForm(forms.Form):
    """What the lists are narrowed by; what cannot be read does not narrow."""

    q = forms.CharField(required=False, max_length=LONGEST_SEARCH)
    group = forms.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    blocked = forms.ChoiceField(required=False, choices=[("yes", ""), ("no", "")])
    visited = forms.ChoiceField(required=False, choices=list(VISITED.items()))
    owes = forms.BooleanField(required=False)
    no_shows = forms.BooleanField(required=False)

    @property
    def wanted(self) -> Wanted:
        """As the domain knows it."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            q=given.get("q", "").replace("\x00", "").strip(),
            group=given.get("group"),
            is_blocked={"yes": True, "no": False}.get(given.get("blocked", "")),
            owes=given.get("owes", False),
            no_shows=given.get("no_shows", False),
            visited=given.get("visited", ""),
        )


class PersonForm(SeenForm):
    """How somebody is called and reached."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )

    @staticmethod
    def known(customer: User) -> dict[str, Any]:
        """Somebody as they are."""
        return {"name": customer.name, "phone": customer.phone}


class NewForm(PersonForm):
    """Somebody who calls."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    notes = forms.CharField(
        label=gettext_lazy("Notes of the team (optional)"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("name", "email", "phone", "notes")


class AddressForm(DressedForm):
    """The address that somebody is to have."""

    email = forms.EmailField(label=gettext_lazy("New e-mail address"), max_length=254)

    def clean_email(self) -> str:
        """In lower case, as accounts have it."""
        return str(self.cleaned_data["email"]).strip().lower()


class NotesForm(SeenForm):
    """What the team should know."""

    notes = forms.CharField(
        label=gettext_lazy("Notes of the team"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Customers do not see them here, but get them with the file of their data."),
    )


class BlockForm(DressedForm):
    """Why somebody may not book any more."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, for the team"),
        max_length=200,
        help_text=gettext_lazy("It is never shown to them while they book, but it is in the file of their data."),
    )


class CreditForm(OnceForm):
    """Gift credit for somebody."""

    amount = MoneyField(label=gettext_lazy("Amount"))
    note = forms.CharField(label=gettext_lazy("What for (optional)"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = house_currency() or current_tenant().currency
        amount: Any = self.fields["amount"]
        amount.in_(self.currency)
        amount.label = _("Amount in %(currency)s") % {"currency": self.currency}

    def clean_amount(self) -> int:
        """More than nothing."""
        minor: int = self.cleaned_data["amount"]
        if not 0 < minor <= LARGEST_GIFT:
            raise forms.ValidationError(_("This must be more than nothing, and not too much."))
        return minor


class PackForm(OnceForm):
    """Which pack somebody is given."""

    pack = forms.ModelChoiceField(label=gettext_lazy("Pack"), queryset=Pack.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].queryset = Pack.objects.filter(is_active=True)  # type: ignore[attr-defined]


class DaysForm(DressedForm):
    """From when to when somebody is in a group; empty is without a beginning, or without an end."""

    valid_from = forms.DateField(label=gettext_lazy("From (optional)"), required=False, widget=day_input())
    valid_until = forms.DateField(
        label=gettext_lazy("Until, that day included (optional)"),
        required=False,
        widget=day_input(),
    )

    def clean(self) -> dict[str, Any]:
        """The end cannot lie before the beginning."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("valid_from"), given.get("valid_until")
        if first and last and first > last:
            self.add_error("valid_until", _("The end cannot lie before the beginning."))
        return given

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last."""
        return self.cleaned_data["valid_from"], self.cleaned_data["valid_until"]


class MemberDaysForm(SeenForm, DaysForm):
    """Other days of somebody who is in a group."""

    @staticmethod
    def known(member: Membership) -> dict[str, Any]:
        """The days as they are."""
        return {"valid_from": member.valid_from, "valid_until": member.valid_until}


class JoinForm(DaysForm):
    """Which group somebody joins."""

    group = forms.ModelChoiceField(label=gettext_lazy("Group"), queryset=CustomerGroup.objects.none(), empty_label=None)
    field_order = ("group", "valid_from", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]


class MemberForm(DaysForm):
    """Who joins a group."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of the account"), max_length=254)
    field_order = ("email", "valid_from", "valid_until")

    def __init__(self, group: CustomerGroup, by: Anyone, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group, self.by = group, by

    def clean_email(self) -> User:
        """The account of the address, of those whom the caller may see; it is not in the group yet."""
        email = self.cleaned_data["email"].strip().lower()
        person = people_seen_by(self.by).filter(email=email, is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody here has an account like that."))
        if Membership.objects.filter(group=self.group, user=person).exists():
            raise forms.ValidationError(_("They are in this group already. Change their days instead."))
        return person


class GroupForm(SeenForm):
    """A group: its name, and what comes off prices."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    percent = forms.DecimalField(
        label=gettext_lazy("Off the price of time, in per cent"),
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        initial=0,
        localize=True,
        help_text=gettext_lazy("On top of prices that only this group has. Bookings that stand keep their price."),
    )
    position = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=0, max_value=32_000, initial=0)

    def __init__(self, group: CustomerGroup, *args: Any, **kwargs: Any) -> None:
        self.group = group
        if group.pk:
            kwargs["initial"] = self.known(group)
        super().__init__(*args, **kwargs)

    @staticmethod
    def known(group: CustomerGroup) -> dict[str, Any]:
        """The group as it is."""
        return {"name": group.name, "percent": Decimal(group.percent_off) / 100, "position": group.position}

    def clean_name(self) -> str:
        """Two groups of one name could not be told apart."""
        name = str(self.cleaned_data["name"]).strip()
        if CustomerGroup.objects.filter(name=name).exclude(pk=self.group.pk).exists():
            raise forms.ValidationError(_("There is a group of this name already."))
        return name

    def save(self) -> CustomerGroup:
        """Write it."""
        given = self.cleaned_data
        self.group.name, self.group.position = given["name"], given["position"]
        self.group.percent_off = int(given["percent"] * 100)
        self.group.save()
        return self.group


class EraseForm(DressedForm):
    """The address once more, so that nobody is erased by a slip."""

    typed = forms.CharField(label=gettext_lazy("Type the e-mail address to confirm"), max_length=254)

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}

    def clean_typed(self) -> str:
        """It has to be theirs."""
        if self.cleaned_data["typed"].strip().lower() != self.email:
            raise forms.ValidationError(_("This is not their address."))
        return self.email
