"""Rows that are the dates of a calendar's events, for one resource: bookings, in series where they repeat, or closures.

A calendar is read as strangers' calendars are: in a process of its own, within limits, 400 days ahead (T23). What it
says is free (TRANSPARENT) or cancelled is no date.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.calendars.providers import Rejected
from bookings.calendars.providers.ics_reading import read
from bookings.calendars.providers.window import HORIZON, Window
from bookings.closures import ClosureRequest
from bookings.imports import times, visits
from bookings.imports.keys import digest
from bookings.imports.reading import Line, decoded
from bookings.imports.rows import Found, Run, Trade
from bookings.imports.values import Cells, zone_of
from bookings.models import Booking, Import, Imported, Series, SeriesDate
from bookings.recurrence import MOST_DATES
from bookings.requests import Contact, HoldRequest
from kernel.errors import Invalid
from kernel.periods import Period
from venues.models import Resource

WHY = {
    "not_a_calendar": gettext_lazy("This is no calendar that we can read."),
    "too_many_events": gettext_lazy("There are more events in this calendar than we read: 5,000."),
    "too_many_dates": gettext_lazy("There are more dates in this calendar than we read."),
    "repeats_too_often": gettext_lazy("An event of this calendar repeats every minute or second."),
    "too_much": gettext_lazy("Reading this calendar takes too much."),
}


def lines_of(content: bytes, resource: Resource, now: datetime) -> list[Line]:
    """The dates in a file, a row each, by start. Not in a transaction: another process reads it.

    Raises `Invalid` with the code of why it cannot be read.
    """
    window = Window(now, now + HORIZON, resource.venue.time_zone)
    try:
        [found] = read([decoded(content)], window).documents
    except Rejected as error:
        code = str(error) if str(error) in WHY else "not_a_calendar"
        raise Invalid(code, str(WHY[code])) from error
    if not found:
        raise Invalid("no_rows", _("There is nothing to come in this calendar."))
    found = sorted(found, key=lambda row: (row["start"], row["uid"]))
    together = _groups(found, resource)
    lines = []
    for number, row in enumerate(found, 1):
        cells = {name: row[name] for name in ("uid", "occurrence", "start", "end", "title") if row[name]}
        if number in together:
            cells["group"] = together[number]
        lines.append(Line(number, cells, datetime.fromisoformat(row["start"])))
    return lines


def _groups(found: list[dict[str, str]], resource: Resource) -> dict[int, str]:
    """Which dates repeat at one time of the day and are one series, by number."""
    in_zone = zone_of(resource.venue)
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(found, 1):
        start, end = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
        wall = f"{start.astimezone(in_zone):%H:%M}"
        alike[row["uid"], wall, str(end - start)].append(number)
    groups = {}
    for key, numbers in alike.items():
        if len(numbers) > 1:
            for place, number in enumerate(numbers):
                groups[number] = digest("series", str(resource.pk), *key, str(place // MOST_DATES))
    return groups


def key_of(line: Line, resource: Resource, becoming: str) -> str:
    """What a date is, whatever file it comes with: the event's name, which of its dates, and where."""
    return digest("season", str(resource.pk), becoming, line.cells.get("uid", ""), line.cells["occurrence"])


def _period(cells: Cells) -> Period:
    return Period(datetime.fromisoformat(cells["start"]), datetime.fromisoformat(cells["end"]))


def _resource(run: Run) -> Resource:
    return run.places.resource(str(run.source.resource_id))


def _wish(run: Run, cells: Cells) -> HoldRequest:
    source, title = run.source, cells.get("title", "")
    contact = Contact(source.name or title[:150] or _("Season"), source.email, source.phone)
    return visits.wish(run, _resource(run), _period(cells), contact, notes=title)


def _closure(run: Run, cells: Cells) -> ClosureRequest:
    resource = _resource(run)
    span = _period(cells)
    if span.end <= run.now:
        raise times.in_the_past()
    title = cells.get("title", "")
    return ClosureRequest(venue=resource.venue, period=span, resource_id=resource.pk, reason=title, user=run.user)


def _becomes_bookings(run: Run) -> bool:
    return run.source.becoming == Import.Becoming.BOOKINGS


def _attempt(run: Run, cells: Cells) -> Found:
    if _becomes_bookings(run):
        return visits.attempt(run, _wish(run, cells))
    return times.attempt(run, _closure(run, cells))


def _make(run: Run, cells: Cells) -> str:
    if not _becomes_bookings(run):
        return times.make(_closure(run, cells))
    request = _wish(run, cells)
    if "group" not in cells:
        return str(visits.make(run, request).pk)
    series = _series(run, request, cells["group"])
    booking = visits.make(run, request, series)
    wall = request.period.start.astimezone(zone_of(booking.resource.venue)).replace(tzinfo=None)
    SeriesDate.objects.create(series=series, wall=wall.isoformat(timespec="minutes"), booking=booking)
    return str(booking.pk)


def _series(run: Run, request: HoldRequest, group: str) -> Series:
    """The series of a date; made with the first of its dates that could be had."""
    known, is_new = Imported.objects.get_or_create(
        kind=Import.Kind.SEASON, key=group, defaults={"made": "", "at": run.now}
    )
    found = None if is_new else Series.objects.filter(pk=int(known.made or 0)).first()
    if found:
        return found
    resource = _resource(run)
    first = request.period.start.astimezone(zone_of(resource.venue)).replace(tzinfo=None)
    made = Series.objects.create(
        resource=resource,
        customer=request.customer,
        first=first.isoformat(timespec="minutes"),
        minutes=(request.period.end - request.period.start) // timedelta(minutes=1),
        participants=request.participants,
        time_zone=resource.venue.time_zone,
        created_at=run.now,
    )
    known.made = str(made.pk)
    known.save()
    return made


def _is_there(made: str) -> bool:
    # Bookings have UUIDs, closures numbers.
    return times.is_there(made) if made.isdigit() else Booking.objects.filter(pk=made).exists()


TRADE = Trade(_attempt, _make, _is_there)
