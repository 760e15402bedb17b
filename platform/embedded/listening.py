"""A server of ours that listens on a port of 127.0.0.1, which it keeps from run to run if it can."""

import contextlib
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from embedded import processes
from embedded.folders import records_of
from embedded.ports import any_free_port, is_free
from embedded.processes import POLL, Child, Program

START_PATIENCE = 30.0
TRIES = 5
LOG_LINES_SHOWN = 15


class Listener(ABC):
    """Its data are under ``folder``/``name``, its output in ``folder``/``name``.log."""

    name: ClassVar[str]
    label: ClassVar[str]
    failure: ClassVar[type[Exception]]
    """What ``start`` raises; the message ends with the log."""

    def __init__(self, folder: Path):
        self.data = folder / self.name
        self.log = folder / f"{self.name}.log"
        self.records = records_of(folder)
        self.port = 0
        self.child: Child | None = None

    @abstractmethod
    def program(self) -> Program:
        """What listens on ``self.port``."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether ours answers by now."""

    def start(self) -> None:
        """Raises ``failure``."""
        self.data.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):  # another process may take the port between the look and the start
            self.port = self._choose_port()
            if self._started_on_port():
                (self.data / "port").write_text(str(self.port))
                return
        raise self.failure(f"{self.label} did not start\n{self._last_lines()}")

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None

    def _started_on_port(self) -> bool:
        program = self.program()
        with self.log.open("ab") as log:
            self.child = processes.start(program, self.records, log)
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
        while self.child is not None and self.child.exit_code() is None and time.monotonic() < deadline:
            if self.answers():
                # Who could not have the port has ended: whoever answers while ours lives is ours.
                return self.child.exit_code() is None
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
