"""The screens of the first steps: each has a form with guesses, and one act that writes what was typed."""

from collections.abc import Callable
from datetime import time
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bookings import premises
from bookings.api.manage import places as api
from bookings.premises import Span
from desk.places import rows, templates
from desk.places.templates import BY_CODE, Making
from desk.setup import guessing, pricing
from desk.setup.forms import HoursStep, OpenStep, PricesStep, ResourcesStep, VenueStep
from desk.setup.guide import Guide
from desk.setup.pricing import Simple
from kernel.errors import Refused
from kernel.money import round_sum
from venues.access import check_owner
from venues.models import Resource, Venue

EVENING = time(17)
Data = Any
Made = tuple[forms.Form | None, dict[str, Any]]


def venue_form(guide: Guide, data: Data) -> Made:
    """Name and address."""
    tenant, venue = guide.tenant, guide.venue
    guessed = {"name": tenant.name, "country": guessing.country_of(tenant.time_zone)}
    known = guessed if venue is None else {name: getattr(venue, name) for name in ADDRESS}
    form = VenueStep(data, venue=venue, zone=tenant.time_zone, currency=tenant.currency, initial=known)
    return form, {}


ADDRESS = ("name", "street", "postal_code", "city", "country")


def save_venue(request: HttpRequest, guide: Guide, form: Any) -> bool:
    """Make the venue, closed until it is opened on the last screen; or change its address."""
    if guide.venue is not None:
        return rows.write(request, api.VenueSettingsView(), form, guide.venue.pk) is not None
    check_owner(request.user)
    return rows.write(request, api.VenuesView(), form, None, is_active=False) is not None


def hours_form(guide: Guide, data: Data) -> Made:
    """The simple week; none where it is finer."""
    known = HoursStep.known(premises.spans_of(_venue(guide)))
    return (HoursStep(data, initial=known), {}) if known else (None, {"is_finer": True})


def save_hours(_request: HttpRequest, guide: Guide, form: Any) -> bool:
    """The week; seasons and single dates stay as they are."""

    def how(before: list[Span]) -> list[Span]:
        kept = [span for span in before if span.weekday is None or span.valid_from is not None]
        return [*kept, *form.spans()]

    premises.change_hours(_venue(guide), how)
    return True


def resources_form(guide: Guide, data: Data) -> Made:
    """What there is, and a form for more."""
    there = Resource.objects.filter(venue=_venue(guide), stock_of=None).order_by("position", "name", "pk")
    form = ResourcesStep(data, initial={"template": guessing.template_of(guide.tenant.name)})
    return form, {"there": list(there[:MOST_SHOWN])}


MOST_SHOWN = 60


def save_resources(_request: HttpRequest, guide: Guide, form: Any) -> bool:
    """Make them by template; their price is the next screen's."""
    template = BY_CODE[form.cleaned_data["template"]]
    templates.make(Making(template, _venue(guide), form.cleaned_data["names"], None))
    return True


def prices_form(guide: Guide, data: Data) -> Made:
    """One price for all of it; no form where prices are finer, or where there is nothing to sell."""
    venue = _venue(guide)
    resources = pricing.resources_of(venue)
    if not resources:
        return None, {"has_nothing": True}
    known, is_finer = pricing.known_of_all(resources)
    if is_finer:
        return None, {"is_finer": True}
    if known is None:
        whole, unit = guessing.suggested(resources[0].kind)
        known = Simple(round_sum(whole, venue.currency), unit)
    first = {"amount": known.amount, "unit": known.unit, "peak": known.peak, "evening": known.evening or EVENING}
    return PricesStep(venue.currency, data, initial=first), {"resources": resources}


def save_prices(_request: HttpRequest, guide: Guide, form: Any) -> bool:
    """Have all cost that."""
    data = form.cleaned_data
    wanted = Simple(data["amount"], data["unit"], data["peak"], data["evening"] if data["peak"] is not None else None)
    pricing.set_price(pricing.resources_of(_venue(guide)), wanted)
    return True


def open_form(guide: Guide, data: Data) -> Made:
    """Open or not; it begins with yes, for that is what one came for."""
    missing = [step for step in guide.open_steps if step.code != "open"]
    return OpenStep(data, initial={"is_active": True}), {"missing": missing}


def save_open(request: HttpRequest, guide: Guide, form: Any) -> bool:
    """Show the venue to everybody, or to nobody."""
    return rows.write(request, api.VenueSettingsView(), form, _venue(guide).pk) is not None


def nothing_to_type(_guide: Guide, _data: Data) -> Made:
    """A screen that only leads elsewhere."""
    return None, {}


def nothing_to_save(_request: HttpRequest, _guide: Guide, _form: Any) -> bool:
    """Nothing was typed."""
    return True


SCREENS: dict[str, tuple[Callable[[Guide, Data], Made], Callable[[HttpRequest, Guide, Any], bool]]] = {
    "venue": (venue_form, save_venue),
    "hours": (hours_form, save_hours),
    "resources": (resources_form, save_resources),
    "prices": (prices_form, save_prices),
    "brand": (nothing_to_type, nothing_to_save),
    "payment": (nothing_to_type, nothing_to_save),
    "team": (nothing_to_type, nothing_to_save),
    "open": (open_form, save_open),
}


def saved(request: HttpRequest, guide: Guide, code: str, form: Any) -> bool:
    """Write what was typed; where it is refused, the form tells why."""
    try:
        return SCREENS[code][1](request, guide, form)
    except Refused as refusal:
        if refusal.code in {"permission_denied", "not_found"}:
            raise
        form.add_error(None, rows.why(refusal))
        return False


def _venue(guide: Guide) -> Venue:
    assert guide.venue is not None, _("There is no venue yet.")
    return guide.venue
