"""Servers of these tests' own, beside those that the test run uses."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.processes import started

# Starts services in a folder, prints their addresses and holds them until its input ends.
HOLDER = """
import sys
from pathlib import Path
import embedded
with embedded.services(Path(sys.argv[1])) as found:
    print(found.database_url, found.redis_url, *(s.child.pid for s in found.started), flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that holds services, to be killed or stopped."""

    def __init__(self, folder: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        answer = self.process.stdout.readline().split()
        self.database_url, self.redis_url = answer[:2]
        self.servers = [int(pid) for pid in answer[2:]]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def running(self) -> list[int]:
        return [pid for pid in self.servers if started(pid) is not None]


@pytest.fixture(autouse=True)
def _no_outer_services(monkeypatch):
    """`make test` names its own servers in the environment; here they would be used instead."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    """A folder for services, as deep as pytest's are and closed to others as root's home is."""
    deep = tmp_path / "closed" / ("d" * 60) / "var"
    deep.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    yield deep
    for record in deep.glob("*/processes/*.json"):
        pid = int(record.read_text().partition('"pid": ')[2].partition(",")[0])
        if started(pid):
            os.kill(pid, signal.SIGKILL)
        pytest.fail(f"{record.stem} was left behind")


@pytest.fixture
def holder() -> Iterator[Callable[[Path], Holder]]:
    """Start holders; whatever a test does to them, their pipes are closed and they have ended."""
    made: list[Holder] = []

    def make(folder: Path) -> Holder:
        made.append(Holder(folder))
        return made[-1]

    yield make
    for each in made:
        each.process.communicate()
