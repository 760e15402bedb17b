"""The statements that the product sends for a piece of work, taken down and made into pgbench scripts.

So the bare SQL is the same work by construction, whatever the code becomes.
Reads are replayed as they are. What is made is replayed on another day each
time: every date and time that lies ahead is moved by `:d` days, ids and codes
of bookings are made of `:n`, and what a series is called PostgreSQL says.
Each client is a customer of its own, so that they do not wait for each other.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.ground import Ground

SWITCH = "SET search_path"
STAMP = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?\+00:00"
RANGE = re.compile(rf"""'\["?({STAMP})"?, ?"?({STAMP})"?\)'(?:::\w+)*""")
MOMENT = re.compile(rf"'({STAMP})'(?:::\w+)?")
DAY = re.compile(r"'(\d{4}-\d\d-\d\d)'(?:::date)?")
WALL = re.compile(r"'(\d{4}-\d\d-\d\dT\d\d:\d\d)'")
CUSTOMERS_LOCK = re.compile(r"pg_advisory_xact_lock\(-?\d+\)")
MADE_SERIES = 'INSERT INTO "bookings_series" '
TAKE_ID = " \\gset series_"
MOVED = "\\set k :k + 1\n\\set n :base + :k * :clients + :client_id\n\\set a random(10000000, 99999999)\n"
MOVED += "\\set low 100000000000 + :n\n\\set d :n\n"
MOVED_BY_YEARS = f"{MOVED}\\set d :n / 7 * 364 + :n % 7\n"
"""A series takes the same day of the week for a year: the next one takes the next day, or the next year."""
FIRST_SERIES = 7_000_000_001
"""No other number in the SQL looks like the id of a series."""
HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Call:
    """A request as the load generator sends it, the status that it must answer, and headers unlike the customers'."""

    method: str
    path: str
    status: int
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """A pgbench script and how many statements of the product are in it."""

    text: str
    statements: int


class Recorder:
    """Makes calls in this process and notes what reaches PostgreSQL."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.answer: dict[str, Any] = {}
        headers = {"authorization": f"Token {ground.tokens[0]}"}
        self.client = Client(HTTP_HOST=ground.host, headers=headers)

    def reads(self, calls: Iterable[Call]) -> list[Script]:
        """A script for each call, with the values of that call."""
        return [_script(self._statements(call)) for call in calls]

    def creations(self, calls: Iterable[Call]) -> list[Script]:
        """A script for each call that makes one booking more, on another day, each time that it runs."""
        found = []
        for call in calls:
            statements = self._statements(call)
            found.append(_script([self._movable(text, [self.answer]) for text in statements], MOVED))
        return found

    def series(self, calls: Iterable[Call]) -> list[Script]:
        """As `creations`, for series."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER SEQUENCE {self.ground.tenant.schema_name}.bookings_series_id_seq RESTART {FIRST_SERIES}"
            )
        found = []
        for call in calls:
            statements = self._statements(call)
            name, bookings = str(self.answer["id"]), [date["booking"] for date in self.answer["dates"]]
            moved = [self._movable(text, bookings).replace(name, ":series_id") for text in statements]
            found.append(_script(moved, MOVED_BY_YEARS))
        return found

    def events(self, calls: Iterable[Call]) -> list[Script]:
        """A script for each event, with an id of its own each time that it runs."""
        found = []
        for call in calls:
            name = str(call.body and call.body["id"])
            found.append(_script([text.replace(name, "evt_1:n") for text in self._statements(call)], MOVED))
        return found

    def _statements(self, call: Call) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            body = json.dumps(call.body) if call.body else ""
            answered = self.client.generic(
                call.method, call.path, body, content_type="application/json", headers=call.headers
            )
        if answered.status_code != call.status:
            raise RuntimeError(f"{call.method} {call.path}: {answered.status_code} {answered.content[:300]!r}")
        is_page = answered["Content-Type"].startswith("text/html")
        self.answer = {} if is_page else answered.json()
        return [query["sql"].rstrip("; ") for query in queries if not query["sql"].startswith(SWITCH)]

    def _movable(self, text: str, bookings: Sequence[dict[str, Any]]) -> str:
        for number, booking in enumerate(bookings):
            name, moved = booking["id"], f":a-{number:04x}-4000-8000-:low"
            for spelling in (name, name.replace("-", "")):
                text = text.replace(spelling, moved)
            text = text.replace(booking["reference_code"], f"B{number:02x}x:n")
        text = CUSTOMERS_LOCK.sub("pg_advisory_xact_lock(:client_id)", text)
        text = RANGE.sub(lambda m: f"tstzrange({self._moved(m[1])}, {self._moved(m[2])}, '[)')", text)
        text = MOMENT.sub(lambda m: self._moved(m[1]), text)
        text = WALL.sub(lambda m: self._moved_wall(m[1]), text)
        return DAY.sub(lambda m: f"('{m[1]}'::date + :d)" if self._lies_ahead(m[1]) else m[0], text)

    def _moved(self, stamp: str) -> str:
        literal = f"'{stamp}'::timestamptz"
        return f"({literal} + :d * interval '1 day')" if self._lies_ahead(stamp) else literal

    def _moved_wall(self, wall: str) -> str:
        return f"to_char('{wall}'::timestamp + :d * interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI')"

    def _lies_ahead(self, text: str) -> bool:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC).date() > self.ground.today + HORIZON


def _script(statements: Sequence[str], head: str = "") -> Script:
    return Script(head + "".join(map(_line, statements)), len(statements))


def _line(statement: str) -> str:
    end = TAKE_ID if statement.startswith(MADE_SERIES) else ";"
    return " ".join(statement.split("\n")) + f"{end}\n"


def write(scripts: Iterable[Script], folder: Path, name: str) -> list[Path]:
    """One file per script."""
    paths = []
    for number, script in enumerate(scripts):
        paths.append(folder / f"{name}-{number}.sql")
        paths[-1].write_text(script.text)
    return paths
