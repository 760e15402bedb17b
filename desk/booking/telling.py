"""Mailing a customer once more what holds."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings import lifecycle
from bookings.notices import again
from bookings.records import Actor
from desk.booking import found
from desk.callers import staff
from kernel.errors import Refused


@staff_only
@require_POST
def resend(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The confirmation, or whatever says how it stands, once more."""
    booking = found.run(request.user, booking_id)
    try:
        notice = again.tell(booking)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("It goes to %(address)s once more.") % {"address": notice.to})
    return redirect("desk-booking", booking.pk)


@staff_only
@require_POST
def extend(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Keep the time of a hold for longer: a quarter of an hour from now, half an hour in all."""
    booking = found.run(request.user, booking_id)
    try:
        lifecycle.extend_hold(booking, Actor.of(staff(request)))
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("The time is kept for longer."))
    return redirect("desk-booking", booking.pk)
