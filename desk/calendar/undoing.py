"""Taking a move back: for a few minutes, as long as nobody has changed the booking since, and at the price it had."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings import changes
from bookings.access import bookings_for_staff
from bookings.agreed import Change
from bookings.models import Booking
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import Actor
from desk.calendar.parts import done, is_part
from desk.calendar.spoken import span_of
from desk.callers import staff
from kernel.errors import Away, Busy, Refused
from rest.errors import status_of
from schemas.keys import salt
from tenants import speech
from venues.access import venues_run_by

PURPOSE = "calendar-undo"
LASTS = 5 * 60
"""Seconds."""
REMEMBERED = "calendar_undo"


@dataclass(frozen=True, slots=True)
class Before:
    """Where a booking was, and what it cost."""

    booking_id: UUID
    resource_id: int
    start: datetime
    end: datetime
    total_minor: int
    agreed: bool


def token_of(booking: Booking, *, agreed: bool) -> Before:
    """The booking as it is before it is moved; `agreed` where its price was agreed on."""
    return Before(booking.pk, booking.resource_id, booking.start, booking.end, booking.total_minor, agreed)


def sealed(before: Before, revision: int) -> str:
    """What takes a move back that made this revision."""
    fields = [
        str(before.booking_id),
        before.resource_id,
        before.start.isoformat(),
        before.end.isoformat(),
        before.total_minor,
        before.agreed,
        revision,
    ]
    return signing.dumps(fields, salt=salt(PURPOSE), compress=True)


def remember(request: HttpRequest, token: str) -> None:
    """Have the next page of the calendar offer it, where there is no script to."""
    request.session[REMEMBERED] = token


def remembered(request: HttpRequest) -> str:
    """What the last page left to be taken back, once; empty where it is too late."""
    token = request.session.pop(REMEMBERED, "")
    try:
        signing.loads(token, salt=salt(PURPOSE), max_age=LASTS)
    except signing.BadSignature:
        return ""
    return str(token)


@staff_only
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Back to where it was. Where that is not possible any more, nothing changes and it says why."""
    fields = _opened(request.POST.get("undo", ""))
    if fields is None:
        return _refused(request, _("It is too late to take this back. Move it by hand."))
    rows = bookings_for_staff(request.user).filter(resource__venue__in=venues_run_by(request.user))
    booking = rows.select_related("resource__venue").filter(pk=fields[0]).first()
    if booking is None:
        raise Http404
    try:
        made = changes.carry_out(booking, _change(fields), Actor.of(staff(request)))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        said = _("This cannot be taken back.")
        return _refused(request, f"{said} {refusal.detail}", status_of(refusal))
    return _taken_back(request, made)


def _opened(token: str) -> list[Any] | None:
    try:
        found: list[Any] = signing.loads(token, salt=salt(PURPOSE), max_age=LASTS)
    except signing.BadSignature:
        return None
    return found


def _change(fields: list[Any]) -> Change:
    _booking, resource_id, start, end, total, agreed, revision = fields
    return Change(
        start=datetime.fromisoformat(start),
        end=datetime.fromisoformat(end),
        resource_id=resource_id,
        agreed_minor=total if agreed else None,
        overrules=STAFF_MAY_OVERRULE,
        expected_minor=total,
        revision=revision,
    )


def _taken_back(request: HttpRequest, made: changes.Preview) -> HttpResponse:
    booking = made.booking
    said = _("%(code)s is back at %(when)s, %(place)s.") % {
        "code": booking.reference_code,
        "when": span_of(booking.start, booking.end, booking),
        "place": booking.resource.name,
    }
    if booking.due_minor:
        open_now = {"amount": speech.money(booking.due_minor, booking.currency)}
        said += " " + _("%(amount)s are to be paid.") % open_now
    if is_part(request):
        return done(said=said)
    messages.success(request, said)
    return redirect("desk-calendar")


def _refused(request: HttpRequest, said: str, status: int = HTTPStatus.CONFLICT) -> HttpResponse:
    if is_part(request):
        return JsonResponse({"done": False, "said": said}, status=status)
    messages.error(request, said)
    return redirect(reverse("desk-calendar"))
