"""Microsoft 365 by Graph v1.0: events of a calendar. Their ids are Microsoft's; ours is a property of each.

Source: learn.microsoft.com/graph/api/resources/event, /graph/api/calendar-post-events, /graph/throttling.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import icalendar
from django.conf import settings

from bookings.calendars.providers import Account, Changed, Choice, Dead, Later, Written
from bookings.calendars.providers import events as words
from bookings.calendars.providers.asking import GOOD, read, refused
from bookings.calendars.providers.oauth import Issuer, send
from bookings.models.calendars import CalendarCopy, Connection
from outside.client import Answer

ISSUER = Issuer(
    client=lambda: (settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET),
    authorize_url=lambda: f"{settings.MICROSOFT_OAUTH_URL}/authorize",
    token_url=lambda: f"{settings.MICROSOFT_OAUTH_URL}/token",
    scope="offline_access User.Read Calendars.ReadWrite",
    asks={"response_mode": "query", "prompt": "select_account"},
)
OURS = "String {7b1d9e0c-5c1e-4f0b-9a53-3f2c8f6e4a10} Name forecourtUid"
"""The extended property in which our events keep their uid: Graph makes `iCalUId` itself."""
IDS = {"Prefer": 'IdType="ImmutableId"'}
"""Ids that stay when an event is moved to another folder."""


def request(
    connection: Connection,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask Graph in the connection's name. `path` may be a whole address, as its next and delta links are.

    Raises `Dead` for an account that may not, and `Later`.
    """
    url = path if path.startswith(settings.MICROSOFT_API_URL) else f"{settings.MICROSOFT_API_URL}{path}"
    sent = {"Accept": "application/json", **IDS, **({"Content-Type": "application/json"} if body is not None else {})}
    data = None if body is None else json.dumps(body).encode()
    answer = send(ISSUER, connection, method, url, {**sent, **(headers or {})}, data)
    if answer.status == HTTPStatus.FORBIDDEN:
        raise Dead("forbidden")
    return answer


def calendar_of(connection: Connection) -> str:
    """The path of a calendar."""
    return f"/me/calendars/{quote(connection.remote_id, safe='')}"


def account(sealed: str) -> Account:
    """Whose tokens they are, and the calendars that can be chosen."""
    mine = Connection(provider=Connection.Provider.MICROSOFT, sealed=sealed)
    me = request(mine, "GET", "/me?$select=mail,userPrincipalName")
    listed = request(mine, "GET", "/me/calendars?$select=id,name,canEdit&$top=200")
    if me.status not in GOOD or listed.status not in GOOD:
        raise Dead("no_calendars")
    who = read(me)
    rows = [row for row in read(listed).get("value", []) if isinstance(row, dict) and row.get("id")]
    choices = [
        Choice(str(row["id"]), str(row.get("name") or row["id"]), row.get("canEdit") is not False) for row in rows
    ]
    return Account(str(who.get("mail") or who.get("userPrincipalName") or ""), choices)


class Writer:
    """Writes bookings into a calendar of Microsoft 365."""

    def put(self, connection: Connection, event: icalendar.Event, copy: CalendarCopy) -> Written:
        """As `providers.Writer`. Graph makes one event of one `transactionId`, however often it is sent."""
        body = _body(event)
        if copy.remote_id:
            condition = {"If-Match": copy.etag} if copy.etag else {}
            answer = request(connection, "PATCH", _event(copy.remote_id), body, condition)
            if answer.status in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                raise Changed
        else:
            body["transactionId"] = _transaction(copy)
            answer = request(connection, "POST", f"{calendar_of(connection)}/events", body)
            if answer.status == HTTPStatus.CONFLICT:
                raise Changed
            if answer.status == HTTPStatus.NOT_FOUND:
                raise Dead("calendar_gone")
        if answer.status not in GOOD:
            raise refused(answer)
        said = read(answer)
        if not said.get("id"):
            raise Later("bad_answer")
        return Written(str(said["id"]), str(said.get("@odata.etag", "")))

    def find(self, connection: Connection, uid: str) -> Written | None:
        """As `providers.Writer`: by the property that has the uid."""
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{OURS}' and ep/value eq '{_quoted(uid)}')"
        query = urlencode({"$filter": wanted, "$select": "id", "$top": "1"}, quote_via=quote)
        answer = request(connection, "GET", f"{calendar_of(connection)}/events?{query}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Dead("calendar_gone")
        if answer.status not in GOOD:
            raise refused(answer)
        rows = [row for row in read(answer).get("value", []) if isinstance(row, dict) and row.get("id")]
        return Written(str(rows[0]["id"]), str(rows[0].get("@odata.etag", ""))) if rows else None

    def delete(self, connection: Connection, copy: CalendarCopy) -> None:
        """As `providers.Writer`; 404 says that it is gone."""
        answer = request(connection, "DELETE", _event(copy.remote_id))
        if answer.status not in {*GOOD, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise refused(answer)

    def check(self, connection: Connection) -> None:
        """As `providers.Writer`."""
        answer = request(connection, "GET", f"{calendar_of(connection)}?$select=id")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Dead("calendar_gone")
        if answer.status not in GOOD:
            raise refused(answer)


def _event(remote_id: str) -> str:
    return f"/me/events/{quote(remote_id, safe='')}"


def _transaction(copy: CalendarCopy) -> str:
    """One name for all tries to make an event; another one after it was deleted, as Graph remembers it. 64 at most."""
    since = copy.pushed_at.timestamp() if copy.pushed_at else 0
    return f"{copy.booking_id}/{copy.pk}/{since:.0f}"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _body(event: icalendar.Event) -> dict[str, Any]:
    shown = words.shown(event)
    return {
        "subject": shown.title,
        "body": {"contentType": "text", "content": shown.text},
        "location": {"displayName": shown.place},
        "start": {"dateTime": f"{shown.start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{shown.end:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "showAs": "busy",
        "singleValueExtendedProperties": [{"id": OURS, "value": shown.uid}],
    }
