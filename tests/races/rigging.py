"""The other end of `kernel.failpoints`: makes a running server stumble."""

import time
from pathlib import Path

REACHED_WITHIN = 60.0
POLL = 0.01


class Rigging:
    """The failpoints of one server, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def set(self, name: str, command: str) -> None:
        """From now on: `sleep SECONDS`, `meet NUMBER`, `skip`, or once `raise`, `exit` or `wait`."""
        fresh = self.folder / f".{name}"
        fresh.write_text(command)
        fresh.rename(self.folder / name)

    def wait_until_reached(self, name: str) -> None:
        """Return when somebody has come to a `raise`, `exit` or `wait`; AssertionError if nobody does."""
        deadline = time.monotonic() + REACHED_WITHIN
        while not (self.folder / f"{name}.reached").exists():
            assert time.monotonic() < deadline, f"nobody came to {name}"
            time.sleep(POLL)

    def release(self, name: str) -> None:
        """Let the one who waits go on."""
        (self.folder / f"{name}.reached").unlink()

    def clear(self) -> None:
        """Nothing is rigged any more, and nobody waits."""
        for file in self.folder.iterdir():
            file.unlink(missing_ok=True)
