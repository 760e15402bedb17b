"""Moving, extending and shortening a booking: shown with all of its consequences first, and done as it was shown."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import User
from bookings import changes, overrides, versions
from bookings.access import bookings_for_staff
from bookings.agreed import Change
from bookings.models import Booking, BookingLine
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import Actor
from bookings.views.consent import Told, as_shown, told
from bookings.views.settled import money_of
from bookings.views.words import words_for
from desk.calendar import undoing
from desk.calendar.entries import can_move
from desk.calendar.forms import MoveForm
from desk.calendar.parts import done, is_hint, is_part, shown
from desk.calendar.spoken import is_told, span_of
from desk.callers import staff
from kernel.errors import Away, Busy, Outdated, Refused
from rest.errors import status_of
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import venues_run_by

ASKED_BY = ("resource", "day", "time", "minutes", "until", "later", "keep_price", "because")
LONGEST_VERSION = 64
LOOKED_AT_AGAIN = frozenset({"price_changed", "changed_meanwhile", "reason_required"})
"""Refusals after which the preview is shown as it is now."""


@dataclass(frozen=True)
class Outcome:
    """What a change would come to: what it does, or why it cannot be; `rule` is one that staff may set aside."""

    told: Told | None = None
    refusal: Refused | None = None

    @property
    def rule(self) -> str:
        """The code of the rule that is in the way, where there is one that may be set aside."""
        code = self.refusal.code if self.refusal else ""
        return code if code in {str(reason) for reason in STAFF_MAY_OVERRULE} else ""


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A booking in the calendar. A GET with another place shows what moving there would do, a POST does it."""
    found = _booking(request, booking_id)
    now = database_now()
    runs = venues_run_by(request.user).filter(pk=found.resource.venue_id).exists()
    if request.method == "POST":
        if not runs:
            raise Http404
        return _moved(request, found)
    form = settled(found, _asked(request, found))
    outcome = None
    if runs and form.is_valid() and form.is_other:
        outcome = look(found, form, staff(request), request.GET.get("version", ""))
    if is_hint(request):
        return _hinted(found, form, outcome)
    return _page(request, found, form, outcome, runs and can_move(found, now))


def _hinted(found: Booking, form: MoveForm, outcome: Outcome | None) -> JsonResponse:
    """In one line what dropping it there would come to."""
    if outcome is None or outcome.told is None:
        wrong = [str(error) for errors in form.errors.values() for error in errors]
        refused = outcome.refusal.detail if outcome and outcome.refusal else " ".join(wrong)
        return JsonResponse({"fits": not refused, "says": refused})
    told, after = outcome.told, outcome.told.after
    said = [after.resource.name, span_of(after.start, after.end, after), told.new_total]
    if told.dearer:
        said.append(_("%(amount)s more") % {"amount": told.dearer})
    if told.cheaper:
        said.append(_("%(amount)s less") % {"amount": told.cheaper})
    return JsonResponse({"fits": True, "says": " · ".join(said)})


def _booking(request: HttpRequest, booking_id: UUID) -> Booking:
    """One of the caller's venues'; 404 for every other."""
    rows = bookings_for_staff(request.user).select_related("resource__venue", "customer")
    found = rows.filter(pk=booking_id).first()
    if found is None:
        raise Http404
    return found


def _asked(request: HttpRequest, found: Booking) -> dict[str, Any]:
    """The booking as it is, with what the address says in its place."""
    query = request.GET
    own: dict[str, Any] = MoveForm.own(found)
    if "day" in query or "time" in query:
        own["later"] = ""
    if has_agreed_price(found) and "day" not in query:
        own["keep_price"] = "on"
    own |= {name: query[name] for name in ASKED_BY if name in query}
    return {**own, "overrule": query.getlist("overrule")}


def settled(found: Booking, data: dict[str, Any]) -> MoveForm:
    """The form of what is asked for; where something was dragged to an end, with the length that comes to."""
    form = MoveForm(found, data)
    if not form.is_valid() or not form.cleaned_data["until"]:
        return form
    again = MoveForm(found, {**data, "until": "", "minutes": form.cleaned_data["period"].minutes})
    again.is_valid()
    return again


def has_agreed_price(found: Booking) -> bool:
    """Whether staff agreed on its price with the customer."""
    return found.lines.filter(kind=BookingLine.Kind.AGREED).exists()


def look(found: Booking, form: MoveForm, user: User, seen: str) -> Outcome:
    """What a valid form would do to a booking at this moment. Changes nothing."""
    actor = Actor.of(user)
    found.seen = frozenset({seen}) if seen else None
    try:
        return Outcome(told(found, changes.preview(found, change_of(found, form), actor), actor, database_now()))
    except Refused as refusal:
        return Outcome(refusal=refusal)


def change_of(found: Booking, form: MoveForm) -> Change:
    """What a valid form asks for. A place that stays is not named: what a booking has already stays granted."""
    given = form.cleaned_data
    return Change(
        start=given["period"].start,
        end=given["period"].end,
        resource_id=given["resource"].pk,
        agreed_minor=found.total_minor if given["keep_price"] else None,
        overrules=form.rules,
        overruled_because=given["because"],
    )


def _moved(request: HttpRequest, found: Booking) -> HttpResponse:
    form = MoveForm(found, request.POST)
    version = request.POST.get("version", "")[:LONGEST_VERSION]
    if not form.is_valid():
        return _page(request, found, form, None, may=True, status=HTTPStatus.BAD_REQUEST)
    before = undoing.token_of(found, agreed=has_agreed_price(found))
    found.seen = frozenset({version})
    actor = Actor.of(staff(request))
    try:
        overrides.check_says_why(form.rules, form.cleaned_data["because"])
        made = as_shown(found, change_of(found, form), actor, request.POST.get("shown", ""))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        fresh = _booking(request, found.pk)
        if isinstance(refusal, Outdated) or refusal.code in LOOKED_AT_AGAIN:
            again = MoveForm(fresh, request.POST)
            again.is_valid()
            outcome = Outcome(look(fresh, again, staff(request), "").told, refusal)
        else:
            outcome = Outcome(refusal=refusal)
        return _page(request, fresh, form, outcome, may=True, status=status_of(refusal))
    return _told_of(request, made.booking, undoing.sealed(before, made.booking.revision))


def _told_of(request: HttpRequest, moved: Booking, token: str) -> HttpResponse:
    said = _("%(code)s is now at %(when)s, %(place)s.") % {
        "code": moved.reference_code,
        "when": span_of(moved.start, moved.end, moved),
        "place": moved.resource.name,
    }
    if is_part(request):
        return done(said=said, undo=token)
    messages.success(request, said)
    undoing.remember(request, token)
    return redirect(_day_of(moved))


def _day_of(found: Booking) -> str:
    day = found.start.astimezone(zone(found.time_zone)).date()
    return f"{reverse('desk-calendar')}?venue={found.resource.venue.slug}&day={day.isoformat()}"


def _page(
    request: HttpRequest, found: Booking, form: MoveForm, outcome: Outcome | None, may: bool, status: int = 200
) -> HttpResponse:
    now = database_now()
    after = outcome.told.after if outcome and outcome.told else None
    context = {
        "booking": found,
        "venue": found.resource.venue,
        "words": words_for(found, now),
        "money": money_of(found),
        "when": span_of(found.start, found.end, found),
        "version": versions.version(found, now),
        "form": form,
        "may": may,
        "outcome": outcome,
        "further": list(found.further.select_related("resource")),
        "new_when": span_of(after.start, after.end, after) if after else "",
        "after": after,
        "is_told": is_told(found) if after else "",
        "back": _day_of(found),
    }
    return shown(request, "booking", context, status)
