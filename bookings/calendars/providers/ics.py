"""Any calendar that has an address (ICS): read as a whole, unless it says that nothing changed (T23).

Who knows its address can read it, so the address lies in `Connection.sealed`.
"""

import re
from datetime import timedelta
from http import HTTPStatus

from bookings.calendars.providers import Changes, Dead, Later, Rejected
from bookings.calendars.providers.asking import GOOD, ask
from bookings.calendars.providers.ics_reading import busy, read
from bookings.calendars.providers.window import Window, closed, opened
from bookings.models.calendars import Connection
from outside import vault
from outside.client import Limits

LIMITS = Limits(seconds=5.0, max_bytes=5_000_000, redirects=3)
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
FORBIDDEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
FLOOR, CEILING = timedelta(minutes=15), timedelta(days=1)
"""What the calendar itself says of how often to read it is heard within these."""
DURATION = re.compile(r"^P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$")


class Reader:
    """Reads a calendar at an address."""

    def changes(self, connection: Connection) -> Changes:
        """As `providers.Reader`: everything, or nothing where the server says that nothing changed."""
        known, window = opened(connection.cursor), Window.of(connection)
        headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip", **_conditions(known)}
        answer = ask("GET", _address(connection), headers, limits=LIMITS)
        if answer.status == HTTPStatus.NOT_MODIFIED and known:
            return Changes([], [], connection.cursor, is_complete=False)
        if answer.status in GONE:
            raise Rejected("address_gone")
        if answer.status in FORBIDDEN:
            raise Dead("forbidden")
        if answer.status not in GOOD:
            raise Later(f"status_{answer.status}")
        found = read([answer.body.decode("utf-8-sig", errors="replace")], window)
        cursor = closed(
            window,
            etag=answer.headers.get("ETag", "")[:200],
            modified=answer.headers.get("Last-Modified", "")[:60],
            pause=int(pause_of(found.refresh).total_seconds()),
        )
        return Changes([busy(row, row["uid"]) for row in found.documents[0]], [], cursor, is_complete=True)


def pause(connection: Connection) -> timedelta:
    """How long to wait before it is read again."""
    return timedelta(seconds=opened(connection.cursor).get("pause", FLOOR.total_seconds()))


def pause_of(said: str) -> timedelta:
    """What a duration of RFC 5545, 3.3.6 comes to, never under a quarter of an hour (RFC 7986, 5.7: T23)."""
    found = DURATION.match(said.upper())
    if found is None or not any(found.groups()):
        return FLOOR
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return min(max(length, FLOOR), CEILING)


def _conditions(known: dict[str, str]) -> dict[str, str]:
    asked = {"If-None-Match": known.get("etag", ""), "If-Modified-Since": known.get("modified", "")}
    return {name: value for name, value in asked.items() if value}


def _address(connection: Connection) -> str:
    """Where to fetch it; calendars' "webcal:" is "https:" by another name. Raises `Dead` where it cannot be opened."""
    try:
        url = vault.unseal(connection.sealed)
    except vault.Sealed as error:
        raise Dead("sealed") from error
    scheme, found, rest = url.partition("://")
    return f"https://{rest}" if found and scheme.lower() in {"webcal", "webcals"} else url
