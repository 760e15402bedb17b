"""What changed in a calendar at Google: sync tokens, and channels that say that something did.

Source: developers.google.com/workspace/calendar/api/guides/sync and .../guides/push.
"""

from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from bookings.calendars.providers import Busy, Changes, CursorLost, Dead, Rejected
from bookings.calendars.providers.asking import GOOD, read, refused
from bookings.calendars.providers.google import OURS, events_of, request
from bookings.calendars.providers.ics_reading import MOST_EVENTS
from bookings.calendars.providers.window import Window, closed, opened
from bookings.models.calendars import Connection
from tenants.zones import zone

MOST_PAGES = 50
FIELDS = (
    "nextPageToken,nextSyncToken,items(id,status,transparency,summary,iCalUID,start,end,eventType,"
    "extendedProperties/private,attendees(self,responseStatus))"
)


class Reader:
    """Reads what changed since a sync token; occurrences of what repeats come one by one."""

    def changes(self, connection: Connection) -> Changes:
        """As `providers.Reader`. A token is good for the window that it was begun with: it is begun anew each week."""
        known, window = opened(connection.cursor), Window.of(connection)
        first = {"syncToken": str(known["token"])} if "token" in known else _whole(window)
        rows: list[dict[str, Any]] = []
        page: dict[str, str] = {}
        for _number in range(MOST_PAGES):
            query = {"singleEvents": "true", "maxResults": "2500", "fields": FIELDS, **first, **page}
            answer = request(connection, "GET", f"{events_of(connection)}?{urlencode(query)}")
            if answer.status == HTTPStatus.GONE:
                raise CursorLost
            if answer.status == HTTPStatus.NOT_FOUND:
                raise Dead("calendar_gone")
            if answer.status not in GOOD:
                raise refused(answer)
            said = read(answer)
            rows += [row for row in said.get("items", []) if isinstance(row, dict) and row.get("id")]
            if len(rows) > 2 * MOST_EVENTS:
                raise Rejected("too_many_events")
            if said.get("nextSyncToken"):
                cursor = closed(_window_of(known, window), token=said["nextSyncToken"])
                return _changes(rows, window, cursor, is_complete=not known)
            page = {"pageToken": str(said.get("nextPageToken", ""))}
        raise Rejected("too_many_events")


def watch(connection: Connection, address: str, token: str) -> tuple[str, datetime]:
    """Have Google call an address when something changes: the channel's name, and until when it lasts.

    The name is ours and Google's of the calendar, with a colon between: `unwatch` needs both.
    """
    name = uuid4().hex
    body = {"id": name, "type": "web_hook", "address": address, "token": token, "params": {"ttl": "604800"}}
    answer = request(connection, "POST", f"{events_of(connection)}/watch", body)
    if answer.status not in GOOD:
        raise refused(answer)
    said = read(answer)
    if not str(said.get("expiration", "")).isdecimal():
        raise Rejected("bad_answer")
    ends = datetime.fromtimestamp(int(said["expiration"]) / 1000, UTC)
    return f"{name}:{said.get('resourceId', '')}"[:80], ends


def unwatch(connection: Connection) -> None:
    """End a channel; one that has ended is no trouble."""
    name, _colon, resource = connection.channel_id.partition(":")
    answer = request(connection, "POST", "/channels/stop", {"id": name, "resourceId": resource})
    if answer.status not in {*GOOD, HTTPStatus.NOT_FOUND}:
        raise refused(answer)


def _whole(window: Window) -> dict[str, str]:
    return {"timeMin": _text(window.first), "timeMax": _text(window.last)}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _window_of(known: dict[str, Any], window: Window) -> Window:
    """The window that the token was begun with."""
    return Window(window.first, datetime.fromisoformat(known["last"]), window.zone) if known else window


def _changes(rows: list[dict[str, Any]], window: Window, cursor: str, *, is_complete: bool) -> Changes:
    # An event may come twice where it changed between two pages: the later one counts.
    latest = {str(row["id"]): row for row in rows}
    found = {name: _busy(row, zone(window.zone)) for name, row in latest.items()}
    taken = [each for each in found.values() if each and each.end > window.first and each.start < window.last]
    named = {each.remote_id for each in taken}
    return Changes(taken, [name for name in found if name not in named], cursor, is_complete)


def _busy(row: dict[str, Any], in_zone: ZoneInfo) -> Busy | None:
    if row.get("status") == "cancelled" or row.get("transparency") == "transparent":
        return None
    if row.get("eventType") == "workingLocation" or _declined(row):
        return None
    start, end = _instant(row.get("start"), in_zone), _instant(row.get("end"), in_zone)
    if start is None or end is None or start >= end:
        return None
    own = ((row.get("extendedProperties") or {}).get("private") or {}).get(OURS)
    uid = str(own or row.get("iCalUID", ""))
    name = str(row["id"])
    return Busy(name, name, uid, start, end, str(row.get("summary", "")))


def _declined(row: dict[str, Any]) -> bool:
    guests = [guest for guest in row.get("attendees") or [] if isinstance(guest, dict)]
    return any(guest.get("self") and guest.get("responseStatus") == "declined" for guest in guests)


def _instant(said: object, in_zone: ZoneInfo) -> datetime | None:
    """A whole day begins at the venue's midnight."""
    if not isinstance(said, dict):
        return None
    try:
        if said.get("dateTime"):
            at = datetime.fromisoformat(str(said["dateTime"]))
            return (at if at.tzinfo else at.replace(tzinfo=zone(said.get("timeZone") or in_zone.key))).astimezone(UTC)
        return datetime.combine(datetime.fromisoformat(str(said["date"])), time(), in_zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
