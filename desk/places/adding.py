"""New venues, and new resources by template."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.forms import DressedForm
from bookings.api.manage import places as api
from bookings.views.amounts import MoneyField
from desk.places import rows, templates
from desk.places.doors import venue_of
from desk.places.forms import NewVenueForm
from desk.places.rows import CheckField, amount_label
from desk.places.templates import BY_CODE, TEMPLATES, Making, Template
from kernel.errors import Refused
from kernel.money import round_sum
from schemas.current import current_tenant
from venues.access import check_owner
from venues.models import Rate, Venue


class TemplateForm(DressedForm):
    """Names, and a price to begin with."""

    names = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=2000,
        help_text=gettext_lazy("Several at once: “Court 1-6”, or names with commas between."),
    )
    price = MoneyField(
        label=gettext_lazy("Price"),
        required=False,
        help_text=gettext_lazy("A suggestion. Without a price nobody can book it yet; finer prices come later."),
    )
    pays_online = CheckField(label=gettext_lazy("Can be paid online"))

    def __init__(self, template: Template, venue: Venue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template, self.venue = template, venue
        self.fields["names"].initial = template.name
        price: Any = self.fields["price"]
        price.in_(venue.currency)
        price.initial = round_sum(template.price, venue.currency)
        price.label = amount_label(_("Price"), f"{venue.currency} {Rate.Unit(template.unit).label}")

    def clean_names(self) -> list[str]:
        """Each name."""
        try:
            return templates.names_of(self.cleaned_data["names"])
        except Refused as refusal:
            raise forms.ValidationError(refusal.detail) from refusal


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_venue(request: HttpRequest) -> HttpResponse:
    """A venue that there was not; the owner."""
    check_owner(request.user)
    tenant = current_tenant()
    form = NewVenueForm(
        request.POST if request.method == "POST" else None,
        zone=tenant.time_zone,
        currency=tenant.currency,
        initial={"with_hours": True},
    )
    if request.method == "POST" and form.is_valid():
        venue = rows.write(request, api.VenuesView(), form, None)
        if venue is not None:
            if form.cleaned_data["with_hours"]:
                templates.open_daily(venue)
            messages.success(request, _("%(name)s is there. What can be booked there?") % {"name": venue.name})
            return redirect("desk-resource-new", venue.pk)
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/new_venue.html", {"form": form}, status=status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_resource(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Choose a template, then say names and a price."""
    venue = venue_of(request, venue_id)
    template = BY_CODE.get(request.POST.get("template") or request.GET.get("template", ""))
    if template is None:
        return render(request, "desk/places/new_resource.html", {"venue": venue, "templates": TEMPLATES})
    form = TemplateForm(template, venue, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        names, price = form.cleaned_data["names"], form.cleaned_data["price"]
        try:
            made = templates.make(Making(template, venue, names, price, form.cleaned_data["pays_online"]))
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            listed = ", ".join(resource.name for resource in made)
            messages.success(
                request,
                _("%(names)s can be booked now.") % {"names": listed}
                if price is not None
                else _("%(names)s are there. Give them a price, and they can be booked.") % {"names": listed},
            )
            return redirect("desk-resource-settings", made[0].pk) if len(made) == 1 else redirect("desk-venues")
    context = {"venue": venue, "template": template, "form": form}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/new_resource.html", context, status=status)
