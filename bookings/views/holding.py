"""The time that a hold has left: what the countdown shows, a little more of it, and what comes after its end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import open_to_all
from bookings import lifecycle
from bookings.access import link_token
from bookings.models import Booking
from bookings.states import PaymentState, State
from bookings.views.browser import holder_of, new_holder
from bookings.views.choice import Choice
from bookings.views.consent import actor_of
from bookings.views.held import held_by
from bookings.views.links import BY_LINK, booking_of, by_link, is_embedded, path_of
from bookings.views.owing import can_be_booked, refunds_of
from bookings.views.own import shown
from bookings.views.timetable import timetable
from bookings.views.words import state_at
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import public_resources

GONE = 410
NEAREST = 4
WORTHWHILE = timedelta(minutes=3)
"""Less than this is not offered as more time."""
PAGES = {"details": "booking-details", "pay": "booking-pay"}
"""From which more time is asked for, and to which it leads back."""


def time_left(booking: Booking, now: datetime) -> dict[str, object]:
    """What the countdown of a hold needs; `booking` is held."""
    return {
        "seconds_left": seconds_left(booking, now),
        "minutes_left": max(1, seconds_left(booking, now) // 60),
        "can_have_more": can_have_more(booking),
        "texts": _countdown_texts(),
    }


def seconds_left(booking: Booking, now: datetime) -> int:
    """Whole seconds until a hold is over; 0 for what is not held any more."""
    until = booking.hold_expires_at
    if booking.state != State.HELD or until is None:
        return 0
    return max(0, int((until - now).total_seconds()))


def can_have_more(booking: Booking) -> bool:
    """Whether a hold may last longer than it does, by more than a moment."""
    until = booking.hold_expires_at
    longest = booking.created_at + lifecycle.LONGEST_HOLD
    return booking.state == State.HELD and until is not None and longest - until >= WORTHWHILE


def _countdown_texts() -> dict[str, str]:
    # `#` stands for the number, which the script fills in.
    return {
        "minutes": _("# minutes left"),
        "minute": _("Less than a minute left"),
        "over": _("The time is over. Please choose again."),
        "more": _("You have more time now: # minutes."),
    }


@open_to_all(BY_LINK)
@never_cache
@require_safe
@by_link
def left(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """For the countdown: how things stand by the server's clock, after the device slept or somebody came back."""
    booking, now = booking_of(request, booking_id, token), database_now()
    return JsonResponse({"state": state_at(booking, now), **_standing(booking, now)})


def _standing(booking: Booking, now: datetime) -> dict[str, object]:
    seconds = seconds_left(booking, now)
    return {"seconds": seconds, "more": seconds > 0 and can_have_more(booking)}


@open_to_all(BY_LINK)
@never_cache
@require_POST
@by_link
def more_time(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """ "Still there?" Answered with JSON to the script, else with the page that asked."""
    booking = booking_of(request, booking_id, token)
    wants_json = "application/json" in request.headers.get("Accept", "")
    told = extended(request, booking)
    booking, now = booking_of(request, booking_id, token), database_now()
    if wants_json:
        return JsonResponse({"state": state_at(booking, now), "detail": told, **_standing(booking, now)})
    messages.info(request, told)
    return redirect(path_of(PAGES.get(request.POST.get("page", ""), "booking-details"), booking_id, token))


def extended(request: HttpRequest, booking: Booking) -> str:
    """Keep the slot longer where that is possible; a sentence that says what came of it."""
    try:
        lifecycle.extend_hold(booking, actor_of(request, booking))
    except Refused as refusal:
        return refusal.detail
    return _("You have more time now.")


def over(request: HttpRequest, booking: Booking, token: str, now: datetime) -> HttpResponse:
    """The hold has lapsed: what now? Who waits for a bank goes on waiting; who paid too late reads about the money."""
    returns = refunds_of(booking)
    if returns.coming_minor or returns.done_minor:
        return redirect(path_of("booking", booking.pk, token))
    if booking.payment_state == PaymentState.PROCESSING:
        return redirect(path_of("booking-paid", booking.pk, token))
    found = _alternatives(request, booking, now)
    if found.get("is_same"):
        return redirect(str(found["kept_at"]))  # it was made anew in the name of whoever signed in
    context = {**shown(booking, now), "token": token, **found}
    return render(request, "bookings/over.html", context, status=GONE)


def _alternatives(request: HttpRequest, booking: Booking, now: datetime) -> dict[str, object]:
    """Whether the time is free still, what is near it, and what the visitor keeps instead; seven queries.

    Own holds are in nobody's own way: one that is made from here replaces them. Nothing where nothing can be booked.
    """
    query = {
        "minutes": str(int((booking.end - booking.start) / timedelta(minutes=1))),
        "people": str(booking.participants),
        "day": booking.start.astimezone(zone(booking.time_zone)).date().isoformat(),
    }
    holder = holder_of(request) or new_holder()
    own = held_by(request)
    kept = _kept(request, own.holds, booking)
    offered = public_resources().filter(pk=booking.resource_id).first()
    if offered is None or not can_be_booked(offered):
        return {"holder": holder, "is_free": False, "nearest": [], "can_book": False, **kept}
    table = timetable(offered, Choice.read(query, offered), own, request.user.pk)
    is_free = any(slot.start == booking.start and slot.reason is None for slot in table.slots)
    close = table.around(booking.start).nearest(booking.start, NEAREST + 1 if is_free else NEAREST)
    nearest = [slot for slot in close if slot.start != booking.start]
    return {
        "holder": holder,
        "is_free": is_free,
        "nearest": nearest,
        "can_book": True,
        "table": table,
        **kept,
    }


def _kept(request: HttpRequest, own: Sequence[Booking], booking: Booking) -> dict[str, object]:
    """What the visitor holds meanwhile, where it is finished, and whether it is the very same; nothing for none."""
    if not own:
        return {}
    token = link_token(own[0]) if is_embedded(request) else ""
    slot = ("resource_id", "start", "end")
    is_same = all(getattr(own[0], name) == getattr(booking, name) for name in slot)
    return {"kept": own[0], "kept_at": path_of("booking-details", own[0].pk, token), "is_same": is_same}
