"""Real servers for tests: the web server, a Celery worker and beat, each on a database of its own.

Context managers without pytest. What is started ends with the block, and with
the test process, whatever happens to it. Requests go to 127.0.0.1 with a
`Host` header, for Python cannot resolve `*.localhost`.
"""

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from redis import Redis

from embedded import processes
from embedded.ports import HOST, any_free_port
from embedded.processes import Child, Program
from tests import databases

PYTHONPATH = os.pathsep.join((str(databases.ROOT / "platform"), str(databases.ROOT)))
READY_WITHIN = 60.0
POLL = 0.05
LOG_LINES_SHOWN = 30
SESSION_NAME = "server under test"
"""What `pg_stat_activity` calls the sessions of these servers."""
PAIRS = 8
"""Redis has databases 0 to 15: of each worker's two, tests in its process use the first, and its servers the second."""


class ServerFailed(Exception):
    """A server did not come up; the message ends with its log."""


@dataclass(frozen=True)
class Process:
    """Something that runs, and what it has written so far."""

    child: Child = field(repr=False)
    log: Path

    def said(self) -> str:
        """Everything that it has written."""
        return self.log.read_text(errors="replace")


@dataclass(frozen=True)
class Server(Process):
    """A running web server: `port` on 127.0.0.1, and the database that it works on."""

    port: int
    database: str

    @property
    def url(self) -> str:
        """Base URL without a trailing slash. A browser can also use `http://<slug>.localhost:<port>`."""
        return f"http://{HOST}:{self.port}"

    @property
    def database_url(self) -> str:
        """Where a test looks at what the server has done."""
        return databases.url_of(self.database)

    def workers(self) -> list[int]:
        """Process ids of the workers that answer requests."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def queue_url() -> str:
    """The service's REDIS_URL with a database number of this xdist worker's own, for servers."""
    return _redis_url(1)


def cache_url() -> str:
    """The same for tests in this process: they empty it, and count what may be called how often."""
    return _redis_url(0)


def _redis_url(which: int) -> str:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{2 * (number % PAIRS) + which}"))


@contextmanager
def copied(template: str, purpose: str) -> Iterator[str]:
    """Name of a fresh copy of a furnished database, dropped after the block."""
    name = f"{purpose}_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}"
    databases.copy(name, template)
    try:
        yield name
    finally:
        with databases.maintenance() as maintenance:
            databases.drop(name, maintenance)


def environment(database: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process of the product needs to work on a database under test settings."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PYTHONPATH": PYTHONPATH,
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": databases.url_of(database),
        "REDIS_URL": queue_url(),
        "PGAPPNAME": SESSION_NAME,
        **(extra or {}),
    }


@contextmanager
def web(database: str, extra: Mapping[str, str] | None = None, workers: int = 2, threads: int = 8) -> Iterator[Server]:
    """The product's own web server on a free port, ready for requests. A worker that dies is replaced."""
    port = any_free_port()
    command = [_program("granian"), "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning"]
    command += ["--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "3"]
    env = environment(database, {"PUBLIC_PORT": str(port), **(extra or {})})
    with _running("web", [*command, "config.wsgi:application"], env) as (child, log):
        server = Server(child, log, port, database)
        _wait(lambda: _answers_ready(server), child, log)
        yield server


@contextmanager
def container(database: str, port: int, extra: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A web server as a container has it (`config.serve`), ready for requests; ends as a container is told to."""
    env = environment(database, {"PORT": str(port), "PUBLIC_PORT": str(port), "LOG_FORMAT": "plain", **(extra or {})})
    program = [sys.executable, "-m", "config.serve"]
    with _running("container", program, env, patience=40.0) as (child, log):
        server = Server(child, log, port, database)
        _wait(lambda: _answers_ready(server), child, log)
        yield server


@contextmanager
def proxy(folder: Path, upstreams: Sequence[int]) -> Iterator[int]:
    """Caddy before servers on these ports, sending on as deploy/caddy/Caddyfile says; answers its own port."""
    port = any_free_port()
    product = (databases.ROOT / "deploy/caddy/Caddyfile").read_text()
    snippet = product[product.index("(forecourt) {") : product.index("\n}\n", product.index("(forecourt) {")) + 3]
    site = f"http://:{port} {{\n\tbind {HOST}\n\timport forecourt\n}}\n"
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https off\n}\n\n" + snippet + "\n" + site)
    env = {
        **os.environ,
        "UPSTREAMS": " ".join(f"{HOST}:{each}" for each in upstreams),
        "HEALTH_INTERVAL": "200ms",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]
    with _running("caddy", command, env) as (child, log):
        _wait(lambda: _answers_ready(Server(child, log, port, "")), child, log)
        yield port


@contextmanager
def celery_worker(
    database: str, extra: Mapping[str, str] | None = None, concurrency: int = 2, app: str = "config.celery"
) -> Iterator[Process]:
    """A Celery worker that takes messages. Its queue starts and ends empty; `app` may have it less well made."""
    env = environment(database, extra)
    quiet = ["--quiet"] if env.get("LOG_FORMAT") == "json" else []  # without a banner, as compose.yaml has it
    command = [_program("celery"), *quiet, "--app", app, "worker", "--loglevel", "INFO"]
    command += ["--concurrency", str(concurrency), "--without-mingle", "--without-gossip"]
    with Redis.from_url(env["REDIS_URL"]) as queue:
        queue.flushdb()
        with _running("worker", command, env) as (child, log):
            _wait(lambda: " ready." in log.read_text(errors="replace"), child, log)
            yield Process(child, log)
            child.stop(patience=0)  # it would wait for seconds whether there is still something to do
        queue.flushdb()


@contextmanager
def celery_beat(database: str, extra: Mapping[str, str] | None = None, app: str = "config.celery") -> Iterator[Process]:
    """The clock that sends the tick, for the first time after five seconds; `app` may have it in more of a hurry."""
    with tempfile.TemporaryDirectory(prefix="beat-") as folder:
        command = [_program("celery"), "--app", app, "beat", "--schedule", f"{folder}/schedule"]
        with _running("beat", command, environment(database, extra)) as (child, log):
            yield Process(child, log)


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@contextmanager
def _running(
    name: str, command: list[str], env: Mapping[str, str], patience: float = 6.0
) -> Iterator[tuple[Child, Path]]:
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            program = Program(name, command, env, databases.ROOT, patience=patience)
            child = processes.start(program, Path(folder), output)
        try:
            yield child, log
        finally:
            child.stop()


def _wait(ready: Callable[[], bool], child: Child, log: Path) -> None:
    """Poll `ready()` until it is true; a process that ends or takes too long is `ServerFailed` with its log."""
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        if child.exit_code() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
            raise ServerFailed("\n".join([f"{child.program.name} did not come up", *lines]))
        time.sleep(POLL)


def _answers_ready(server: Server) -> bool:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        report = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK and report["status"] not in {"database", "stopping"}:
        raise ServerFailed(f"/readyz of the web server says {report}")
    return response.status == http.HTTPStatus.OK


def wait_until(condition: Callable[[], bool], meanwhile: Callable[[], object]) -> None:
    """Do something again and again until a condition holds; AssertionError if it never does."""
    deadline = time.monotonic() + READY_WITHIN
    while not condition():
        assert time.monotonic() < deadline
        meanwhile()
        time.sleep(20 * POLL)
