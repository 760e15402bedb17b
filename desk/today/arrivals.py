"""The page that lets people in: a code is read or typed, and it says at once who that is and what is wrong, if so."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import visits
from bookings.access import bookings_for_staff, check_desk
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import State
from desk.today import onward
from desk.today.rows import Row, row_of
from desk.today.scope import Scope, scope_of
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone

LONGEST = 200


@dataclass(frozen=True)
class Arrival:
    """Who it is. `trouble` says what is wrong, empty where they are in; `can_force`: they may come in all the same."""

    row: Row
    trouble: str
    can_force: bool

    @property
    def is_in(self) -> bool:
        """Whether they were let in by this."""
        return not self.trouble


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest) -> HttpResponse:
    """A field for the code, which a scanner types into too, and a camera; the answer stands above it."""
    check_desk(request.user)
    scope = scope_of(request, database_now())
    if scope is None:
        return render(request, "desk/nothing.html")
    if request.method != "POST":
        return _shown(request, scope, None, "", 200)
    read = request.POST.get("code", "")[:LONGEST].replace("\x00", "").strip()
    try:
        booking = _found(request, read)
    except Refused as refusal:
        return _shown(request, scope, None, refusal.detail, HTTPStatus.BAD_REQUEST)
    arrival = _let_in(request, scope, booking)
    return _shown(request, scope, arrival, "", 200 if arrival.is_in else HTTPStatus.CONFLICT)


def _found(request: HttpRequest, read: str) -> Booking:
    """The booking of a ticket, or of a reference code, at a venue that somebody sees; `Refused` where there is none."""
    if not read:
        raise Refused("code_required", _("Scan a ticket, or type the code of a booking."))
    rows = bookings_for_staff(request.user).select_related("resource__venue")
    if ":" in read:
        found = rows.filter(pk=visits.booking_of(read)).first()
    else:
        found = rows.filter(reference_code=read.upper().replace(" ", "")).first()
    if found is None:
        raise Refused("not_found", _("There is no booking with this code here."))
    return found


def _let_in(request: HttpRequest, scope: Scope, booking: Booking) -> Arrival:
    """Let them in where nothing is wrong; somebody may say that the other venue is all right."""
    actor = onward.actor(request)
    trouble = _trouble(booking, scope)
    elsewhere = _elsewhere(booking, scope)
    if not trouble and elsewhere and "anyway" not in request.POST:
        return Arrival(_row(booking, scope, actor), elsewhere, can_force=True)
    if not trouble:
        try:
            booking = visits.check_in(booking, actor)
        except Refused as refusal:
            trouble = refusal.detail
    return Arrival(_row(booking, scope, actor), trouble, can_force=False)


def _row(booking: Booking, scope: Scope, actor: Actor) -> Row:
    return row_of(booking, scope.now, actor, booking.resource.venue_id in scope.runs)


def _elsewhere(booking: Booking, scope: Scope) -> str:
    venue = booking.resource.venue
    if scope.venue is None or venue.pk == scope.venue.pk:
        return ""
    return _("This booking is at %(venue)s, not at %(here)s.") % {"venue": venue.name, "here": scope.venue.name}


def _trouble(booking: Booking, scope: Scope) -> str:
    """What is wrong, in words for the door; empty where nothing is."""
    here, now = zone(booking.time_zone), scope.now
    words = {"day": speech.day(booking.start, here), "time": speech.clock(booking.start, here)}
    match booking.state:
        case State.CANCELLED:
            return _("This booking was cancelled.")
        case State.EXPIRED:
            return _("This booking was never finished.")
        case State.HELD | State.PENDING:
            return _("This booking is not confirmed yet.")
        case State.NO_SHOW:
            return _("This booking was marked as a no-show.")
    if booking.checked_in_at:
        return _("They are in already, since %(time)s.") % {"time": speech.clock(booking.checked_in_at, here)}
    if booking.start.astimezone(here).date() != now.astimezone(here).date() and not booking.start <= now < booking.end:
        return _("This booking is for another day: %(day)s, %(time)s.") % words
    if booking.end <= now:
        return _("This booking is over. It began at %(time)s.") % words
    if now < booking.start - visits.DOORS_OPEN:
        opens = speech.clock(booking.start - visits.DOORS_OPEN, here)
        return _("It is too early: they can come in from %(opens)s.") % {"opens": opens}
    return ""


def _shown(request: HttpRequest, scope: Scope, arrival: Arrival | None, unread: str, status: int) -> HttpResponse:
    context = {"scope": scope, "arrival": arrival, "unread": unread, "code": request.POST.get("code", "")[:LONGEST]}
    # A part of a page is shown whatever it says: what is refused with another status, page.js sends once more.
    is_part = "HX-Request" in request.headers
    return render(request, "desk/today/check_in.html", context, status=200 if is_part else status)
