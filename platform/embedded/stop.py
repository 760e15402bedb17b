"""``python -m embedded.stop``: end a ``make run`` of this project from elsewhere, and what crashed ones left."""

import contextlib
import os
import signal
import sys
import time

from embedded import processes
from embedded.folders import VAR, FolderInUse, owned, records_of
from embedded.run import FOLDER

PATIENCE = 40.0
"""Longer than `make run` waits for its worker, and then for its services."""


def main() -> int:
    deadline = time.monotonic() + PATIENCE
    asked: set[str] = set()
    while time.monotonic() < deadline:
        try:
            with owned(FOLDER):
                break
        except FolderInUse as running:
            if running.owner.isdigit() and running.owner not in asked:
                asked.add(running.owner)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(running.owner), signal.SIGTERM)
            time.sleep(0.1)
    else:
        sys.stderr.write(f"process {', '.join(asked)} does not end\n")
        return 1
    for records in VAR.glob("*/processes"):
        with contextlib.suppress(FolderInUse), owned(records.parent) as folder:
            processes.end_leftovers(records_of(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
