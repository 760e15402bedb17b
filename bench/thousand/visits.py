"""Visitors of one tenant and of all, one after the other: how long they wait, and what memory is left behind.

The web server has one process here, and in effect one session of PostgreSQL, so that both meet every tenant.
"""

import http.client
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
from django.conf import settings

from bench import web
from bench.thousand.founding import at

PATHS = ("/", "/login/", "/search/")
ROUNDS, STARTS, READINGS = 100, 3, 20
A_FEW = 10
"""Hosts between two looks at the sessions."""
MB = 1024.0
SESSIONS = "forecourt thousand"
SETTINGS = {"PGAPPNAME": SESSIONS, "METRICS_NETWORKS": "127.0.0.1/32"}
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"


class Visitor:
    """One connection to the web server, kept open, on which hosts are asked in turn."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, host: str, path: str) -> float:
        """Milliseconds of an answer. Raises RuntimeError where it is not 200."""
        began = time.perf_counter()
        self._line.request("GET", path, headers={"Host": host})
        answer = self._line.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{host}{path}: {answer.status}")
        return (time.perf_counter() - began) * 1000

    def visit(self, hosts: Iterable[str]) -> list[float]:
        """All pages at each host."""
        return [self.ask(host, path) for host in hosts for path in PATHS]


def measure(hosts: Sequence[str], url: str) -> dict[str, float]:
    """Figures of the web server, the first host being the one that is visited more than others."""
    one = hosts[0]
    found = {"ready": at([_started(one) for _number in range(STARTS)], 0.5)}
    with tempfile.TemporaryDirectory() as name, web.serving(one, Path(name) / "log", 1, SETTINGS) as server:
        visitor = Visitor(server.port)
        visitor.visit([one] * ROUNDS)
        usual = visitor.visit([one] * ROUNDS)
        session = 0.0
        first: list[float] = []
        for number in range(0, len(hosts), A_FEW):
            first += visitor.visit(hosts[number : number + A_FEW])
            session = max(session, _largest_session(url))
        after_first = server.largest_process_mb()
        again = visitor.visit(hosts) + visitor.visit(hosts)
        found |= {
            "request": at(usual, 0.5),
            "request_p95": at(usual, 0.95),
            "first_visit": at(first, 0.5),
            "visit": at(again, 0.5),
            "metrics": at([visitor.ask(settings.BASE_DOMAIN, "/metrics") for _number in range(READINGS)], 0.5),
            "web_after_first": after_first,
            "web_memory": server.largest_process_mb(),
            "session_memory": session,
        }
    return found


def _started(host: str) -> float:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, web.serving(host, Path(name) / "log", 1) as server:
        Visitor(server.port).ask(settings.BASE_DOMAIN, "/readyz")
        return time.perf_counter() - began


def _largest_session(url: str) -> float:
    """Memory, in MB, that is the largest session's alone."""
    with psycopg.connect(url, autocommit=True) as session:
        pids = [pid for (pid,) in session.execute(BACKENDS, [SESSIONS])]
        return max(_private_kb(pid) for pid in pids) / MB


def _private_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
