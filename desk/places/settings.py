"""The settings of a venue and of a resource; its parts; taking it from sale, and away."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from bookings import premises
from bookings.api.manage import places as api
from desk.places import rows
from desk.places.ahead import bookings_ahead
from desk.places.doors import resource_of, venue_of
from desk.places.forms import PartForm, ResourceForm, VenueForm
from venues.access import check_owner
from venues.models import Rate, Resource, Venue


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def venue_settings(request: HttpRequest, venue_id: int) -> HttpResponse:
    """What applies to all bookings of a venue."""
    venue, view = venue_of(request, venue_id), api.VenueSettingsView()
    if request.method != "POST":
        form = VenueForm(initial=rows.shown(request, view, venue), venue=venue)
        return _venue_page(request, venue, form)
    form = VenueForm(request.POST, venue=venue)
    if form.is_valid() and rows.write(request, view, form, venue.pk):
        messages.success(request, _("Saved."))
        return redirect("desk-venue-settings", venue.pk)
    return _venue_page(request, venue, form, HTTPStatus.BAD_REQUEST)


def _venue_page(request: HttpRequest, venue: Venue, form: VenueForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "place": venue,
        "venue": venue,
        "form": form,
        "ahead": bookings_ahead(Resource.objects.filter(venue=venue)),
        "can_go": not venue.resources.exists(),
    }
    return render(request, "desk/places/settings.html", context, status=status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_settings(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Room, times, payment: all that decides what can be booked."""
    resource, view = resource_of(request, resource_id), api.ResourceSettingsView()
    if request.method != "POST":
        form = ResourceForm(initial=rows.shown(request, view, resource), venue=resource.venue)
        return _resource_page(request, resource, form)
    form = ResourceForm(request.POST, venue=resource.venue)
    if form.is_valid() and rows.write(request, view, form, resource.pk):
        messages.success(request, _("Saved. Whoever books from now on books by this."))
        return redirect("desk-resource-settings", resource.pk)
    return _resource_page(request, resource, form, HTTPStatus.BAD_REQUEST)


def _resource_page(
    request: HttpRequest, resource: Resource, form: ResourceForm, status: int = 200, part_form: PartForm | None = None
) -> HttpResponse:
    own = Resource.objects.filter(pk=resource.pk)
    context: dict[str, Any] = {
        "place": resource,
        "venue": resource.venue,
        "form": form,
        "part_form": part_form or PartForm(initial={"capacity": max(1, resource.capacity // 2)}),
        "ahead": bookings_ahead(own),
        "tree": _tree(resource),
        "can_have_parts": resource.units == 1,
        "can_go": True,
        "has_price": Rate.objects.filter(resource=resource).exists(),
    }
    return render(request, "desk/places/settings.html", context, status=status)


def _tree(resource: Resource) -> list[tuple[int, Resource]]:
    """The whole that a resource belongs to, with all parts and how deep they lie."""
    top = resource
    while top.parent is not None:
        top = top.parent
    everything = list(Resource.objects.filter(venue=resource.venue_id, stock_of=None).exclude(parent=None))
    found: list[tuple[int, Resource]] = []

    def add(one: Resource, depth: int) -> None:
        found.append((depth, one))
        for part in everything:
            if part.parent_id == one.pk:
                add(part, depth + 1)

    add(top, 0)
    return found if len(found) > 1 else []


@staff_only
@require_POST
def add_part(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Divide it: a part that takes its times and payment from the whole."""
    whole = resource_of(request, resource_id)
    form = PartForm(request.POST)
    if form.is_valid():
        like = rows.shown(request, api.ResourceSettingsView(), whole)
        kept = {name: like[name] for name in KEPT_OF_THE_WHOLE}
        fixed = {**kept, "venue": whole.venue_id, "part_of": whole.pk}
        part = rows.write(request, api.ResourcesView(), form, None, **fixed)
        if part is not None:
            premises.price_like(part, whole)
            messages.success(request, _("%(name)s is a part of it now.") % {"name": part.name})
            return redirect("desk-resource-settings", whole.pk)
    shown = ResourceForm(initial=rows.shown(request, api.ResourceSettingsView(), whole), venue=whole.venue)
    return _resource_page(request, whole, shown, HTTPStatus.BAD_REQUEST, form)


KEPT_OF_THE_WHOLE = (
    "kind", "grid_minutes", "min_minutes", "max_minutes", "buffer_before_minutes", "buffer_after_minutes",
    "lead_minutes", "horizon_days", "pays_online", "pays_on_site", "is_outdoor", "needs_approval", "minimum", "vat",
    "deposit_percent", "deposit", "balance_days_before", "cancellation_policy",
)  # fmt: skip


@staff_only
@require_POST
def remove_venue(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Take a venue away that has nothing in it."""
    venue = venue_of(request, venue_id)
    check_owner(request.user)
    return _removed(request, venue, rows.remove(request, api.VenueSettingsView(), venue.pk), "desk-venue-settings")


@staff_only
@require_POST
def remove_resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Take a resource away that nobody ever booked."""
    resource = resource_of(request, resource_id)
    refusal = rows.remove(request, api.ResourceSettingsView(), resource.pk)
    return _removed(request, resource, refusal, "desk-resource-settings")


def _removed(request: HttpRequest, place: Venue | Resource, refusal: str, back: str) -> HttpResponse:
    if refusal:
        instead = _("Take it from sale instead: untick “On offer”.")
        messages.error(request, f"{refusal} {instead}")
        return redirect(back, place.pk)
    messages.success(request, _("%(name)s is gone.") % {"name": place.name})
    return redirect("desk-venues")
