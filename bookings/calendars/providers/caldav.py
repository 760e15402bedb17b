"""CalDAV (RFC 4791): Nextcloud, iCloud, Fastmail, Radicale and others. Events are files named after their uid."""

from http import HTTPStatus
from urllib.parse import quote, urljoin, urlsplit

import icalendar

from bookings import ics
from bookings.calendars.providers import Account, Changed, Choice, Dead, Rejected, Written
from bookings.calendars.providers import events as words
from bookings.calendars.providers.asking import GOOD, refused
from bookings.calendars.providers.webdav import CALDAV, DAV, Found, Login, near, propfind, send
from bookings.models.calendars import CalendarCopy, Connection

WELL_KNOWN = "/.well-known/caldav"
"""RFC 6764, 5."""
ABOUT = (
    '<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>'
    "<d:resourcetype/><d:displayname/><d:current-user-principal/><c:calendar-home-set/>"
    "<c:supported-calendar-component-set/><d:current-user-privilege-set/></d:prop></d:propfind>"
)
ETAG = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
CALENDAR_TYPE = {"Content-Type": "text/calendar; charset=utf-8"}
WRITES = frozenset({f"{DAV}write", f"{DAV}write-content", f"{DAV}bind", f"{DAV}all"})


def account(url: str, login: Login) -> Account:
    """The calendars of somebody who signs in at an address; that can be the server's, or a calendar's own.

    By RFC 6764 and RFC 5397: the address or `/.well-known/caldav`, the principal there, its home, what is in it.
    Raises `Dead("unauthorized")`, `Dead("no_calendars")`, `Later`.
    """
    for start in (url, urljoin(url, WELL_KNOWN)):
        found = propfind(login, start, ABOUT)
        if found and _is_calendar(found[0]):
            return Account(login.username, [_choice(found[0])])
        home = _home(login, url, found)
        if home:
            choices = [_choice(one) for one in propfind(login, home, ABOUT, depth=1) if _is_calendar(one)]
            return Account(login.username, choices)
    raise Dead("no_calendars")


def _home(login: Login, url: str, found: list[Found]) -> str:
    """Where somebody's calendars are: said at the principal, or (some servers) at the address itself."""
    if not found:
        return ""
    home = found[0].link(f"{CALDAV}calendar-home-set")
    principal = found[0].link(f"{DAV}current-user-principal")
    if not home and principal:
        found = propfind(login, near(url, principal), ABOUT)
        home = found[0].link(f"{CALDAV}calendar-home-set") if found else ""
    return near(url, home) if home else ""


def _is_calendar(found: Found) -> bool:
    kind = found.properties.get(f"{DAV}resourcetype")
    if kind is None or kind.find(f"{CALDAV}calendar") is None:
        return False
    taken = found.properties.get(f"{CALDAV}supported-calendar-component-set")
    names = {part.get("name") for part in taken} if taken is not None else set()
    return not names or "VEVENT" in names


def _choice(found: Found) -> Choice:
    allowed = found.properties.get(f"{DAV}current-user-privilege-set")
    privileges = {part.tag for part in allowed.iter()} if allowed is not None else WRITES
    name = found.text(f"{DAV}displayname") or urlsplit(found.url).path.rstrip("/").rpartition("/")[2]
    return Choice(found.url, name, bool(privileges & WRITES))


class Writer:
    """Writes bookings into a calendar by CalDAV; `Connection.remote_id` is the calendar's address."""

    def put(self, connection: Connection, event: icalendar.Event, copy: CalendarCopy) -> Written:
        """As `providers.Writer`, with `If-None-Match` and `If-Match` (RFC 4791, 5.3.2)."""
        url = copy.remote_id or _address(connection, str(event["UID"]))
        condition = {"If-Match": copy.etag} if copy.etag else {} if copy.remote_id else {"If-None-Match": "*"}
        body = ics.calendar([event], name="")
        answer, _ = send(Login.of(connection.sealed), "PUT", url, {**CALENDAR_TYPE, **condition}, body)
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            raise Changed
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE}:
            # RFC 4918, 9.7.1: there is no such collection.
            self.check(connection)
            raise refused(answer)
        _check_allowed(answer.status)
        if answer.status not in GOOD:
            raise refused(answer)
        return Written(url, answer.headers.get("ETag", ""))

    def find(self, connection: Connection, uid: str) -> Written | None:
        """As `providers.Writer`: the name is made from the uid."""
        url = _address(connection, uid)
        found = propfind(Login.of(connection.sealed), url, ETAG)
        return Written(url, found[0].text(f"{DAV}getetag")) if found else None

    def delete(self, connection: Connection, copy: CalendarCopy) -> None:
        """As `providers.Writer`."""
        answer, _ = send(Login.of(connection.sealed), "DELETE", copy.remote_id)
        _check_allowed(answer.status)
        if answer.status not in {*GOOD, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise refused(answer)

    def check(self, connection: Connection) -> None:
        """As `providers.Writer`."""
        found = propfind(Login.of(connection.sealed), connection.remote_id, ABOUT)
        if not any(_is_calendar(one) for one in found):
            raise Dead("calendar_gone")


def _check_allowed(status: int) -> None:
    if status == HTTPStatus.FORBIDDEN:
        raise Rejected("forbidden")


def _address(connection: Connection, uid: str) -> str:
    base = connection.remote_id if connection.remote_id.endswith("/") else f"{connection.remote_id}/"
    return urljoin(base, f"{quote(words.name_of(uid), safe='')}.ics")
