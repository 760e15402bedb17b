"""The calendar's page, and the day as a sheet of paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from desk.calendar import asked as asking
from desk.calendar import undoing
from desk.calendar.look import Look
from schemas.clock import database_now
from tenants import speech
from venues.access import venues_seen_by


@staff_only
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A day or a week of a venue: a list of what takes time, which the script turns into a calendar."""
    now = database_now()
    asked = asking.read(request.user, request.GET, now)
    if asked is None:
        return render(request, "desk/nothing.html")
    context = {
        "asked": asked,
        "venue": asked.venue,
        "look": Look(request.user, asked, now),
        "venues": venues_seen_by(request.user).order_by("position", "name", "pk"),
        "undo": undoing.remembered(request),
        "locale": _locale(),
    }
    return render(request, "desk/calendar/calendar.html", context)


@staff_only
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """A day of a venue to print: each resource with who comes when, how to reach them, and who has not paid."""
    now = database_now()
    asked = asking.read(request.user, request.GET, now)
    if asked is None:
        raise Http404
    return render(
        request,
        "desk/calendar/sheet.html",
        {"asked": asked, "venue": asked.venue, "look": Look(request.user, asked.whole, now)},
    )


def _locale() -> str:
    """The reader's language and country, as browsers name them."""
    return str(speech.locale()).replace("_", "-") or str(get_language())
