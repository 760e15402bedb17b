"""Waiting for what is taken: joining the line, one's own places in it, taking an offer, and leaving."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import signed_in
from accounts.models import User
from bookings import joining, waitlist
from bookings.access import waiting_of
from bookings.facts import Reason
from bookings.forms import InstantField
from bookings.joining import Want
from bookings.models import WaitlistEntry
from bookings.views.choice import Choice, lengths
from bookings.views.consent import number
from kernel.errors import Away, Busy, NotFound, Refused, TooMany
from kernel.periods import Period
from rest.errors import status_of
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech
from tenants.zones import zone
from venues.access import public_resource
from venues.models import Resource

CONFLICT = 409
PER_PAGE = 20
LIVE = frozenset({WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED})
REASONS = frozenset({*Reason, "available"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody would wait for: a start, or any on a day; None where the address does not say."""

    resource: Resource
    minutes: int
    people: int
    start: datetime | None
    day: date | None
    any_time: bool

    @property
    def period(self) -> Period | None:
        """The slot, where it is one time that is wanted."""
        if self.start is None or self.any_time:
            return None
        return Period(self.start, self.start + timedelta(minutes=self.minutes))

    def want(self, user: User) -> Want:
        """Of one with a start or a day."""
        day = None if self.period else self.day
        minutes = None if self.period else self.minutes
        return Want(user, self.resource.pk, None, self.period, day, minutes, self.people)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """Say what somebody would wait for, and put them in the line. What is free can be booked instead."""
    found = public_resource(venue, resource)
    sent = request.POST if request.method == "POST" else request.GET
    asked = _read(sent.dict(), found)
    if request.method != "POST" or asked.day is None:
        return _page(request, asked)
    assert isinstance(request.user, User)
    try:
        _entry, is_new = joining.join(asked.want(request.user))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy | TooMany):
            raise
        return _page(request, asked, refusal)
    messages.success(
        request,
        _("You are on the waiting list. We write to you as soon as it is your turn.")
        if is_new
        else _("You are on this waiting list already."),
    )
    return redirect("own-waiting")


def _read(query: Mapping[str, str], resource: Resource) -> Asked:
    choice = Choice.read(query, resource)
    try:
        start = InstantField(required=False).clean(query.get("start", "").replace(" ", "+"))
    except ValidationError:
        start = None
    minutes = number(query.get("minutes", ""), most=31 * 24 * 60) or choice.minutes
    day = start.astimezone(zone(resource.venue.time_zone)).date() if start else choice.day
    return Asked(resource, minutes, choice.people, start, day, query.get("when") == "day")


def _page(request: HttpRequest, asked: Asked, refusal: Refused | None = None) -> HttpResponse:
    resource = asked.resource
    context = {
        "resource": resource,
        "venue": resource.venue,
        "asked": asked,
        "lengths": sorted({*lengths(resource), asked.minutes}),
        "today": database_now().astimezone(zone(resource.venue.time_zone)).date(),
        "end": asked.start + timedelta(minutes=asked.minutes) if asked.start else None,
        "refusal": refusal,
        "is_free": refusal is not None and refusal.code == "available",
        "waits_already": _waits_already(request, asked),
    }
    status = 200
    if refusal:
        status = CONFLICT if refusal.code in REASONS else status_of(refusal)
    return render(request, "bookings/wait.html", context, status=status)


def _waits_already(request: HttpRequest, asked: Asked) -> bool:
    if asked.period is None:
        return False
    mine = waiting_of(request.user).filter(joining.live(database_now()), resource=asked.resource)
    return mine.filter(earliest=asked.period.start, latest=asked.period.end).exists()


@dataclass(frozen=True, slots=True)
class Place:
    """One's place on a list, in words. `position` is 1 for the first in line, 0 where nobody waits any more."""

    entry: WaitlistEntry
    name: str
    venue: str
    when: str
    state: str
    label: str
    position: int
    zone: str
    minutes_left: int

    @property
    def is_live(self) -> bool:
        """Whether it can be left."""
        return self.state in LIVE


@signed_in
@require_safe
def own_waiting(request: HttpRequest) -> HttpResponse:
    """The caller's places: offers first, then who waits, then what became of the others."""
    now = database_now()
    mine = joining.in_line(waiting_of(request.user))
    live_first = Case(When(joining.live(now), then=0), default=1)  # twenty at most: all on the first page
    rows = mine.select_related("resource__venue", "product", "offer__resource__venue")
    listed = rows.prefetch_related("product__resources__venue").order_by(live_first, "-pk")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    places = sorted((_place(entry, now) for entry in page), key=lambda place: _rank(place.state))
    return render(request, "bookings/own_waiting.html", {"page": page, "places": places})


def _rank(state: str) -> int:
    order: list[str] = [WaitlistEntry.State.OFFERED, WaitlistEntry.State.WAITING]
    return order.index(state) if state in order else len(order)


def _place(entry: WaitlistEntry, now: datetime) -> Place:
    state = joining.state_at(entry, now)
    in_zone, venue = _where(entry)
    until = entry.offer.hold_expires_at if entry.offer else None
    left = max(1, int((until - now).total_seconds() // 60)) if until and state == WaitlistEntry.State.OFFERED else 0
    return Place(
        entry=entry,
        name=str(entry.resource or entry.product),
        venue=venue,
        when=_when(entry, in_zone),
        state=state,
        label=str(WaitlistEntry.State(state).label),
        position=entry.ahead + 1 if state == WaitlistEntry.State.WAITING else 0,  # type: ignore[attr-defined]
        zone=str(in_zone),
        minutes_left=left,
    )


def _where(entry: WaitlistEntry) -> tuple[ZoneInfo, str]:
    if entry.resource:
        return zone(entry.resource.venue.time_zone), entry.resource.venue.name
    places = list(entry.product.resources.all()) if entry.product else []
    if not places:
        return zone(current_tenant().time_zone), ""
    return zone(places[0].venue.time_zone), places[0].venue.name


def _when(entry: WaitlistEntry, in_zone: ZoneInfo) -> str:
    day = speech.day(entry.earliest, in_zone)
    if waitlist.is_slot(entry):
        return f"{day}, {speech.span(entry.earliest, entry.latest, in_zone)}"
    length = speech.length(entry.minutes)
    return _("%(day)s, any time, for %(length)s") % {"day": day, "length": length}


@signed_in
@require_POST
def leave(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Wait no longer; an offer goes to the next in line."""
    entry = waiting_of(request.user).select_related("offer").filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("not_found", _("There is no such entry."))
    try:
        joining.leave(entry)
    except Refused as refusal:
        if refusal.code != "wrong_state":
            raise
        messages.info(request, refusal.detail)
    else:
        messages.success(request, _("You have left the waiting list."))
    return redirect("own-waiting")
