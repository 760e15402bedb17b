"""``python -m embedded FOLDER -- COMMAND ...``: run a command with servers of its own.

It gets DATABASE_URL and REDIS_URL, and its exit code is ours. While somebody else uses the
folder, the next one is taken (``test-2``, ``test-3`` ...). With ``--careless`` before the folder
its data may be lost with the machine's power: for tests.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from embedded import PostgresFailed, RedisFailed, spare_services
from embedded.postgres import CARELESS

USAGE = "usage: python -m embedded [--careless] FOLDER -- COMMAND [ARGUMENT ...]\n"
MISUSED = 2


def main(arguments: list[str]) -> int:
    settings = CARELESS if arguments[:1] == ["--careless"] else {}
    arguments = arguments[bool(settings) :]
    if len(arguments) < 3 or arguments[1] != "--":  # noqa: PLR2004
        sys.stderr.write(USAGE)
        return MISUSED
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with spare_services(Path(arguments[0]), settings) as found:
            return _run(arguments[2:], {**os.environ, **found.environment()})
    except (PostgresFailed, RedisFailed) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _run(command: list[str], environment: dict[str, str]) -> int:
    """A terminal's Ctrl-C reaches the command too; wait for its own ending."""
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue
        except SystemExit:
            process.terminate()
            process.wait()
            raise
        return code if code >= 0 else 128 - code


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
