"""The calendar as data, for its script: events on the wall clock of the venue, whatever the browser's zone is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings import agenda, versions
from desk.calendar import asked as asking
from desk.calendar.entries import Entry, buffers, shut
from desk.calendar.look import Look
from kernel.periods import Period
from schemas.clock import database_now
from tenants.zones import zone


@staff_only
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """What the page shows, or 304 where the caller has it already: that takes five queries, whatever there is."""
    now = database_now()
    asked = asking.read(request.user, request.GET, now)
    if asked is None:
        raise Http404
    look = Look(request.user, asked, now)
    version = agenda.version(asked.resources(), asked.reach, now)
    tag = f'W/"{version}-{"runs" if look.runs else "reads"}-{get_language()}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers={"ETag": tag})
    return JsonResponse(described(look), headers={"ETag": tag})


def described(look: Look) -> dict[str, Any]:
    """All of a look as plain values."""
    asked = look.asked
    from_hour, until_hour = look.hours
    return {
        "venue": asked.venue.slug,
        "first": asked.first.isoformat(),
        "days": asked.count,
        "view": asked.view,
        "firstDay": (asked.first.weekday() + 1) % 7,
        "from": f"{from_hour:02}:00",
        "until": f"{until_hour:02}:00",
        "offset": _offset(look.now.astimezone(asked.zone)),
        "now": look.now.isoformat(),
        "runs": look.runs,
        "resources": [
            {"id": str(column.resource.pk), "title": column.resource.name, "note": note_of(column.resource)}
            for column in look.shown
        ],
        "events": list(_events(look)),
        "background": list(_background(look)),
    }


def note_of(resource: Any) -> str:
    """What stands beside a resource's name."""
    if not resource.is_active:
        return _("not on offer")
    if resource.units > 1:
        return ngettext("%(count)d of them", "%(count)d of them", resource.units) % {"count": resource.units}
    return ""


def _events(look: Look) -> Iterator[dict[str, Any]]:
    for column in look.shown:
        for entry in look.entries[column.resource.pk]:
            yield event_of(entry, look.now)


def event_of(entry: Entry, now: datetime) -> dict[str, Any]:
    """One entry; `start` and `end` are wall times, `minutes` real ones."""
    booking = entry.booking
    found: dict[str, Any] = {
        "id": entry.key,
        "kind": str(entry.kind),
        "resource": str(entry.resource.pk),
        **_walls(entry.period, entry),
        "title": entry.title,
        "time": entry.span,
        "place": entry.place,
        "notes": _notes(entry),
        "tone": entry.words.tone if entry.words else "",
        "state": entry.words.label if entry.words else "",
        "unpaid": entry.is_unpaid,
        "movable": entry.may_move,
        "url": _url(entry),
    }
    if booking:
        found |= {
            "code": booking.reference_code,
            "minutes": entry.period.minutes,
            "version": versions.version(booking, now),
            "expires": booking.hold_expires_at.isoformat() if booking.hold_expires_at else None,
        }
    return found


def _notes(entry: Entry) -> list[str]:
    booking = entry.booking
    if booking is None:
        return [entry.place] if entry.place else []
    people = ngettext("%(count)d person", "%(count)d people", booking.participants) % {"count": booking.participants}
    told = [entry.place, people, entry.money.label if entry.money else ""]
    if entry.resource.units > 1:
        of = {"taken": entry.units, "units": entry.resource.units}
        told.append(_("%(taken)d of %(units)d") % of)
    return [text for text in told if text]


def _url(entry: Entry) -> str:
    if entry.booking:
        return reverse("desk-calendar-booking", args=[entry.booking.pk])
    return reverse("desk-calendar-closure", args=[entry.closure.pk]) if entry.closure else ""


def _walls(period: Period, entry: Entry) -> dict[str, str]:
    in_zone = entry.zone
    start = period.start.astimezone(in_zone).replace(tzinfo=None)
    end = period.end.astimezone(in_zone).replace(tzinfo=None)
    if end <= start:  # the hour that comes twice: drawn as long as it is
        end = start + timedelta(minutes=period.minutes)
    return {"start": start.isoformat(timespec="minutes"), "end": end.isoformat(timespec="minutes")}


def _background(look: Look) -> Iterator[dict[str, str]]:
    """When it is closed, and the time kept free around bookings."""
    window = look.period
    for column in look.shown:
        own = str(column.resource.pk)
        for period in shut(column, window):
            yield {"kind": "shut", "resource": own, **_span(period, look)}
        for entry, period in buffers(look.entries[column.resource.pk]):
            yield {"kind": "buffer", "resource": own, "of": entry.key, **_span(period, look)}


def _span(period: Period, look: Look) -> dict[str, str]:
    in_zone = zone(look.asked.venue.time_zone)
    start, end = (edge.astimezone(in_zone).replace(tzinfo=None) for edge in (period.start, period.end))
    return {"start": start.isoformat(timespec="minutes"), "end": max(start, end).isoformat(timespec="minutes")}


def _offset(local: datetime) -> str:
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
