"""What the desk does about one booking on the day: yes or no, here or not, and taking that back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings import cancelling, lifecycle, visits
from bookings.models import Booking
from bookings.records import Actor
from desk.booking import found
from desk.today import onward
from kernel.errors import Refused


@staff_only
@require_POST
def confirm(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Accept a booking, paid or not."""
    return _act(request, booking_id, lifecycle.confirm, _("%(code)s is confirmed."))


@staff_only
@require_POST
def decline(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Say no to a request: it costs nothing."""

    def act(booking: Booking, actor: Actor) -> Booking:
        return cancelling.decline(booking, actor, request.POST.get("notes", "")[:2000].replace("\x00", ""))

    return _act(request, booking_id, act, _("%(code)s is declined."))


@staff_only
@require_POST
def check_in(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """They are here."""
    return _act(request, booking_id, visits.check_in, _("%(code)s is here."))


@staff_only
@require_POST
def undo_check_in(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """It was somebody else."""
    return _act(request, booking_id, visits.undo_check_in, _("%(code)s is not here after all."))


@staff_only
@require_POST
def no_show(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Note that nobody came."""
    return _act(request, booking_id, visits.mark_no_show, _("%(code)s is marked as a no-show."))


@staff_only
@require_POST
def undo_no_show(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """They did come."""
    return _act(request, booking_id, visits.undo_no_show, _("%(code)s is no no-show any more."))


def _act(request: HttpRequest, booking_id: UUID, verb: Callable[[Booking, Actor], object], done: str) -> HttpResponse:
    booking = found.run(request.user, booking_id)
    try:
        verb(booking, onward.actor(request))
    except Refused as refusal:
        messages.error(request, f"{booking.reference_code}: {refusal.detail}")
    else:
        messages.success(request, done % {"code": booking.reference_code})
    return onward.back(request, onward.day_of(booking))
