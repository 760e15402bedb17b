"""The statements that the product sends for a piece of work, taken down and made into pgbench scripts.

So the bare SQL is the same work by construction, whatever the code becomes.
Reads are replayed as they are. A booking is replayed on another day each time:
every date and time that lies ahead is moved by `:n` days, and its id and code
are made of `:n` too.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
MOVED = "\\set k :k + 1\n\\set n :base + :k * :clients + :client_id\n\\set a random(10000000, 99999999)\n"
MOVED += "\\set low 100000000000 + :n\n"
HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Call:
    """A request as the load generator sends it, and the status that it must answer."""

    method: str
    path: str
    status: int
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Script:
    """A pgbench script and how many statements of the product are in it."""

    text: str
    statements: int


class Recorder:
    """Makes calls in this process and notes what reaches PostgreSQL."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.client = Client(HTTP_HOST=ground.host, headers={"authorization": f"Token {ground.token}"})

    def reads(self, calls: Iterable[Call]) -> list[Script]:
        """A script for each call, with the values of that call."""
        return [_script(self._statements(call)) for call in calls]

    def creations(self, calls: Iterable[Call]) -> list[Script]:
        """A script for each call that makes one booking more, on another day, each time that it runs."""
        found = []
        for call in calls:
            statements = self._statements(call)
            assert self.answer is not None
            names = (self.answer["id"], self.answer["reference_code"])
            found.append(_script([self._movable(text, *names) for text in statements], MOVED))
        return found

    def _statements(self, call: Call) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            body = json.dumps(call.body) if call.body else ""
            answered = self.client.generic(call.method, call.path, body, content_type="application/json")
        if answered.status_code != call.status:
            raise RuntimeError(f"{call.method} {call.path}: {answered.status_code} {answered.content[:300]!r}")
        self.answer = answered.json()
        return [query["sql"].rstrip("; ") for query in queries if not query["sql"].startswith(SWITCH)]

    def _movable(self, text: str, booking_id: str, code: str) -> str:
        for spelling in (booking_id, booking_id.replace("-", "")):
            text = text.replace(spelling, ":a-0000-4000-8000-:low")
        text = text.replace(code, "B:a:n")
        text = RANGE.sub(lambda m: f"tstzrange({self._moved(m[1])}, {self._moved(m[2])}, '[)')", text)
        text = MOMENT.sub(lambda m: self._moved(m[1]), text)
        return DAY.sub(lambda m: f"('{m[1]}'::date + :n)" if self._lies_ahead(m[1]) else m[0], text)

    def _moved(self, stamp: str) -> str:
        literal = f"'{stamp}'::timestamptz"
        return f"({literal} + :n * interval '1 day')" if self._lies_ahead(stamp) else literal

    def _lies_ahead(self, text: str) -> bool:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC).date() > self.ground.today + HORIZON


def _script(statements: Sequence[str], head: str = "") -> Script:
    body = "".join(" ".join(text.split("\n")) + ";\n" for text in statements)
    return Script(head + body, len(statements))


def write(scripts: Iterable[Script], folder: Path, name: str) -> list[Path]:
    """One file per script."""
    paths = []
    for number, script in enumerate(scripts):
        paths.append(folder / f"{name}-{number}.sql")
        paths[-1].write_text(script.text)
    return paths
