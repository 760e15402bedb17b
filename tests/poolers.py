"""A real PgBouncer before the tests' PostgreSQL. A context manager without pytest, like `tests.servers`."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.pgbouncer import PgBouncer


@contextmanager
def pooler(**settings: str) -> Iterator[PgBouncer]:
    """PgBouncer with these settings of its file, `pool_mode` and the like; in session mode without any."""
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # it gives up root before it reads its file
        running = PgBouncer(folder, os.environ["DATABASE_URL"], settings)
        try:
            running.start()
            yield running
        finally:
            running.stop()
