"""Google Calendar API v3: events of a calendar, under ids made from bookings.

Source: developers.google.com/workspace/calendar/api/v3/reference/events and .../guides/errors.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import icalendar
from django.conf import settings

from bookings.calendars.providers import Account, Changed, Choice, Dead, Later, Written
from bookings.calendars.providers import events as words
from bookings.calendars.providers.asking import GOOD, after, read, refused
from bookings.calendars.providers.oauth import Issuer, send
from bookings.models.calendars import CalendarCopy, Connection
from outside.client import Answer

ISSUER = Issuer(
    client=lambda: (settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET),
    authorize_url=lambda: settings.GOOGLE_OAUTH_URL,
    token_url=lambda: settings.GOOGLE_TOKEN_URL,
    scope="https://www.googleapis.com/auth/calendar.events"
    " https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    # Without `consent`, an owner who agreed before gets no refresh token.
    asks={"access_type": "offline", "prompt": "consent"},
)
OURS = "forecourt"
"""The private extended property in which our events keep their uid: `iCalUID` cannot be given along with an id."""
TOO_MUCH = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded"})
WRITERS = frozenset({"owner", "writer"})


def request(
    connection: Connection,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask the API in the connection's name. Raises `Dead` for an account that may not, `Later` for "too much"."""
    sent = {"Accept": "application/json", **({"Content-Type": "application/json"} if body is not None else {})}
    data = None if body is None else json.dumps(body).encode()
    answer = send(ISSUER, connection, method, f"{settings.GOOGLE_API_URL}{path}", {**sent, **(headers or {})}, data)
    if answer.status == HTTPStatus.FORBIDDEN:
        if _reasons(answer) & TOO_MUCH:
            raise Later("rate_limit", after(answer))
        raise Dead("forbidden")
    return answer


def events_of(connection: Connection) -> str:
    """The path of a calendar's events."""
    return f"/calendars/{quote(connection.remote_id, safe='')}/events"


def id_of(uid: str) -> str:
    """The event's id there: base32hex, as Google wants it, from the booking's id; the same whoever asks."""
    return f"fc{words.name_of(uid).replace('-', '').lower()}"


def account(sealed: str) -> Account:
    """Whose tokens they are, and the calendars that can be chosen."""
    mine = Connection(provider=Connection.Provider.GOOGLE, sealed=sealed)
    primary = request(mine, "GET", "/users/me/calendarList/primary")
    listed = request(mine, "GET", "/users/me/calendarList?maxResults=250&minAccessRole=reader")
    if primary.status not in GOOD or listed.status not in GOOD:
        raise Dead("no_calendars")
    rows = [row for row in read(listed).get("items", []) if isinstance(row, dict) and row.get("id")]
    choices = [
        Choice(str(row["id"]), str(row.get("summaryOverride") or row.get("summary") or row["id"]), _writes(row))
        for row in rows
    ]
    return Account(str(read(primary).get("id", "")), choices)


class Writer:
    """Writes bookings into a calendar at Google."""

    def put(self, connection: Connection, event: icalendar.Event, copy: CalendarCopy) -> Written:
        """As `providers.Writer`: insert under our own id; what has it already is written over."""
        body = _body(event)
        if not copy.remote_id:
            answer = request(connection, "POST", f"{events_of(connection)}?sendUpdates=none", body)
            if answer.status == HTTPStatus.CONFLICT:
                raise Changed
        else:
            path = f"{events_of(connection)}/{quote(copy.remote_id, safe='')}?sendUpdates=none"
            condition = {"If-Match": copy.etag} if copy.etag else {}
            answer = request(connection, "PUT", path, body, condition)
            if answer.status in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT}:
                raise Changed
            if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise Changed
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Dead("calendar_gone")
        if answer.status not in GOOD:
            raise refused(answer)
        said = read(answer)
        return Written(str(said.get("id", body["id"])), str(said.get("etag", "")))

    def find(self, connection: Connection, uid: str) -> Written | None:
        """As `providers.Writer`. An event that was deleted is still there, cancelled, and can be written again."""
        answer = request(connection, "GET", f"{events_of(connection)}/{id_of(uid)}")
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return None
        if answer.status not in GOOD:
            raise refused(answer)
        return Written(id_of(uid), str(read(answer).get("etag", "")))

    def delete(self, connection: Connection, copy: CalendarCopy) -> None:
        """As `providers.Writer`; 404 and 410 say that it is gone."""
        path = f"{events_of(connection)}/{quote(copy.remote_id, safe='')}?sendUpdates=none"
        answer = request(connection, "DELETE", path)
        if answer.status not in {*GOOD, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise refused(answer)

    def check(self, connection: Connection) -> None:
        """As `providers.Writer`."""
        answer = request(connection, "GET", f"{events_of(connection)}?maxResults=1&fields=kind")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Dead("calendar_gone")
        if answer.status not in GOOD:
            raise refused(answer)


def _body(event: icalendar.Event) -> dict[str, Any]:
    shown = words.shown(event)
    return {
        "id": id_of(shown.uid),
        "status": "confirmed",
        "summary": shown.title,
        "description": shown.text,
        "location": shown.place,
        "start": {"dateTime": shown.start.isoformat()},
        "end": {"dateTime": shown.end.isoformat()},
        "transparency": "opaque",
        "extendedProperties": {"private": {OURS: shown.uid}},
    }


def _writes(row: Mapping[str, Any]) -> bool:
    return row.get("accessRole") in WRITERS


def _reasons(answer: Answer) -> set[str]:
    error = read(answer).get("error")
    rows = error.get("errors", []) if isinstance(error, dict) else []
    return {str(row.get("reason", "")) for row in rows if isinstance(row, dict)}
