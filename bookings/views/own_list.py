"""A customer's own bookings: what is to come and what is past, a series as one, found by code, booked again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.doors import signed_in
from bookings.access import bookings_of
from bookings.models import Booking
from bookings.states import LIVE, State
from bookings.views.settled import Money, money_of
from bookings.views.words import Words, state_at, words_for
from schemas.clock import database_now
from tenants.zones import zone

PER_PAGE = 20
LONGEST_CODE = 40
GONE = frozenset({State.CANCELLED, State.EXPIRED, State.COMPLETED, State.NO_SHOW})
WEEK = 7


@dataclass(frozen=True, slots=True)
class Row:
    """A booking, or the next (or last) one of a series with how many more there are like it."""

    booking: Booking
    words: Words
    money: Money
    more: int
    again: str
    """Where to book the same once more; empty where it can only be looked forward to."""


@signed_in
@require_safe
def own_bookings(request: HttpRequest) -> HttpResponse:
    """The caller's bookings, upcoming ones first to come, past ones last gone. The same few queries for any number."""
    now = database_now()
    mine = bookings_of(request.user).select_related("resource__venue")
    code = request.GET.get("code", "").strip()[:LONGEST_CODE]
    past = request.GET.get("when") == "past"
    if code:
        chosen = mine.filter(Q(reference_code__icontains=code) | Q(resource__name__icontains=code))
        chosen = chosen.order_by("-start", "id")
    else:
        chosen = _grouped(mine, now, past=past)
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    rows = [Row(row, words_for(row, now), money_of(row), getattr(row, "more", 0), _again(row, now)) for row in page]
    query = urlencode({"code": code} if code else {"when": "past"} if past else {})
    context = {"page": page, "rows": rows, "past": past, "code": code, "query": f"{query}&" if query else ""}
    return render(request, "bookings/own.html", context)


def _grouped(mine: QuerySet[Booking], now: datetime, *, past: bool) -> QuerySet[Booking]:
    """One row for each series: its next date that stands, or of what is past, the last."""
    side = Q(end__lte=now) if past else Q(end__gt=now)
    order = ("-start", "id") if past else ("start", "id")
    alike = Booking.objects.filter(side, series=OuterRef("series"), customer=OuterRef("customer"))
    standing = alike if past else alike.filter(state__in=LIVE)
    first = Coalesce(*(Subquery(rows.order_by(*order).values("pk")[:1]) for rows in (standing, alike)))
    count = standing.order_by().values("series").annotate(number=Count("pk")).values("number")
    rows = mine.filter(side).annotate(first=first, more=Subquery(count) - 1)
    return rows.filter(Q(series=None) | Q(pk=F("first"))).order_by(*order)


def _again(booking: Booking, now: datetime) -> str:
    """The page of the same resource with the same length and people, on the next day of the same name."""
    if state_at(booking, now) not in GONE:
        return ""
    in_zone = zone(booking.time_zone)
    query = {
        "minutes": int((booking.end - booking.start) / timedelta(minutes=1)),
        "people": booking.participants,
        "day": _next_alike(booking.start.astimezone(in_zone).date(), now.astimezone(in_zone).date()).isoformat(),
    }
    resource = booking.resource
    return f"{reverse('resource', args=[resource.venue.slug, resource.slug])}?{urlencode(query)}"


def _next_alike(day: date, today: date) -> date:
    """The first day after today that has the same name."""
    return today + timedelta(days=(day.weekday() - today.weekday() - 1) % WEEK + 1)
