"""Named places where a test makes a running process stumble, to force the races and crashes that luck rarely brings.

Only test settings call `arm`; everywhere else `hit` does nothing. Once armed,
a file with the failpoint's name says what happens to those who pass:

- `sleep SECONDS`: all of them pause;
- `meet NUMBER`: all of them wait until so many have come (or 8 s are over), which no slow machine can prevent;
- `skip`: all of them leave out what the failpoint guards;
- `raise`, `exit` or `wait`: the first one to come renames the file to
  `NAME.reached`, and then fails, ends the process at once, or stays until that
  file is removed. The others pass.
"""

import os
import time
from pathlib import Path
from uuid import uuid4

EXIT_CODE = 9
POLL_SECONDS = 0.01
LONGEST_WAIT_SECONDS = 60.0
LONGEST_MEETING_SECONDS = 8.0  # less than a transaction may be idle

_folder: Path | None = None


class Stumbled(Exception):
    """What the command `raise` raises."""


def arm(folder: Path) -> None:
    """Take commands from files in this folder. For test settings alone."""
    global _folder  # noqa: PLW0603 - one switch for the process, turned once
    _folder = folder


def hit(name: str) -> bool:
    """Stumble if told so; True if the caller is to leave out what this failpoint guards."""
    if _folder is None:
        return False
    command = _command(_folder / name)
    if command == "skip":
        return True
    if command.startswith("sleep "):
        time.sleep(float(command.removeprefix("sleep ")))
    elif command.startswith("meet "):
        _meet(_folder / name, int(command.removeprefix("meet ")))
    elif command and _is_first(_folder / name):
        _stumble(command, _reached(_folder / name))
    return False


def _command(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""


def _reached(file: Path) -> Path:
    return file.with_name(f"{file.name}.reached")


def _meet(file: Path, number: int) -> None:
    file.with_name(f"{file.name}.came-{uuid4()}").touch()
    deadline = time.monotonic() + LONGEST_MEETING_SECONDS
    while len(list(file.parent.glob(f"{file.name}.came-*"))) < number and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _is_first(file: Path) -> bool:
    try:
        file.rename(_reached(file))
    except FileNotFoundError:
        return False
    return True


def _stumble(command: str, reached: Path) -> None:
    if command == "exit":
        os._exit(EXIT_CODE)
    if command == "raise":
        raise Stumbled(reached.stem)
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while reached.exists() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
