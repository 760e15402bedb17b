"""A customer cancels a booking: exactly what comes back is shown first, and it is cancelled only as shown."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.forms import CancelForm
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason, State
from bookings.views.consent import actor_of, back_of
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from tenants import speech

CONFLICT = 409


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def cancel(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Ask once, then cancel. A second cancel shows the first one's result."""
    booking, now = booking_of(request, booking_id, token), database_now()
    actor = actor_of(request, booking)
    if not cancelling.can_cancel(booking, actor, now):
        if booking.state != State.CANCELLED:
            messages.info(request, _("This booking can no longer be cancelled."))
        return redirect(path_of("booking", booking.pk, token))
    form = CancelForm(request.POST if request.method == "POST" else None)
    has_changed = False
    if form.is_bound and form.is_valid():
        # A page that nobody was shown agrees to nothing.
        why = _as_shown(form.cancellation, request.POST.get("shown", "") or "?")
        try:
            cancelling.cancel(booking, actor, why)
        except Conflict:
            has_changed = True
        except Refused:
            return redirect(path_of("booking", booking.pk, token))
        else:
            return redirect(path_of("booking", booking.pk, token))
    context = {
        "booking": booking,
        "resource": booking.resource,
        "venue": booking.resource.venue,
        "form": form,
        "token": token,
        "has_changed": has_changed,
        "foretold": _foretold(booking, actor, _reason(form), database_now()),
    }
    status = CONFLICT if has_changed else 400 if form.errors else 200
    return render(request, "bookings/cancel.html", context, status=status)


def _as_shown(why: Cancellation, shown: str) -> Cancellation:
    return Cancellation(why.reason, why.notes, shown=shown)


def _reason(form: CancelForm) -> CancelReason:
    return form.cancellation.reason if form.is_bound and form.is_valid() else CancelReason.USER_REQUEST


def _foretold(booking: Booking, actor: Actor, reason: CancelReason, now: datetime) -> dict[str, object]:
    """What comes back and what it costs, in words; empty where it is nothing."""
    told = cancelling.foretold(booking, actor, Cancellation(reason), now)
    done = told.settlement

    def words(minor: int) -> str:
        return speech.money(minor, booking.currency) if minor else ""

    return {
        "figures": done.figures,
        "fee": words(done.fee_minor),
        "refund": words(done.refund_minor),
        "back": back_of(booking, done.refund_minor),
        "credit": words(done.credit_back_minor),
        "owed": words(done.owed_minor),
        "hours": speech.hours(told.minutes_back) if told.minutes_back else "",
        "hours_lost": done.hours_kept,
        "deposit": words(booking.deposit_minor) if done.fee_minor else "",
        "free_until": told.free_until,
    }
