"""Prices of many things at once: so many per cent more from a day on, and copying them from one to others."""

from functools import reduce
from http import HTTPStatus
from operator import add

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from desk.prices.rate_forms import PlacesForm, RaiseForm
from desk.prices.sellers import Place, all_places, product_place, resource_place
from desk.prices.showing import Proposal, proposed
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech
from tenants.zones import zone
from venues.access import check_manager
from venues.repricing import Change, copied, rates_of, risen


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def change_all(request: HttpRequest) -> HttpResponse:
    """So many per cent more or less from a day on: old and new prices are shown first, then it is one transaction."""
    check_manager(request.user)
    places = all_places(request.user)
    today = database_now().astimezone(zone(current_tenant().time_zone)).date()
    every = [place.key for place in places]
    form = RaiseForm(places, today, request.POST or None, initial={"day": today, "places": every})
    if not (form.is_bound and form.is_valid()):
        status = HTTPStatus.BAD_REQUEST if form.errors else 200
        return render(request, "desk/prices/raise.html", {"form": form, "places": places}, status=status)
    percent, day, chosen = form.cleaned_data["percent"], form.cleaned_data["day"], form.chosen

    def plan() -> Change:
        rates = rates_of([place.row for place in chosen])
        return reduce(add, [risen(rates[place.row], day, percent, place.coin) for place in chosen], Change())

    sign = "+" if percent > 0 else ""
    names = {"percent": f"{sign}{speech.percent(percent)}", "day": speech.day(day, form="long")}
    proposal = Proposal(
        title=_("%(percent)s from %(day)s") % names,
        places=chosen,
        plan=plan,
        first_day=day,
        back=reverse("prices"),
        done=_("The prices are changed from %(day)s on. What is booked already stays as it was agreed.") % names,
        button=_("Change these prices"),
    )
    return proposed(request, proposal)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def copy_resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Copy the prices of a resource to others, in place of theirs."""
    check_manager(request.user)
    return _copy(request, resource_place(request.user, resource_id))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def copy_service(request: HttpRequest, product_id: int) -> HttpResponse:
    """The same of a service or an extra."""
    check_manager(request.user)
    return _copy(request, product_place(request.user, product_id))


def _copy(request: HttpRequest, source: Place) -> HttpResponse:
    known = [each for each in all_places(request.user) if each.kind == source.kind]
    targets = [each for each in known if each.key != source.key and each.currency == source.currency]
    form = PlacesForm(targets, request.POST or None)
    if not (form.is_bound and form.is_valid()):
        context = {"form": form, "place": source, "count": len(rates_of([source.row])[source.row])}
        return render(request, "desk/prices/copy.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)
    chosen = form.chosen

    def plan() -> Change:
        rates = rates_of([source.row, *(place.row for place in chosen)])
        parts = [copied(rates[source.row], place.row, rates[place.row]) for place in chosen]
        return reduce(add, parts, Change())

    count = len(chosen)
    title = ngettext("Prices of %(name)s for one other", "Prices of %(name)s for %(count)d others", count)
    proposal = Proposal(
        title=title % {"name": source.row.name, "count": count},
        places=[*chosen],
        plan=plan,
        first_day=database_now().astimezone(source.zone).date(),
        back=source.url,
        done=_("The prices are copied. What is booked already stays as it was agreed."),
        button=_("Copy these prices"),
    )
    return proposed(request, proposal)
