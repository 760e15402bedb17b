"""Taking time out from the calendar, and giving it back."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import closures
from bookings.closures import ClosureRequest
from bookings.forms import BlockOutForm
from bookings.models import Booking
from desk.calendar.parts import done, is_part, shown
from desk.callers import staff
from kernel.errors import Refused
from rest.errors import status_of
from tenants import speech
from tenants.zones import zone
from venues.access import closures_run_by, closures_seen_by, venue_run_by
from venues.models import Closure, Venue

FIELDS = ("resource", "first_day", "first_time", "last_day", "last_time", "reason", "is_public")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Take days or hours out. A GET says which bookings are in the way; where some are, a POST changes nothing."""
    venue = venue_run_by(request.user, venue_id)
    if request.method == "POST":
        return _blocked(request, venue, BlockOutForm(venue, request.POST))
    given = {name: request.GET[name] for name in FIELDS if request.GET.get(name)}
    if "first_day" not in given:
        return _page(request, venue, BlockOutForm(venue, initial=given))
    form = BlockOutForm(venue, {"last_day": given["first_day"], **given})
    return _page(request, venue, form, _in_the_way(request, venue, form) if form.is_valid() else [])


def _request(request: HttpRequest, venue: Venue, form: BlockOutForm) -> ClosureRequest:
    given: dict[str, Any] = form.cleaned_data
    return ClosureRequest(
        venue=venue,
        period=given["period"],
        resource_id=given["resource"].pk if given["resource"] else None,
        reason=given["reason"],
        user=staff(request),
        is_public=given["is_public"],
    )


def _in_the_way(request: HttpRequest, venue: Venue, form: BlockOutForm) -> list[Booking]:
    return closures.in_the_way(_request(request, venue, form))


def _blocked(request: HttpRequest, venue: Venue, form: BlockOutForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, venue, form, status=HTTPStatus.BAD_REQUEST)
    try:
        made = closures.block_out(_request(request, venue, form))
    except Refused as refusal:
        if refusal.code != "closure_conflicts":
            raise
        return _page(request, venue, form, _in_the_way(request, venue, form), status_of(refusal))
    said = _("The time is blocked out.")
    if is_part(request):
        return done(said=said)
    messages.success(request, said)
    return redirect(_day_of(made))


def _page(
    request: HttpRequest, venue: Venue, form: BlockOutForm, conflicts: list[Booking] | None = None, status: int = 200
) -> HttpResponse:
    back = f"{reverse('desk-calendar')}?venue={venue.slug}"
    context = {"venue": venue, "form": form, "conflicts": conflicts or [], "back": back}
    return shown(request, "block", context, status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def closure(request: HttpRequest, closure_id: int) -> HttpResponse:
    """A closure in the calendar; a POST takes it back."""
    rows = closures_run_by(request.user) if request.method == "POST" else closures_seen_by(request.user)
    found = rows.select_related("venue", "resource").filter(pk=closure_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        closures.reopen(found)
        said = _("The time is open again.")
        if is_part(request):
            return done(said=said)
        messages.success(request, said)
        return redirect(_day_of(found))
    context = {
        "closure": found,
        "when": _when(found.start, found.end, found),
        "may": closures_run_by(request.user).filter(pk=found.pk).exists(),
        "back": _day_of(found),
    }
    return shown(request, "closure", context)


def _when(start: datetime, end: datetime, found: Closure) -> str:
    in_zone = zone(found.venue.time_zone)
    return f"{speech.day(start, in_zone, 'EEE d MMM')}, {speech.span(start, end, in_zone)}"


def _day_of(found: Closure) -> str:
    day = found.start.astimezone(zone(found.venue.time_zone)).date()
    return f"{reverse('desk-calendar')}?venue={found.venue.slug}&day={day.isoformat()}"
