"""Any calendar address: asked no more than needed, and what it asks of us is heard within limits."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bookings.calendars import connecting, fitting, pulling
from bookings.calendars.providers.ics import pause_of
from bookings.models import Connection, Occupancy
from outside import vault
from schemas.clock import database_now
from tests.bookings.calendars.written import calendar, event
from tests.bookings.scenes import at


@dataclass
class Shelf:
    """What lies at the address, and what was asked for."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def shelf(in_alpha) -> Iterator[Shelf]:
    """A server with one calendar, which is read for Court 1."""
    there = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append({name.lower(): value for name, value in self.headers.items()})
            known = there.headers.get("ETag")
            status = 304 if known and self.headers.get("If-None-Match") == known else there.status
            body = b"" if status == 304 else there.body
            self.send_response(status)
            for name, value in there.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        Connection.objects.create(
            provider="ics",
            name="Elsewhere",
            sealed=vault.seal(f"http://127.0.0.1:{server.server_address[1]}/a.ics"),
            resource_id=in_alpha.court_1,
            pulls=True,
            created_at=database_now(),
        )
        yield there
        server.shutdown()
        thread.join(60)


def read() -> Connection:
    """Read it, and fit its resource."""
    connection = Connection.objects.get()
    pulling.pull(str(connection.pk))
    connection.refresh_from_db()
    fitting.fit(connection.resource_id or 0)
    return connection


def hour(start) -> bytes:
    """A calendar with an event of an hour."""
    stamp, ends = "%Y%m%dT%H%M%SZ", start + timedelta(hours=1)
    lines = (f"DTSTART:{start.astimezone(UTC):{stamp}}", f"DTEND:{ends.astimezone(UTC):{stamp}}")
    return calendar(event("a", *lines)).encode()


def taken() -> list[tuple[object, object]]:
    """What the calendar takes."""
    return [(row.during.lower, row.during.upper) for row in Occupancy.objects.filter(kind="external")]


def test_what_did_not_change_is_not_sent_again(shelf):
    shelf.body, shelf.headers = hour(at(10)), {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
    read()
    assert taken() == [(at(10), at(11))]
    read()
    assert shelf.asked[1]["if-none-match"] == '"1"'
    assert shelf.asked[1]["if-modified-since"] == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert taken() == [(at(10), at(11))]
    shelf.body, shelf.headers = hour(at(14)), {"ETag": '"2"'}
    read()
    assert taken() == [(at(14), at(15))]


@pytest.mark.parametrize(
    ("status", "body", "headers", "code"),
    [
        (200, b"<!doctype html>", {}, "not_a_calendar"),
        (200, b"x" * 5_000_001, {}, "too_large"),
        (200, gzip.compress(b"\0" * 200_000_000, 1), {"Content-Encoding": "gzip"}, "too_large"),
        (404, b"", {}, "address_gone"),
        (503, b"", {}, "status_503"),
    ],
    ids=["no calendar", "5 MB and one", "a bomb of 200 MB", "gone", "broken"],
)
def test_what_cannot_be_read_is_noted_and_takes_nothing_away(shelf, status, body, headers, code):
    """T23."""
    shelf.body = hour(at(10))
    read()
    shelf.status, shelf.body, shelf.headers = status, body, headers
    connection = read()
    assert (connection.state, connection.last_error, connection.failures) == ("failing", code, 1)
    assert taken() == [(at(10), at(11))]


def test_an_address_that_was_closed_to_us_is_read_again_when_somebody_asks(shelf):
    shelf.status = 403
    closed = read()
    assert (closed.state, closed.last_error) == ("dead", "forbidden")
    shelf.status, shelf.body = 200, hour(at(10))
    assert taken() == []
    connecting.test(closed)
    opened = read()
    assert (opened.state, opened.last_error, opened.failures) == ("ok", "", 0)
    assert taken() == [(at(10), at(11))]


@pytest.mark.parametrize(
    ("said", "minutes"), [("", 15), ("PT1M", 15), ("PT45M", 45), ("P1W", 24 * 60), ("P", 15), ("every minute", 15)]
)
def test_how_often_is_never_more_than_every_quarter_of_an_hour(said, minutes):
    assert pause_of(said) == timedelta(minutes=minutes)
