"""Taking days or hours out, and opening them again."""

from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings import closures
from bookings.forms import BlockOutForm
from bookings.models import Booking
from desk.callers import staff
from desk.today import onward
from desk.today.day import Refusal, page
from desk.today.scope import date_of, scope_at
from kernel.errors import Refused
from schemas.clock import database_now
from venues.access import closures_run_by, venue_run_by
from venues.models import Venue


@staff_only
@require_POST
def block_out(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Take days or hours out; where bookings stand in the way, list them and change nothing."""
    venue = venue_run_by(request.user, venue_id)
    form = BlockOutForm(venue, request.POST)
    if not form.is_valid():
        return _again(request, venue, Refusal(form, [], HTTPStatus.BAD_REQUEST))
    resource = form.cleaned_data["resource"]
    wanted = closures.ClosureRequest(
        venue=venue,
        period=form.cleaned_data["period"],
        resource_id=resource.pk if resource else None,
        reason=form.cleaned_data["reason"],
        user=staff(request),
        is_public=form.cleaned_data["is_public"],
    )
    try:
        closures.block_out(wanted)
    except Refused as refusal:
        if refusal.code != "closure_conflicts":
            raise
        return _again(request, venue, Refusal(form, _conflicts(refusal), HTTPStatus.CONFLICT))
    messages.success(request, _("The time is blocked out."))
    return onward.back(request, _day(venue, form.cleaned_data["first_day"]))


@staff_only
@require_POST
def reopen(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Take a closure back."""
    closure = get_object_or_404(closures_run_by(request.user).select_related("venue"), pk=closure_id)
    closures.reopen(closure)
    messages.success(request, _("The time is open again."))
    return onward.back(request, _day(closure.venue, date_of(request.POST.get("day", ""))))


def _again(request: HttpRequest, venue: Venue, refusal: Refusal) -> HttpResponse:
    day = refusal.form.cleaned_data.get("first_day")
    return page(request, scope_at(request, venue, day, database_now()), refusal)


def _conflicts(refusal: Refused) -> list[Booking]:
    listed = refusal.extra["bookings"]
    assert isinstance(listed, list)
    rows = Booking.objects.filter(pk__in=[entry["id"] for entry in listed])
    return list(rows.select_related("resource"))


def _day(venue: Venue, day: date | None) -> str:
    return f"{reverse('desk')}?venue={venue.slug}" + (f"&day={day.isoformat()}" if day else "")
