"""What changed in a calendar by CalDAV: sync-collection (RFC 6578), or where that is not known, ctag and ETags."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from bookings.calendars.providers import Busy, Changes, CursorLost, Dead, Later, Rejected
from bookings.calendars.providers.asking import refused
from bookings.calendars.providers.ics_reading import MOST_EVENTS, busy, read
from bookings.calendars.providers.webdav import CALDAV, DAV, XML, Found, Login, multistatus, propfind, send
from bookings.calendars.providers.window import Window, closed, opened
from bookings.models.calendars import Connection

CTAG = "{http://calendarserver.org/ns/}getctag"
ABOUT = (
    '<d:propfind xmlns:d="DAV:" xmlns:s="http://calendarserver.org/ns/"><d:prop>'
    "<d:resourcetype/><d:sync-token/><s:getctag/></d:prop></d:propfind>"
)
ETAGS = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:resourcetype/></d:prop></d:propfind>'
SYNC = (
    '<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>'
    "<d:prop><d:getetag/></d:prop></d:sync-collection>"
)
MULTIGET = (
    '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
)
LOST = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED})
"""RFC 6578, 3.2: a token that is not valid (any more) fails a precondition; RFC 4918, 16 has it with 403 or 409."""
UNKNOWN = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE})
MOST_ROUNDS = 50
AT_ONCE = 100


@dataclass(frozen=True)
class _Found:
    """What differs: addresses that changed, addresses that are gone, and where reading goes on."""

    changed: Sequence[str]
    gone: Iterable[str]
    cursor: str
    is_complete: bool


class Reader:
    """Reads what changed in a calendar at `Connection.remote_id`."""

    def changes(self, connection: Connection) -> Changes:
        """As `providers.Reader`. Repetition is walked up to the horizon, so everything is read anew each week."""
        login, known, window = Login.of(connection.sealed), opened(connection.cursor), Window.of(connection)
        about = propfind(login, connection.remote_id, ABOUT)
        if not about:
            raise Dead("calendar_gone")
        if about[0].text(f"{DAV}sync-token"):
            return _synced(connection, login, known, window)
        return _compared(connection, login, known, window, about[0].text(CTAG))


def _synced(connection: Connection, login: Login, known: dict[str, Any], window: Window) -> Changes:
    token = str(known.get("token", ""))
    changed, gone, token = _report(connection, login, token)
    cursor = closed(_begun(known, window) if known.get("token") else window, token=token)
    return _changes(connection, login, window, _Found(changed, gone, cursor, not known.get("token")))


def _report(connection: Connection, login: Login, token: str) -> tuple[list[str], list[str], str]:
    """Addresses that changed and that are gone since a token, and the next token; 507 says that there is more."""
    changed: dict[str, None] = {}
    gone: dict[str, None] = {}
    for _round in range(MOST_ROUNDS):
        body = SYNC.format(token=escape(token)).encode()
        answer, at = send(login, "REPORT", connection.remote_id, {**XML, "Depth": "0"}, body)
        if answer.status != HTTPStatus.MULTI_STATUS:
            if token and answer.status in LOST | UNKNOWN:
                raise CursorLost
            raise refused(answer)
        has_more = False
        for found in multistatus(answer, at):
            if found.status == HTTPStatus.INSUFFICIENT_STORAGE:
                has_more = True
            elif found.status == HTTPStatus.NOT_FOUND:
                changed.pop(found.url, None)
                gone[found.url] = None
            elif not _is_same(found.url, connection.remote_id):
                gone.pop(found.url, None)
                changed[found.url] = None
        token = _token(answer.body)
        if not has_more:
            return list(changed), list(gone), token
    raise Rejected("too_many_events")


def _compared(connection: Connection, login: Login, known: dict[str, Any], window: Window, ctag: str) -> Changes:
    """For servers without sync-collection: what differs from the ETags of the last time."""
    if known.get("etags") is not None and ctag and known.get("ctag") == ctag:
        return Changes([], [], connection.cursor, is_complete=False)
    listed = propfind(login, connection.remote_id, ETAGS, depth=1)
    etags = {
        found.url: found.text(f"{DAV}getetag")
        for found in listed
        if not _is_same(found.url, connection.remote_id) and not _is_collection(found)
    }
    if len(etags) > MOST_EVENTS:
        raise Rejected("too_many_events")
    before: dict[str, str] = known.get("etags") or {}
    changed = [url for url, etag in etags.items() if not etag or before.get(url) != etag]
    cursor = closed(_begun(known, window) if known else window, ctag=ctag, etags=etags)
    gone = [url for url in before if url not in etags]
    return _changes(connection, login, window, _Found(changed, gone, cursor, not known))


def _begun(known: dict[str, Any], window: Window) -> Window:
    """The window up to which repetition was walked when the cursor was begun."""
    return Window(window.first, datetime.fromisoformat(known["last"]), window.zone)


def _changes(connection: Connection, login: Login, window: Window, found: _Found) -> Changes:
    changed = found.changed
    if len(changed) > MOST_EVENTS:
        raise Rejected("too_many_events")
    texts: dict[str, str] = {}
    for start in range(0, len(changed), AT_ONCE):
        texts |= _texts(connection, login, changed[start : start + AT_ONCE])
    documents = read(list(texts.values()), window).documents if texts else []
    events: list[Busy] = [busy(row, url) for url, rows in zip(texts, documents, strict=True) for row in rows]
    named = {event.remote_id for event in events}
    # An event that takes no time any more gives back what it had.
    free = [url for url in changed if url not in named]
    return Changes(events, [*found.gone, *free], found.cursor, found.is_complete)


def _texts(connection: Connection, login: Login, urls: Sequence[str]) -> dict[str, str]:
    """The calendar data at addresses, by address; what is gone meanwhile is missing."""
    hrefs = "".join(f"<d:href>{escape(urlsplit(url).path)}</d:href>" for url in urls)
    body = MULTIGET.format(hrefs=hrefs).encode()
    answer, at = send(login, "REPORT", connection.remote_id, {**XML, "Depth": "1"}, body)
    if answer.status != HTTPStatus.MULTI_STATUS:
        raise refused(answer)
    data = {found.url: found.text(f"{CALDAV}calendar-data") for found in multistatus(answer, at)}
    return {url: text for url, text in data.items() if text}


def _token(body: bytes) -> str:
    token = fromstring(body, forbid_dtd=True).findtext(f"{DAV}sync-token", "").strip()
    if not token:
        raise Later("bad_answer")
    return str(token)


def _is_same(one: str, other: str) -> bool:
    return unquote(urlsplit(one).path).rstrip("/") == unquote(urlsplit(other).path).rstrip("/")


def _is_collection(found: Found) -> bool:
    kind = found.properties.get(f"{DAV}resourcetype")
    return kind is not None and kind.find(f"{DAV}collection") is not None
