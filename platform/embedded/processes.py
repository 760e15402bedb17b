"""Processes of ours: each dies with us, and each is written down so that the next start finds what a crash left.

A record holds the process id and the kernel's start time of that process, which together name one process for ever:
an id that has been given to somebody else is never touched. A zombie counts as gone (where PID 1 does not reap, zombies
stay, and signal 0 still reaches them).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SHIM = Path(__file__).with_name("child.py")
POLL = 0.02
AFTER_FIELD_2 = ") "
STATE, GROUP, START_TIME = 0, 2, 19  # of /proc/<pid>/stat after the command name (man proc(5): fields 3, 5 and 22)
KILLED_WITHIN = 5.0


@dataclass(frozen=True)
class Account:
    """The unprivileged user a program runs as, and whether a folder above its data is closed to that user."""

    uid: int
    gid: int
    reach_closed_folders: bool = False


@dataclass(frozen=True)
class Program:
    """A command and how to end it.

    ``farewell`` asks it, and after ``patience`` seconds its process group is killed. ``when_found`` is the signal for
    one that outlived a crash of ours; whoever holds data should not be killed.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    account: Account | None = None
    farewell: signal.Signals = signal.SIGTERM
    when_found: signal.Signals = signal.SIGKILL
    patience: float = 6.0


class Child:
    """A running program that we started."""

    def __init__(self, program: Program, process: "subprocess.Popen[bytes]", record: Path):
        self.program = program
        self.process = process
        self._record = record

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> IO[bytes] | None:
        return self.process.stdout

    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self.process.send_signal(self.program.farewell)

    def stop(self, patience: float | None = None) -> None:
        """End it, by force after ``patience`` seconds (the program's own if None), and what is left of its group."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.program.patience if patience is None else patience)
        _kill_group(self.pid)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._record.unlink(missing_ok=True)


def start(program: Program, records: Path, output: int | IO[bytes] | None) -> Child:
    """Start ``program`` in a session of its own (Ctrl-C reaches us alone) and write it down under ``records``."""
    records.mkdir(parents=True, exist_ok=True)
    account = program.account or Account(-1, -1)
    fate = (os.getpid(), int(program.farewell), account.uid, account.gid, int(account.reach_closed_folders))
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(SHIM), *map(str, fate), *program.command],
        env=program.env,
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    record = records / f"{program.name}.json"
    facts = {"pid": process.pid, "started": started(process.pid), "signal": int(program.when_found)}
    record.write_text(json.dumps(facts))
    return Child(program, process, record)


def run(program: Program, records: Path, output: int | IO[bytes] | None = None) -> int:
    """Run ``program`` to its end (output None: to our own) and return its exit code."""
    child = start(program, records, output)
    try:
        return child.process.wait()
    finally:
        child.stop()


def end_leftovers(records: Path, patience: float = 10.0) -> list[str]:
    """End what an earlier start left running under ``records``; the names of what was still there."""
    found = []
    for record in sorted(records.glob("*.json")):
        try:
            facts = json.loads(record.read_text())
            pid, began, number = facts["pid"], facts["started"], facts["signal"]
        except (ValueError, KeyError):  # cut short by the crash
            record.unlink()
            continue
        now = started(pid)
        if now is not None and now == began:
            found.append(record.stem)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            _wait_until_gone(pid, began, patience)
        if now is None or now == began:  # else the id belongs to a stranger
            _kill_group(pid)
            _wait_until_gone(pid, began, patience)
        record.unlink(missing_ok=True)
    return found


def started(pid: int) -> str | None:
    """The kernel's start time of a live process in clock ticks since boot; None if it is gone or a zombie."""
    fields = _stat(pid)
    return fields[START_TIME] if fields else None


def _stat(pid: int | str) -> list[str] | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(AFTER_FIELD_2)[2].split()
    return None if fields[STATE] in "ZX" else fields


def _wait_until_gone(pid: int, began: str | None, patience: float) -> None:
    deadline = time.monotonic() + patience
    while started(pid) == began is not None and time.monotonic() < deadline:
        time.sleep(POLL)


def _kill_group(leader: int) -> None:
    """Kill what is left of the group and wait until the kernel has done it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
        deadline = time.monotonic() + KILLED_WITHIN
        while _is_anyone_in(str(leader)) and time.monotonic() < deadline:
            time.sleep(POLL)


def _is_anyone_in(group: str) -> bool:
    everyone = (_stat(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return any(fields[GROUP] == group for fields in everyone if fields)
