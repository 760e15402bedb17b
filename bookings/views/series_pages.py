"""One's own series: the list, and one with every date as it stands."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import signed_in
from accounts.models import User
from bookings import cancelling, lifecycle
from bookings.access import series_of
from bookings.facts import has_lapsed
from bookings.models import Booking, Series, SeriesDate
from bookings.records import Actor
from bookings.scopes import is_moved
from bookings.series import GONE
from bookings.states import LIVE, State
from bookings.views.series_words import why_not
from bookings.views.words import Words, words_for
from kernel.errors import NotFound, Refused
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a series as its page shows it; `why` says why it was left out."""

    day: date
    when: str
    booking: Booking | None
    words: Words | None
    why: str
    is_moved: bool
    can_change: bool
    can_try_again: bool
    until: str
    """Until when a date that is not paid yet is kept; empty for all others."""


def series_for(request: HttpRequest, series_id: int) -> tuple[Series, Actor]:
    """The caller's own series, and the caller as its customer; `NotFound` for any other."""
    found = series_of(request.user).select_related("resource__venue").filter(pk=series_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such series."))
    assert isinstance(request.user, User)
    return found, Actor.customer(request.user)


@signed_in
@require_safe
def own_series(request: HttpRequest) -> HttpResponse:
    """The caller's series, the latest first, each with its next date and how many are still to come."""
    now = database_now()
    ahead = Q(bookings__state__in=LIVE, bookings__end__gt=now)
    rows = series_of(request.user).select_related("resource__venue")
    rows = rows.annotate(ahead=Count("bookings", filter=ahead), following=Min("bookings__start", filter=ahead))
    page = Paginator(rows.order_by("-created_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "bookings/own_series.html", {"page": page})


@signed_in
@require_safe
def series(request: HttpRequest, series_id: int) -> HttpResponse:
    """Every date: what has become of it, what it costs, and what can be done with it."""
    found, _actor = series_for(request, series_id)
    now = database_now()
    rows = found.dates.select_related("booking__resource__venue").order_by("wall")
    dates = [date_of(row, found, now, Actor.of(None)) for row in rows]
    held = [one for one in dates if one.until]
    alive = [one.booking for one in dates if one.booking and one.booking.state in LIVE and one.booking.start > now]
    context = {
        "series": found,
        "resource": found.resource,
        "venue": found.resource.venue,
        "dates": dates,
        "held": held,
        "alive": len(alive),
        "first": next((one.day for one in dates if one.can_change), None),
    }
    return render(request, "bookings/series.html", context)


def date_of(row: SeriesDate, found: Series, now: datetime, actor: Actor) -> Date:
    """A date as it stands, and what an actor may do with it."""
    booking = row.booking
    wall = datetime.fromisoformat(row.wall)
    if booking is None:
        when = f"{speech.day(wall.date())}, {speech.wall(wall.time())}"
        is_ahead = wall.replace(tzinfo=zone(found.time_zone)) > now
        return Date(wall.date(), when, None, None, why_not(row.skipped), False, False, is_ahead, "")
    in_zone = zone(booking.time_zone)
    is_held = booking.state == State.HELD and not has_lapsed(booking.state, booking.hold_expires_at, now)
    is_gone = booking.state in GONE or has_lapsed(booking.state, booking.hold_expires_at, now)
    until = booking.hold_expires_at if is_held else None
    return Date(
        day=wall.date(),
        when=f"{speech.day(booking.start, in_zone)}, {speech.span(booking.start, booking.end, in_zone)}",
        booking=booking,
        words=words_for(booking, now),
        why="",
        is_moved=not is_gone and is_moved(row, booking),
        can_change=not is_gone and cancelling.can_cancel(booking, actor, now),
        can_try_again=is_gone and booking.start > now,
        until=speech.clock(until, in_zone) if until else "",
    )


@signed_in
@require_POST
def keep(request: HttpRequest, series_id: int) -> HttpResponse:
    """Keep the dates that are not paid yet for longer, as far as that goes: half an hour in all."""
    found, actor = series_for(request, series_id)
    kept = 0
    for booking in Booking.objects.filter(series=found, state=State.HELD).order_by("pk"):
        try:
            lifecycle.extend_hold(booking, actor)
        except Refused as refusal:
            if refusal.code not in {"hold_too_long", "hold_expired", "wrong_state"}:
                raise
        else:
            kept += 1
    if kept:
        messages.success(request, _("They are kept for longer."))
    else:
        messages.info(request, _("They cannot be kept any longer."))
    return redirect("series", found.pk)
