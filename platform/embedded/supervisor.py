"""Keeps the product's processes running: their output line by line under their names, a crashed one started again."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from embedded import processes
from embedded.postgres import Postgres
from embedded.processes import Child, Program
from embedded.redis import Redis
from embedded.stripe_sandbox import StripeSandbox

TICK = 0.25
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LONG_ENOUGH = 30.0  # after which a crash counts as the first one again
CHUNK = 65536
COLOURS = (36, 33, 35, 32, 34)
Server = Postgres | Redis | StripeSandbox


class Minded:
    """One program: its present process, and when it may be started again."""

    def __init__(self, program: Program, prefix: bytes):
        self.program = program
        self.prefix = prefix
        self.child: Child | None = None
        self.unfinished_line = b""
        self.began = 0.0
        self.not_before = 0.0
        self.pause = FIRST_PAUSE


class Supervisor:
    """``run`` returns never: a signal's exception ends it, and ``stop`` must follow."""

    def __init__(self, programs: Sequence[Program], servers: Sequence[Server], records: Path):
        width = max(len(program.name) for program in programs)
        self._minded = [Minded(p, _prefix(p.name, width, n)) for n, p in enumerate(programs)]
        self._servers = servers
        self._records = records
        self._selector = selectors.DefaultSelector()

    def run(self, each_tick: Callable[[], None]) -> None:
        while True:
            for server in self._servers:
                self._revive(server)
            for minded in self._minded:
                self._mind(minded)
            for key, _ in self._selector.select(TICK):
                self._forward(key.data)
            each_tick()

    def stop(self) -> None:
        """Ask all at once, so that their patience runs at the same time; then end them."""
        children = [minded.child for minded in self._minded if minded.child]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + max(program.patience for program in (m.program for m in self._minded))
        while self._selector.get_map() and time.monotonic() < deadline:  # a full pipe would keep them from ending
            for key, _ in self._selector.select(TICK):
                self._forward(key.data)
            if all(child.exit_code() is not None for child in children):
                break
        for child in children:
            child.stop(patience=0)

    def _mind(self, minded: Minded) -> None:
        now = time.monotonic()
        if minded.child is not None:
            code = minded.child.exit_code()
            if code is None:
                return
            self._forget(minded)
            if now - minded.began > LONG_ENOUGH:
                minded.pause = FIRST_PAUSE
            say(f"{minded.program.name} ended with {code}: again in {minded.pause:.0f} s")
            minded.not_before = now + minded.pause
            minded.pause = min(minded.pause * 2, LONGEST_PAUSE)
        if now >= minded.not_before:
            self._begin(minded)

    def _begin(self, minded: Minded) -> None:
        minded.child = processes.start(minded.program, self._records, subprocess.PIPE)
        minded.began = time.monotonic()
        if minded.child.output is not None:
            os.set_blocking(minded.child.output.fileno(), False)
            self._selector.register(minded.child.output, selectors.EVENT_READ, minded)

    def _forget(self, minded: Minded) -> None:
        if minded.child is None:
            return
        self._forward(minded)
        if minded.child.output is not None and minded.child.output in _watched(self._selector):
            self._selector.unregister(minded.child.output)
        minded.child.stop(patience=0)
        minded.child = None

    def _forward(self, minded: Minded) -> None:
        if minded.child is None or minded.child.output is None:
            return
        try:
            data = os.read(minded.child.output.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not data:
            if minded.child.output in _watched(self._selector):
                self._selector.unregister(minded.child.output)
            return
        *lines, minded.unfinished_line = (minded.unfinished_line + data).split(b"\n")
        sys.stdout.buffer.write(b"".join(minded.prefix + line + b"\n" for line in lines))
        sys.stdout.buffer.flush()

    def _revive(self, server: Server) -> None:
        """They come back at the same address, or there is no point in going on."""
        if server.child is None or server.child.exit_code() is None:
            return
        name, address = type(server).__name__, server.url
        say(f"{name} ended with {server.child.exit_code()}: starting it again")
        server.stop()
        server.start()
        if server.url != address:
            sys.exit(f"{name} could not come back at its address: somebody else has it. Start again.")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _watched(selector: selectors.BaseSelector) -> set[object]:
    return {key.fileobj for key in selector.get_map().values()}


def _prefix(name: str, width: int, number: int) -> bytes:
    text = f"{name:<{width}} | "
    if sys.stdout.isatty():
        text = f"\x1b[{COLOURS[number % len(COLOURS)]}m{text}\x1b[0m"
    return text.encode()
