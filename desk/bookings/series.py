"""Series as the team sees them: the list, and one with every date as it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings.access import series_for_staff
from bookings.models import Booking, Series
from bookings.records import Actor
from bookings.states import LIVE
from bookings.views.series_pages import date_of
from bookings.views.settled import money_of
from desk.bookings import rule_words
from desk.callers import staff
from desk.navigation import works_on_site
from kernel.errors import NotFound
from schemas.clock import database_now

PER_PAGE = 50
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A series in the list; `rhythm` is how it repeats, in words."""

    series: Series
    who: str
    rhythm: str


@staff_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The series of the venues that somebody looks after, the latest made first: those with dates to come, or all."""
    user, now = staff(request), database_now()
    ahead = Booking.objects.filter(series=OuterRef("pk"), state__in=LIVE, end__gt=now)
    rows = series_for_staff(user).select_related("resource__venue", "customer")
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    shows_all = request.GET.get("all") == "1"
    if not shows_all:
        rows = rows.filter(Exists(ahead))
    if asked:
        named = Q(name__icontains=asked) | Q(email__icontains=asked)
        theirs = Booking.objects.filter(named, series=OuterRef("pk"))
        rows = rows.filter(Exists(theirs))
    page = Paginator(rows.order_by("-created_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    facts = _facts(shown, now)
    query = urlencode({name: value for name, value in (("all", "1" if shows_all else ""), ("q", asked)) if value})
    context = {
        "page": page,
        "rows": [(Row(each, facts[each.pk]["who"], rule_words.rhythm(each)), facts[each.pk]) for each in shown],
        "q": asked,
        "shows_all": shows_all,
        "runs": works_on_site(user),
        "query": f"{query}&" if query else "",
    }
    return render(request, "desk/bookings/series_list.html", context)


def _facts(shown: list[Series], now: datetime) -> dict[int, dict[str, Any]]:
    """How many dates are to come, when the next is, and in whose name they are, in one query."""
    ahead = Q(state__in=LIVE, end__gt=now)
    rows = Booking.objects.filter(series__in=shown).order_by().values("series")
    found = rows.annotate(ahead=Count("pk", filter=ahead), following=Min("start", filter=ahead), who=Min("name"))
    facts: dict[int, dict[str, Any]] = {each.pk: {"ahead": 0, "following": None, "who": ""} for each in shown}
    for row in found:
        facts[row["series"]] = dict(row)
    return facts


@staff_only
@require_safe
def one(request: HttpRequest, series_id: int) -> HttpResponse:
    """Every date: what has become of it, what it costs, and what can be done with it."""
    user, now = staff(request), database_now()
    found = series_for_staff(user).select_related("resource__venue", "customer").filter(pk=series_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such series."))
    rows = found.dates.select_related("booking__resource__venue").order_by("wall")
    dates = [date_of(row, found, now, Actor.of(user)) for row in rows]
    whose = next((each.booking for each in dates if each.booking), None)
    context = {
        "series": found,
        "resource": found.resource,
        "dates": [(each, money_of(each.booking) if each.booking else None) for each in dates],
        "ahead": sum(each.can_change for each in dates),
        "whose": whose,
        "rhythm": rule_words.rhythm(found),
        "runs": works_on_site(user),
    }
    return render(request, "desk/bookings/series.html", context)
