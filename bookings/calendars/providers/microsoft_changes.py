"""What changed in a calendar of Microsoft 365: the delta of a calendar view, and subscriptions that say that it did.

Source: learn.microsoft.com/graph/delta-query-events, .../api/event-delta and .../api/subscription-post-subscriptions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings

from bookings.calendars.providers import Busy, Changes, CursorLost, Dead, Later, Rejected
from bookings.calendars.providers.asking import GOOD, read, refused
from bookings.calendars.providers.ics_reading import MOST_EVENTS
from bookings.calendars.providers.microsoft import OURS, calendar_of, request
from bookings.calendars.providers.window import Window, closed, opened
from bookings.models.calendars import Connection
from schemas.clock import database_now

MOST_PAGES = 100
PAGE = 'odata.maxpagesize=200, outlook.timezone="UTC", IdType="ImmutableId"'
FREE = frozenset({"free", "workingElsewhere"})
LOST = frozenset({"SyncStateNotFound", "SyncStateInvalid", "resyncRequired", "ResyncRequired"})
LASTS = timedelta(days=3)
"""How long a subscription is asked for; the most for events is 7 days."""
MOST_MASTERS = 200
LONGEST_NAME = 80


class Reader:
    """Reads what changed since a delta link; occurrences of what repeats come one by one."""

    def changes(self, connection: Connection) -> Changes:
        """As `providers.Reader`. A link is good for the window that it was begun with: it is begun anew each week."""
        known, window = opened(connection.cursor), Window.of(connection)
        began = Window(window.first, datetime.fromisoformat(known["last"]), window.zone) if known else window
        link = str(known.get("link") or _begin(connection, window))
        rows: list[dict[str, Any]] = []
        for _number in range(MOST_PAGES):
            said = _page(connection, link)
            rows += [row for row in said.get("value", []) if isinstance(row, dict) and row.get("id")]
            if len(rows) > 2 * MOST_EVENTS:
                raise Rejected("too_many_events")
            if said.get("@odata.deltaLink"):
                cursor = closed(began, link=_ours(said["@odata.deltaLink"]))
                return _changes(connection, rows, window, cursor, is_complete=not known)
            link = _ours(said.get("@odata.nextLink"))
        raise Rejected("too_many_events")


def watch(connection: Connection, address: str, token: str) -> tuple[str, datetime]:
    """Have Graph call an address when something changes: the subscription's name, and until when it lasts."""
    ends = database_now() + LASTS
    body = {
        "changeType": "created,updated,deleted",
        "notificationUrl": address,
        "lifecycleNotificationUrl": address,
        "resource": f"{calendar_of(connection).removeprefix('/')}/events",
        "expirationDateTime": _text(ends),
        "clientState": token,
    }
    answer = request(connection, "POST", "/subscriptions", body)
    if answer.status not in GOOD:
        raise refused(answer)
    return _name_of(read(answer)), ends


def renew(connection: Connection) -> tuple[str, datetime]:
    """Have a subscription last longer; raises `Rejected` where it has ended."""
    ends = database_now() + LASTS
    path = f"/subscriptions/{quote(connection.channel_id, safe='')}"
    answer = request(connection, "PATCH", path, {"expirationDateTime": _text(ends)})
    if answer.status not in GOOD:
        raise refused(answer)
    return connection.channel_id, ends


def unwatch(connection: Connection) -> None:
    """End a subscription; one that has ended is no trouble."""
    answer = request(connection, "DELETE", f"/subscriptions/{quote(connection.channel_id, safe='')}")
    if answer.status not in {*GOOD, HTTPStatus.NOT_FOUND}:
        raise refused(answer)


def _name_of(said: dict[str, Any]) -> str:
    name = str(said.get("id", ""))
    if not name or len(name) > LONGEST_NAME:
        raise Rejected("bad_answer")
    return name


def _begin(connection: Connection, window: Window) -> str:
    query = urlencode({"startDateTime": _text(window.first), "endDateTime": _text(window.last)})
    return f"{calendar_of(connection)}/calendarView/delta?{query}"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(connection: Connection, link: str) -> dict[str, Any]:
    answer = request(connection, "GET", link, headers={"Prefer": PAGE})
    if answer.status == HTTPStatus.GONE:
        raise CursorLost
    if answer.status == HTTPStatus.NOT_FOUND:
        raise Dead("calendar_gone")
    if answer.status in GOOD:
        return read(answer)
    error = read(answer).get("error")
    if isinstance(error, dict) and error.get("code") in LOST:
        raise CursorLost
    raise refused(answer)


def _ours(link: object) -> str:
    """A link that Graph gave us, unless it leads elsewhere: the token goes with it."""
    asked, known = urlsplit(str(link or "")), urlsplit(settings.MICROSOFT_API_URL)
    if (asked.scheme, asked.netloc) != (known.scheme, known.netloc):
        raise Later("bad_answer")
    return str(link)


def _changes(
    connection: Connection, rows: list[dict[str, Any]], window: Window, cursor: str, *, is_complete: bool
) -> Changes:
    latest = {str(row["id"]): row for row in rows}
    masters = _masters(connection, latest)
    found: dict[str, Busy | None] = {}
    for name, row in latest.items():
        if row.get("type") != "seriesMaster" or "@removed" in row:
            # An occurrence has no more than its times: the rest is its series'.
            found[name] = _busy({**masters.get(str(row.get("seriesMasterId", "")), {}), **row})
    taken = [each for each in found.values() if each and each.end > window.first and each.start < window.last]
    named = {each.remote_id for each in taken}
    return Changes(taken, [name for name in found if name not in named], cursor, is_complete)


def _masters(connection: Connection, latest: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What occurrences do not say themselves, of each series: from this answer, or asked for."""
    known = {name: _shared(row) for name, row in latest.items() if row.get("type") == "seriesMaster"}
    bare = [row for row in latest.values() if row.get("seriesMasterId") and "showAs" not in row]
    needed = {str(row["seriesMasterId"]) for row in bare}
    for name in sorted(needed - known.keys())[:MOST_MASTERS]:
        path = f"/me/events/{quote(name, safe='')}?{urlencode({'$select': ','.join(SHARED)})}"
        answer = request(connection, "GET", path)
        known[name] = _shared(read(answer)) if answer.status in GOOD else {}
    return known


SHARED = ("subject", "showAs", "isCancelled", "iCalUId")


def _shared(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SHARED if name in row}


def _busy(row: dict[str, Any]) -> Busy | None:
    if "@removed" in row or row.get("isCancelled") or row.get("showAs") in FREE:
        return None
    if isinstance(row.get("responseStatus"), dict) and row["responseStatus"].get("response") == "declined":
        return None
    start, end = _instant(row.get("start")), _instant(row.get("end"))
    if start is None or end is None or start >= end:
        return None
    name = str(row["id"])
    return Busy(name, name, next(_own(row), str(row.get("iCalUId", ""))), start, end, str(row.get("subject", "")))


def _own(row: dict[str, Any]) -> Iterator[str]:
    for prop in row.get("singleValueExtendedProperties") or []:
        if isinstance(prop, dict) and prop.get("id") == OURS:
            yield str(prop.get("value", ""))


def _instant(said: object) -> datetime | None:
    """Times are in UTC, as the request prefers; Graph writes seven digits of a second."""
    if not isinstance(said, dict):
        return None
    try:
        return datetime.fromisoformat(str(said["dateTime"])[:19]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
