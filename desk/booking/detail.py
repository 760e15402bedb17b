"""One booking as the staff see it: where it stands, its money and documents, and the ways on from here."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings import looks, papers
from bookings.access import booking_overseen_by
from bookings.agents import client_of
from bookings.calendars import pushing
from bookings.views.owing import refunds_of
from bookings.views.own import shown
from bookings.views.settled import money_of
from desk.today.till import till_of
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import venues_run_by


@staff_only
@require_safe
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A booking of a venue that somebody looks after, in whatever state; what codes in lists and letters lead to."""
    found = booking_overseen_by(request.user, booking_id)
    looks.at_booking(request.user, found)
    runs = venues_run_by(request.user).filter(pk=found.resource.venue_id).exists()
    now = database_now()
    context = {
        **shown(found, now),
        "app": client_of(found.agent) if found.agent else None,
        "money": money_of(found),
        "day": found.start.astimezone(zone(found.time_zone)).date(),
        "papers": papers.papers_of(found),
        "returns": refunds_of(found),
        "copies": pushing.copies_of(found),
        "till": till_of(found, now) if runs else None,
        "noted": list(found.on_site_payments.select_related("taken_by")),
        "may_refund": runs and found.paid_minor > 0,
    }
    return render(request, "desk/booking/booking.html", context)
