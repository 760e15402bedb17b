"""The front desk: a venue's day, the verbs on bookings, and taking time out."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings import cancelling, closures, lifecycle, visits
from bookings.access import booking_run_by
from bookings.cancelling import Cancellation
from bookings.forms import FIRST_YEAR, LAST_YEAR, BlockOutForm, StaffCancelForm
from bookings.models import Booking
from bookings.records import Actor
from desk.today.resources import DeskDay
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import closures_run_by, venue_run_by, venues_run_by, venues_seen_by
from venues.models import Venue

CONFLICT = 409


@staff_only
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The day of a venue; today and the first venue where none is asked for."""
    venues = list(venues_seen_by(request.user))
    asked = request.GET.get("venue")
    venue = next((venue for venue in venues if asked in {None, venue.slug}), None)
    if venue is None and asked:
        raise Http404
    if venue is None:
        return render(request, "desk/nothing.html")
    return _page(request, venue, _date(request.GET.get("day", "")))


@staff_only
@require_POST
def confirm(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Accept a booking, paid or not."""
    return _act(request, booking_id, lifecycle.confirm, _("%(code)s is confirmed."))


@staff_only
@require_POST
def no_show(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Note that nobody came."""
    return _act(request, booking_id, visits.mark_no_show, _("%(code)s is marked as a no-show."))


@staff_only
@require_POST
def cancel(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Cancel in the venue's name."""
    form = StaffCancelForm(request.POST)
    cancellation = form.cancellation if form.is_valid() else Cancellation()

    def act(booking: Booking, actor: Actor) -> Booking:
        return cancelling.cancel(booking, actor, cancellation)

    return _act(request, booking_id, act, _("%(code)s is cancelled."))


@staff_only
@require_POST
def block_out(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Take days or hours out; where bookings stand in the way, list them and change nothing."""
    venue = venue_run_by(request.user, venue_id)
    form = BlockOutForm(venue, request.POST)
    if not form.is_valid():
        return _page(request, venue, form.cleaned_data.get("first_day"), form=form, status=400)
    resource = form.cleaned_data["resource"]
    wanted = closures.ClosureRequest(
        venue=venue,
        period=form.cleaned_data["period"],
        resource_id=resource.pk if resource else None,
        reason=form.cleaned_data["reason"],
        user=_staff(request),
        is_public=form.cleaned_data["is_public"],
    )
    try:
        closures.block_out(wanted)
    except Refused as refusal:
        if refusal.code != "closure_conflicts":
            raise
        first_day = form.cleaned_data["first_day"]
        return _page(request, venue, first_day, form=form, conflicts=_conflicts(refusal), status=CONFLICT)
    messages.success(request, _("The time is blocked out."))
    return _to_day(venue, form.cleaned_data["first_day"])


@staff_only
@require_POST
def reopen(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Take a closure back."""
    closure = get_object_or_404(closures_run_by(request.user).select_related("venue"), pk=closure_id)
    closures.reopen(closure)
    messages.success(request, _("The time is open again."))
    return _to_day(closure.venue, _date(request.POST.get("day", "")))


def _act(request: HttpRequest, booking_id: UUID, verb: Callable[[Booking, Actor], Booking], done: str) -> HttpResponse:
    booking = booking_run_by(request.user, booking_id)
    try:
        verb(booking, Actor.of(_staff(request)))
    except Refused as refusal:
        messages.error(request, f"{booking.reference_code}: {refusal.detail}")
    else:
        messages.success(request, done % {"code": booking.reference_code})
    return _to_day(booking.resource.venue, booking.start.astimezone(zone(booking.time_zone)).date())


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(
    request: HttpRequest,
    venue: Venue,
    day: date | None,
    form: BlockOutForm | None = None,
    conflicts: list[Booking] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = database_now()
    shown = day or now.astimezone(zone(venue.time_zone)).date()
    runs = venues_run_by(request.user).filter(pk=venue.pk).exists()
    context = {
        "venues": venues_seen_by(request.user),
        "venue": venue,
        "desk": DeskDay(request.user, venue, shown, now, runs),
        "form": form or BlockOutForm(venue, initial={"first_day": shown, "last_day": shown}),
        "cancel_form": StaffCancelForm(),
        "conflicts": conflicts or [],
    }
    return render(request, "desk/today/day.html", context, status=status)


def _conflicts(refusal: Refused) -> list[Booking]:
    listed = refusal.extra["bookings"]
    assert isinstance(listed, list)
    rows = Booking.objects.filter(pk__in=[entry["id"] for entry in listed])
    return list(rows.select_related("resource"))


def _to_day(venue: Venue, day: date | None) -> HttpResponse:
    query = f"?venue={venue.slug}" + (f"&day={day.isoformat()}" if day else "")
    return redirect(reverse("desk") + query)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
