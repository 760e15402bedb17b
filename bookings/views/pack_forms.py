"""The forms of the desk's pages of packs and memberships."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from accounts.models import User
from bookings.models import OnSitePayment
from bookings.purchases import shelf
from bookings.views.amounts import MoneyField
from schemas.current import current_tenant
from tenants import speech
from venues.currencies import house_currency
from venues.models import CustomerGroup, MembershipPlan, Pack, Resource

LONGEST_NAME, LONGEST_ABOUT, MOST_DAYS, MOST_HOURS = 120, 400, 3660, 10_000
LARGEST_PRICE = 10**9
"""Minor units."""
CENT = Decimal("0.01")


class _OfferForm(DressedForm):
    """What packs and memberships have in common: a name, a price with its VAT, whether and where in the list it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    price = MoneyField(LARGEST_PRICE, label=gettext_lazy("Price"))
    vat = forms.DecimalField(
        label=gettext_lazy("VAT in it, in per cent (optional)"),
        required=False,
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        localize=True,
        help_text=gettext_lazy("Empty: as at the venues where it is good, and of several the highest."),
    )
    position = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=0, max_value=32_000, initial=0)
    is_active = forms.BooleanField(label=gettext_lazy("On sale"), required=False, initial=True)

    def __init__(self, offer: Pack | MembershipPlan, *args: Any, **kwargs: Any) -> None:
        self.offer = offer
        offer.currency = offer.currency or house_currency() or current_tenant().currency
        if offer.pk:
            kwargs["initial"] = {**self.known(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        price: Any = self.fields["price"]
        price.in_(offer.currency)
        price.label = _("Price in %(currency)s, VAT included") % {"currency": offer.currency}
        self.fields["is_active"].widget.attrs["class"] = "checkbox"

    def known(self) -> dict[str, Any]:
        """What the offer says now, as the fields show it."""
        offer = self.offer
        return {
            "name": offer.name,
            "price": offer.price_minor,
            "vat": None if offer.vat is None else Decimal(offer.vat) / 100,
            "position": offer.position,
            "is_active": offer.is_active,
        }

    def clean_vat(self) -> int | None:
        """In basis points."""
        per_cent = self.cleaned_data["vat"]
        return None if per_cent is None else int(per_cent / CENT)

    def put(self) -> None:
        """Put what was filled in on the offer; writes nothing."""
        for name in ("name", "vat", "position", "is_active"):
            setattr(self.offer, name, self.cleaned_data[name])
        self.offer.price_minor = self.cleaned_data["price"]


class PackForm(_OfferForm):
    """A pack of hours. Sold ones keep the hours and the days that they were sold with."""

    offer: Pack
    hours = forms.DecimalField(
        label=gettext_lazy("Hours"), max_digits=7, decimal_places=2, min_value=CENT, max_value=MOST_HOURS, localize=True
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("Good for how many days (optional)"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Empty: without an end."),
    )
    resources = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Where it is good"),
        queryset=Resource.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Resource.objects.filter(is_active=True, stock_of=None).select_related("venue")
        self.fields["resources"].queryset = rows.order_by("venue__name", "position", "name")  # type: ignore[attr-defined]
        self.fields["resources"].widget.attrs["class"] = "checkbox"

    def known(self) -> dict[str, Any]:
        """As the base, with the hours."""
        pack = self.offer
        resources = [resource.pk for resource in pack.resources.all()]
        hours = (Decimal(pack.minutes) / 60).quantize(CENT)
        return {**super().known(), "hours": hours, "valid_days": pack.valid_days, "resources": resources}

    def clean_hours(self) -> int:
        """In minutes: full ones, at least one."""
        minutes = int((self.cleaned_data["hours"] * 60).to_integral_value())
        if not minutes:
            raise forms.ValidationError(_("This must be more than nothing."))
        return minutes

    def save(self) -> Pack:
        """Write it, and where it is good."""
        self.put()
        self.offer.minutes, self.offer.valid_days = self.cleaned_data["hours"], self.cleaned_data["valid_days"]
        self.offer.save()
        self.offer.resources.set(self.cleaned_data["resources"])
        return self.offer


class PlanForm(_OfferForm):
    """A membership. Sold ones keep the days that they were sold with."""

    offer: MembershipPlan
    about = forms.CharField(
        label=gettext_lazy("What it brings (optional)"),
        max_length=LONGEST_ABOUT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    group = forms.ModelChoiceField(label=gettext_lazy("Group that they join"), queryset=CustomerGroup.objects.none())
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=MOST_DAYS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]

    def known(self) -> dict[str, Any]:
        """As the base, with the group and the days."""
        plan = self.offer
        return {**super().known(), "about": plan.about, "group": plan.group_id, "days": plan.days}

    def save(self) -> MembershipPlan:
        """Write it."""
        self.put()
        for name in ("about", "group", "days"):
            setattr(self.offer, name, self.cleaned_data[name])
        self.offer.save()
        return self.offer


class SellForm(DressedForm):
    """Who buys what at the desk, and how it was paid."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of the customer"), max_length=254)
    what = forms.ChoiceField(label=gettext_lazy("What"))
    way = forms.ChoiceField(label=gettext_lazy("How it was paid"), choices=OnSitePayment.Way.choices)
    number = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    """Of the form itself: sent twice, it sells once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on_sale: list[Pack | MembershipPlan] = [*Pack.objects.filter(is_active=True), *shelf.plans()]
        self.offers: dict[str, Pack | MembershipPlan] = {_name(each): each for each in on_sale}
        choices = [(name, _label(each)) for name, each in self.offers.items()]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    def clean_email(self) -> User:
        """Somebody who has an account here."""
        address = str(self.cleaned_data["email"]).strip().lower()
        found = User.objects.filter(email=address, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody here has an account like that."))
        return found

    def clean_what(self) -> Pack | MembershipPlan:
        """The pack or the plan itself."""
        return self.offers[self.cleaned_data["what"]]


def _name(offer: Pack | MembershipPlan) -> str:
    return f"pack-{offer.pk}" if isinstance(offer, Pack) else f"plan-{offer.pk}"


def _label(offer: Pack | MembershipPlan) -> str:
    return f"{offer.name} · {speech.money(offer.price_minor, offer.currency)}"


class HandOutForm(DressedForm):
    """That what is still owed was handed out; `seen` is what was owed when the page was shown."""

    way = forms.ChoiceField(label=gettext_lazy("How"), choices=OnSitePayment.Way.choices)
    seen = forms.IntegerField(widget=forms.HiddenInput)
