"""Forms of the public site: signing up, and opening the business behind the mailed link."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms import DressedForm
from billing.subscriptions import choosing, words
from billing.subscriptions.catalogue import TRIED
from website import naming, zones
from website.naming import Answer, Standing
from website.signing import Typed

LONGEST_PASSWORD = 200
SAID: dict[str, str | Promise] = {
    Standing.FREE: _("This address is free."),
    Standing.TAKEN: _("This address is taken."),
    Standing.RESERVED: _("This address is reserved."),
    Standing.MALFORMED: _("Use 3 to 63 small letters (a-z), digits and hyphens; no hyphen at the start or end."),
}


def said(answer: Answer) -> str:
    """What is said of an address, in one or two sentences."""
    first = str(SAID[answer.standing])
    if not answer.suggestion:
        return first
    second = _("How about %(slug)s?") % {"slug": answer.suggestion}
    return f"{first} {second}"


def slug_field() -> forms.CharField:
    """The address in front of the platform's domain."""
    attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("Address"), max_length=63, required=False, widget=forms.TextInput(attrs=attrs))


class SignUpForm(DressedForm):
    """The few things that a business begins with."""

    name = forms.CharField(
        label=_("Name of your business"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    slug = slug_field()
    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("Type a town. Your opening hours are on the clock there."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), help_text=_("In which your customers pay."))
    plan = forms.ChoiceField(label=_("Plan"), widget=forms.RadioSelect)
    terms = forms.BooleanField(
        error_messages={"required": _("Please agree to the terms.")},
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = words.cards(choosing.offered(), None, [])
        codes = [card.plan.code for card in self.plans]
        self.fields["currency"].choices = zones.currencies()  # type: ignore[attr-defined]
        self.fields["plan"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        self.fields["plan"].required = bool(codes)
        zone, asked = zones.guessed(request), request.GET.get("plan", "")
        self.fields["time_zone"].initial = zone
        self.fields["currency"].initial = zones.currency_of(zone)
        self.fields["plan"].initial = next((code for code in (asked, TRIED) if code in codes), "")
        self.fields["terms"].label = _("I agree to the terms")

    @property
    def chosen_plan(self) -> str:
        """The code of the radio that is on."""
        return str(self["plan"].value() or "")

    def clean_email(self) -> str:
        """As accounts know it."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean_name(self) -> str:
        """Without what no name has."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_slug(self) -> str:
        """Free at this moment, or refused with another one that is."""
        return free_slug(self, self.cleaned_data.get("name", ""))

    def clean_time_zone(self) -> str:
        """A zone by its name, or by the name of its town."""
        if zone := zones.found(self.cleaned_data["time_zone"]):
            return zone
        raise ValidationError(_("Use a time zone such as Europe/Berlin."), code="zone_unknown")

    def typed(self) -> Typed:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        return Typed(data["name"], data["slug"], data["email"], data["time_zone"], data["currency"], data["plan"])


class OpeningForm(DressedForm):
    """The password, and another address where the first one is gone."""

    password = forms.CharField(
        label=_("Choose a password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    slug = slug_field()

    def __init__(self, *args: Any, asks_slug: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_slug:
            del self.fields["slug"]

    def clean_slug(self) -> str:
        """As `SignUpForm`."""
        return free_slug(self, "")


def free_slug(form: forms.Form, name: str) -> str:
    """The address of a form if it can be had. One that was left empty is suggested, for its owner to look at."""
    typed = str(form.cleaned_data["slug"]).strip().lower().removesuffix(f".{settings.BASE_DOMAIN}")
    answer = naming.answer(typed, name)
    if answer.standing == Standing.FREE:
        return typed
    if not typed and answer.suggestion:
        suggest(form, answer.suggestion)
        raise ValidationError(_("Choose an address; we have put one here."), code="slug_missing")
    raise ValidationError(said(answer), code=f"slug_{answer.standing}")


def suggest(form: forms.Form, slug: str) -> None:
    """Have the form come back with another address in its field."""
    form.data = {**{name: form.data.get(name) for name in form.data}, "slug": slug}
