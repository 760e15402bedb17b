"""Where somebody goes on after an act at the desk: back to the page that they acted on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from bookings.models import Booking
from bookings.records import Actor
from desk.callers import staff
from tenants.zones import zone

FIELD = "back"


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page of the desk that the form names, else to the one that is meant."""
    to = request.POST.get(FIELD, "")
    is_ours = to.startswith(reverse("desk")) and url_has_allowed_host_and_scheme(to, {request.get_host()})
    return redirect(to if is_ours else otherwise)


def day_of(booking: Booking) -> str:
    """The day of a booking at its venue."""
    day = booking.start.astimezone(zone(booking.time_zone)).date()
    return f"{reverse('desk')}?venue={booking.resource.venue.slug}&day={day.isoformat()}"


def actor(request: HttpRequest) -> Actor:
    """As whom they act."""
    return Actor.of(staff(request))
