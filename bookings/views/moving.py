"""A customer moves a booking: another time, length, place, or number of people, previewed and then confirmed."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from bookings import changes
from bookings.agreed import Change
from bookings.facts import Reason
from bookings.forms import InstantField
from bookings.models import Booking
from bookings.states import State
from bookings.views.choice import Choice, lengths
from bookings.views.consent import actor_of, as_shown, can_change, number, revision_of, told
from bookings.views.held import Held
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.owing import payable_now
from bookings.views.slots import Slot
from bookings.views.timetable import Timetable, timetable
from kernel.errors import Away, Busy, Refused, TooMany
from rest.errors import status_of
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import public_resources
from venues.models import Resource

CONFLICT = 409
MOST_PLACES = 30
REASONS = frozenset(Reason)
ANEW = frozenset({"price_changed", "changed_meanwhile"})
"""Refusals after which the preview is shown as it is now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer wants a booking to be; `start` None: they look around still."""

    place: Resource
    choice: Choice
    start: datetime | None

    def change(self) -> Change:
        """Of one with a start."""
        assert self.start is not None
        end = self.start + timedelta(minutes=self.choice.minutes)
        return Change(self.start, end, resource_id=self.place.pk, participants=self.choice.people)


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def move(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Another time, length, place or number of people. A GET with a start previews, a POST does what was previewed."""
    booking, now = booking_of(request, booking_id, token), database_now()
    if booking.state == State.HELD or not can_change(booking, now):
        return elsewhere(request, booking, token)
    sent = request.POST if request.method == "POST" else request.GET
    places = alike(booking)
    wanted = read(sent.dict(), booking, places)
    if request.method == "POST" and wanted.start is not None:
        return _confirmed(request, booking, wanted, token)
    return _page(request, booking, wanted, token, _Page(places=places))


def elsewhere(request: HttpRequest, booking: Booking, token: str) -> HttpResponse:
    """A hold is changed where it is finished; what is over or given up shows what it is."""
    if booking.state == State.HELD:
        return redirect(path_of("booking-details", booking.pk, token))
    messages.info(request, _("This booking can no longer be changed."))
    return redirect(path_of("booking", booking.pk, token))


def read(query: Mapping[str, str], booking: Booking, places: list[Resource]) -> Wanted:
    """What an address or form means; nonsense in it falls back to the booking as it is.

    Where no day is asked for, its own is shown: most people move by hours.
    """
    has_minutes = _minutes(booking)
    asked = {"minutes": str(has_minutes), "people": str(booking.participants)} | {k: v for k, v in query.items() if v}
    chosen = number(query.get("resource", ""), most=2**63 - 1)
    own = next((place for place in places if place.pk == booking.resource_id), booking.resource)
    place = next((place for place in places if place.pk == chosen), own)
    choice = Choice.read(asked, place)
    if booking.product and booking.product.duration_minutes:
        choice = replace(choice, minutes=booking.product.duration_minutes)
    elif asked["minutes"] == str(has_minutes):
        choice = replace(choice, minutes=has_minutes)
    try:
        start = InstantField(required=False).clean(query.get("start", "").replace(" ", "+"))
    except ValidationError:
        start = None
    if not choice.day and (start or "month" not in query):
        day = (start or booking.start).astimezone(zone(place.venue.time_zone)).date()
        choice = replace(choice, day=day, month=day.replace(day=1))
    return Wanted(place, choice, start)


def alike(booking: Booking) -> list[Resource]:
    """Where else it could be: of its service, or of its kind at its venue; its own place first. Two queries."""
    venue = booking.resource.venue
    fits = Q(products=booking.product_id) if booking.product_id else Q(kind=booking.resource.kind)
    found = list(public_resources().filter(fits, venue=venue).order_by("position", "name", "pk")[:MOST_PLACES])
    return sorted(found, key=lambda place: place.pk != booking.resource_id)


def lengths_of(booking: Booking, place: Resource) -> list[int]:
    """Minutes that can be chosen; the length that it has is always among them."""
    if booking.product and booking.product.duration_minutes:
        return [booking.product.duration_minutes]
    return sorted({*lengths(place), _minutes(booking)})


def _minutes(booking: Booking) -> int:
    return int((booking.end - booking.start) / timedelta(minutes=1))


def _confirmed(request: HttpRequest, booking: Booking, wanted: Wanted, token: str) -> HttpResponse:
    change = replace(wanted.change(), revision=revision_of(request.POST.get("revision", "")))
    try:
        done = as_shown(booking, change, actor_of(request, booking), request.POST.get("shown", ""))
    except Refused as refusal:
        if _is_so_already(booking, change):
            return redirect(path_of("booking", booking.pk, token))  # a second tab, or a second click
        if isinstance(refusal, Away | Busy | TooMany):
            raise
        shown = wanted if refusal.code in ANEW else replace(wanted, start=None)
        fresh = booking_of(request, booking.pk, token)
        return _page(request, fresh, shown, token, _Page(alike(fresh), refusal, wanted.start))
    return changed(request, done.booking, token)


def changed(request: HttpRequest, booking: Booking, token: str) -> HttpResponse:
    """After a change: to the payment where something is to be paid online now, else to the booking."""
    if booking.state == State.PENDING:
        messages.success(request, _("Your change is in. The venue has to agree, as with a new booking."))
    else:
        messages.success(request, _("Your booking is changed."))
    is_online = booking.payment_way not in {"on_site", "invoice"}
    if is_online and payable_now(booking, database_now()):
        return redirect(path_of("booking-pay", booking.pk, token))
    return redirect(path_of("booking", booking.pk, token))


def _is_so_already(booking: Booking, change: Change) -> bool:
    asked = {"start": change.start, "end": change.end, "resource": change.resource_id}
    return Booking.objects.filter(pk=booking.pk, participants=change.participants or 1, **asked).exists()


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page shows besides what is wanted: the places, and why something was refused, and when."""

    places: list[Resource]
    refusal: Refused | None = None
    refused_start: datetime | None = None


def _page(request: HttpRequest, booking: Booking, wanted: Wanted, token: str, page: _Page) -> HttpResponse:
    now, actor = database_now(), actor_of(request, booking)
    refusal, found = page.refusal, None
    refused_start = page.refused_start
    is_same = wanted.start is not None and _is_so_already(booking, wanted.change())
    if wanted.start is not None and not is_same:
        try:
            found = told(booking, changes.preview(booking, wanted.change(), actor), actor, now)
        except Refused as no:
            refusal, refused_start = refusal or no, wanted.start
    table = _table(booking, wanted) if wanted.place in page.places else None
    context = {
        "booking": booking,
        "resource": booking.resource,
        "venue": booking.resource.venue,
        "token": token,
        "places": page.places,
        "place": wanted.place,
        "choice": wanted.choice,
        "lengths": lengths_of(booking, wanted.place),
        "own_lengths": lengths_of(booking, booking.resource),
        "own_minutes": wanted.choice.minutes if wanted.start == booking.start else _minutes(booking),
        "table": table,
        "told": found,
        "is_same": is_same,
        "wanted": wanted,
        "refusal": refusal,
        "nearest": _nearest(table, refused_start) if table and refused_start and _is_of_time(refusal) else [],
    }
    return render(request, "bookings/move.html", context, status=_status(refusal))


def _table(booking: Booking, wanted: Wanted) -> Timetable:
    # What the visitor has themselves is not in their way; of holds it says until when they are kept.
    own = copy(booking)
    own.hold_expires_at = booking.end
    return timetable(wanted.place, wanted.choice, Held([own], frozenset({own.pk})), booking.customer_id)


def _nearest(table: Timetable, start: datetime) -> list[Slot]:
    return table.around(start).nearest(start)


def _is_of_time(refusal: Refused | None) -> bool:
    return refusal is not None and refusal.code in REASONS


def _status(refusal: Refused | None) -> int:
    if refusal is None:
        return 200
    return CONFLICT if _is_of_time(refusal) else status_of(refusal)
