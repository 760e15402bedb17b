"""Opening hours of a venue, or a resource's own: drawn or typed, by week and by season."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from bookings import premises
from bookings.models import Booking
from bookings.premises import Span
from desk.places.doors import resource_of, venue_of
from desk.places.weeks import Week
from kernel.errors import Refused
from schemas.clock import database_now
from venues.models import Resource, Venue

MOST_LISTED = 50
NEW = "new"
Place = Venue | Resource


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def venue_hours(request: HttpRequest, venue_id: int) -> HttpResponse:
    """The hours of a venue."""
    return _hours(request, venue_of(request, venue_id))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_hours(request: HttpRequest, resource_id: int) -> HttpResponse:
    """A resource's own hours, in place of the venue's."""
    return _hours(request, resource_of(request, resource_id))


@staff_only
@require_POST
def drop_venue_week(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Take a season away."""
    return _dropped(request, venue_of(request, venue_id))


@staff_only
@require_POST
def drop_resource_week(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Take a season away, or all own hours."""
    return _dropped(request, resource_of(request, resource_id))


def _hours(request: HttpRequest, place: Place) -> HttpResponse:
    spans, asked = premises.spans_of(place), request.GET.get("season", "")
    season = next((span.valid_from for span in spans if span.valid_from and f"{span.valid_from}" == asked), None)
    if request.method != "POST":
        is_gone = season is None and asked not in {"", NEW}
        return redirect(_address(place)) if is_gone else _page(request, place, _begun(spans, season, bool(asked)))
    week = Week.typed(request.POST, bool(asked))
    act = request.POST.get("act", "save")
    if act == "copy":
        week.copied(request.POST.get("from", ""), request.POST.get("to", ""))
        return _page(request, place, week)
    if act == "more":
        return _page(request, place, week, blank=2)
    found = week.spans()
    if found is None:
        return _page(request, place, week, status=HTTPStatus.BAD_REQUEST)
    return _save(request, place, week, found, season)


def _begun(spans: Sequence[Span], season: date | None, is_season: bool) -> Week:
    if not is_season or season is not None:
        week = Week.of(spans, season)
        week.before = week.marks
        return week
    return Week(Week.of(spans, None).days, is_season=True)  # a new one begins as the ordinary week is


def _save(request: HttpRequest, place: Place, week: Week, found: list[Span], season: date | None) -> HttpResponse:
    def changed(before: Sequence[Span]) -> list[Span]:
        week.check_same(_now(before, week, season))
        return [*(span for span in before if span.weekday is None or not _is_of(span, week, season)), *found]

    before = premises.spans_of(place)
    try:
        fallen = _newly_outside(place, before, changed(before))
        if fallen and request.POST.get("act") != "anyway":
            return _page(request, place, week, fallen=fallen)
        premises.change_hours(place, changed)
    except Refused as refusal:
        week.wrong = refusal.detail
        return _page(request, place, week, status=HTTPStatus.BAD_REQUEST)
    messages.success(request, _("The hours are saved."))
    return redirect(_address(place))


def _now(spans: Sequence[Span], week: Week, season: date | None) -> Week:
    """The week that is to be replaced: of a season that is gone, or not there yet, it has no hours."""
    return Week.of([] if week.is_season and season is None else spans, season)


def _is_of(span: Span, week: Week, season: date | None) -> bool:
    if week.is_season:
        return season is not None and span.valid_from == season
    return span.valid_from is None


def _newly_outside(place: Place, before: Sequence[Span], after: Sequence[Span]) -> list[Booking]:
    rows, now = _resources(place), database_now()
    already = {booking.pk for booking in premises.outside(rows, now, (place, before))}
    return [booking for booking in premises.outside(rows, now, (place, after)) if booking.pk not in already]


def _resources(place: Place) -> QuerySet[Resource]:
    if isinstance(place, Venue):
        return Resource.objects.filter(venue=place, stock_of=None)
    return Resource.objects.filter(pk=place.pk)


def _dropped(request: HttpRequest, place: Place) -> HttpResponse:
    season = request.POST.get("season", "")

    def changed(before: Sequence[Span]) -> list[Span]:
        if season:
            return [span for span in before if not span.valid_from or f"{span.valid_from}" != season]
        return [span for span in before if span.weekday is None]

    premises.change_hours(place, changed)
    messages.success(request, _("The season is gone.") if season else _("It has the hours of the venue again."))
    return redirect(_address(place))


def _address(place: Place) -> str:
    return reverse("desk-venue-hours" if isinstance(place, Venue) else "desk-resource-hours", args=[place.pk])


def _page(
    request: HttpRequest,
    place: Place,
    week: Week,
    *,
    blank: int = 1,
    fallen: list[Booking] | None = None,
    status: int = 200,
) -> HttpResponse:
    spans = premises.spans_of(place)
    seasons = sorted({(span.valid_from, span.valid_until) for span in spans if span.valid_from and span.valid_until})
    context: dict[str, Any] = {
        "place": place,
        "venue": place if isinstance(place, Venue) else place.venue,
        "week": week,
        "blank": range(blank),
        "seasons": seasons,
        "season": request.GET.get("season", ""),
        "address": _address(place),
        "fallen": (fallen or [])[:MOST_LISTED],
        "fallen_count": len(fallen or []),
        "has_own": isinstance(place, Resource) and any(span.weekday is not None for span in spans),
        "shared": Week.of(premises.spans_of(place.venue), None) if isinstance(place, Resource) else None,
        "names": {
            row.pk: row.name for row in Resource.objects.filter(pk__in={each.resource_id for each in fallen or []})
        },
    }
    for booking in context["fallen"]:
        booking.place_name = context["names"].get(booking.resource_id, "")
    return render(request, "desk/places/hours.html", context, status=status)
