"""What PgBouncer costs a request and saves PostgreSQL: the same pages through it, and with each process' own pool.

Two web processes with so many threads, tenants in turn, all setups several times in turn, so that whatever else the
machine does falls on all alike. `make bench ARGS=--pooler`.
"""

import contextlib
import http.client
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bench.measured import Measured
from bench.web import Web, serving
from embedded.pgbouncer import PgBouncer

TENANTS, CLIENTS, ROUNDS = 20, 16, 5
SERVERS = 6
PATH = "/api/v1/venues/"
SETUPS = ("a pool in each process", "PgBouncer in session mode", "neither")
MOST_RATIO = 2.0
"""Of the median through the pooler to the median without: beyond it somebody opens two connections for a request."""


@dataclass(frozen=True)
class Result:
    """Medians of a setup's rounds."""

    setup: str
    per_second: float
    p50: float
    p99: float
    connections: int


def measure(url: str, seconds: int) -> list[Result]:
    """Make the tenants, and measure each setup."""
    hosts = _tenants()
    found: dict[str, list[tuple[Measured, int]]] = {setup: [] for setup in SETUPS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        pooler = PgBouncer(folder, url, {"default_pool_size": str(SERVERS), "query_wait_timeout": "30"})
        pooler.start()
        try:
            behind = pooler.url_of(str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]))
            ways = dict(zip(SETUPS, ((url, "32"), (behind, "0"), (url, "0")), strict=True))
            with contextlib.ExitStack() as stack:
                servers = {}
                for setup, (address, size) in ways.items():
                    with _reached(address, size, setup):
                        servers[setup] = stack.enter_context(serving(hosts[0][0], folder / f"{setup}.log"))
                for _number in range(ROUNDS):
                    for setup, web in servers.items():
                        _round(web, hosts, 1.0)
                        found[setup].append(_counted(web, hosts, seconds, url, setup))
        finally:
            pooler.stop()
    return [_result(setup, rounds) for setup, rounds in found.items()]


def told(results: list[Result]) -> str:
    """A table, with ratios to the first."""
    first = results[0]
    lines = ["| setup | requests/s | p50 ms | p99 ms | connections | p50 to the first |", "|---|---|---|---|---|---|"]
    for each in results:
        figures = f"{each.per_second:.0f} | {each.p50:.1f} | {each.p99:.1f} | {each.connections}"
        lines.append(f"| {each.setup} | {figures} | {each.p50 / first.p50:.2f} |")
    return "\n".join(lines)


def broken(results: list[Result]) -> list[str]:
    """Limits that do not hold."""
    own, pooled, _neither = results
    said = []
    if pooled.connections > SERVERS:
        said.append(f"{pooled.connections} connections through a pooler that has {SERVERS}")
    if pooled.p50 > own.p50 * MOST_RATIO:
        said.append(f"a request through the pooler takes {pooled.p50 / own.p50:.2f} times as long, not {MOST_RATIO}")
    return said


Host = tuple[str, str]
"""Of a tenant, and its owner's token."""


def _tenants() -> list[Host]:
    from django_tenants.utils import tenant_context

    from accounts.models import AccessToken, User
    from tenants import provisioning

    made = []
    for number in range(TENANTS):
        slug = f"pooled-{number}"
        tenant = provisioning.create(
            provisioning.Application(
                name=slug,
                slug=slug,
                time_zone="Europe/Berlin",
                currency="EUR",
                owner_email=f"owner@{slug}.example",
                owner_password="correct-horse-battery",
            )
        )
        with tenant_context(tenant):
            raw = AccessToken.issue(User.objects.get(), "bench")
        made.append((f"{slug}.localhost", raw))
    return made


@contextlib.contextmanager
def _reached(url: str, size: str, setup: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "DATABASE_POOL", "PGAPPNAME")}
    os.environ |= {"DATABASE_URL": url, "DATABASE_POOL": size, "PGAPPNAME": setup}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _counted(web: Web, hosts: list[Host], seconds: float, url: str, setup: str) -> tuple[Measured, int]:
    over, most = threading.Event(), [0]

    def look() -> None:
        ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
            while not over.wait(0.05):
                row = connection.execute(ours, [setup]).fetchone()
                most[0] = max(most[0], row[0] if row else 0)

    looking = threading.Thread(target=look)
    looking.start()
    measured = _round(web, hosts, seconds)
    over.set()
    looking.join()
    return measured, most[0]


def _round(web: Web, hosts: list[Host], seconds: float) -> Measured:
    latencies: list[float] = []
    deadline = time.monotonic() + seconds

    def client(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        number = first
        while time.monotonic() < deadline:
            began = time.monotonic()
            host, token = hosts[number % TENANTS]
            connection.request("GET", PATH, headers={"Host": host, "Authorization": f"Token {token}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"{answer.status} of {host}")
            latencies.append((time.monotonic() - began) * 1000)
            number += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(each,)) for each in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return Measured.of(latencies, seconds)


def _result(setup: str, rounds: list[tuple[Measured, int]]) -> Result:
    return Result(
        setup,
        statistics.median(each.per_second for each, _most in rounds),
        statistics.median(each.p50 for each, _most in rounds),
        statistics.median(each.p99 for each, _most in rounds),
        max(most for _each, most in rounds),
    )
