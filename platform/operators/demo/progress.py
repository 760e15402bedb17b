"""How far along it is, for somebody who waits: a bar on a terminal, short lines elsewhere."""

from typing import TextIO

WIDTH = 30


class Progress:
    """Writes to `stream`; every so-many-th `part` of `parts` is a tenant."""

    def __init__(self, stream: TextIO, parts: int) -> None:
        self.stream = stream
        self.parts = parts
        self.is_terminal = stream.isatty()
        self._last = ""

    def tell(self, part: int, name: str, done: float, what: str) -> None:
        """Part number `part` (from 0), called `name`, is `done` (0 to 1) and busy with `what`."""
        if self.is_terminal:
            share = (part + done) / self.parts
            bar = "█" * round(share * WIDTH)
            self.stream.write(f"\r\033[K{bar:·<{WIDTH}} {share:4.0%}  {name}: {what}")
        elif (line := f"{name}: {what}") != self._last:
            self._last = line
            self.stream.write(f"{line}\n")
        self.stream.flush()

    def close(self) -> None:
        """Leave the cursor on a new line."""
        if self.is_terminal:
            self.stream.write("\n")
