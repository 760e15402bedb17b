"""What a tenant offers: the home page and a venue's page."""

from collections import defaultdict
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from tenants import speech
from venues.access import public_resources, public_venue, public_venues
from venues.models import Rate, Resource
from venues.pricelists import sign_price


@open_to_all("the tenant's shop window")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All venues with what can be booked there: two queries, however much there is."""
    by_venue: dict[int, list[Resource]] = defaultdict(list)
    for resource in described(public_resources().order_by("position", "name")):
        by_venue[resource.venue_id].append(resource)
    venues = [(venue, by_venue[venue.pk]) for venue in public_venues()]
    return render(request, "bookings/home.html", {"venues": venues})


@open_to_all("the tenant's shop window")
@require_safe
def venue(request: HttpRequest, venue: str) -> HttpResponse:
    """One venue: where it is, how to reach it, what can be booked."""
    found = public_venue(venue)
    resources = described(public_resources().filter(venue=found).order_by("position", "name"))
    return render(request, "bookings/venue.html", {"venue": found, "resources": resources})


def described(resources: Iterable[Resource]) -> list[Resource]:
    """Resources with `whole` (the resource that each is a part of, if it is shown too) and `price_words`."""
    listed = list(resources)
    by_id = {resource.pk: resource for resource in listed}
    for resource in listed:
        resource.whole = by_id.get(resource.parent_id or 0)  # type: ignore[attr-defined]
        amount = speech.money(sign_price(resource).amount_minor, resource.venue.currency)
        resource.is_free = not sign_price(resource).amount_minor  # type: ignore[attr-defined]
        resource.price_words = f"{amount} {Rate.Unit(sign_price(resource).unit).label}"  # type: ignore[attr-defined]
    return listed
