"""The bare SQL side: pgbench of the same PostgreSQL, one transaction per work, latencies from its own log."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measured import Measured
from embedded.postgres import binary

TIME_COLUMN = 2  # of a line of pgbench's log: microseconds
PATIENCE = 120
DAYS_PER_RUN = 40_000
"""Each run books on days of its own. PostgreSQL knows days up to the year 294276."""
COUNTED = re.compile(r"number of transactions actually processed: (\d+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")


@dataclass(frozen=True)
class Load:
    """How hard and how long."""

    clients: int
    seconds: int


class Pgbench:
    """Runs scripts in the tenant's schema. `folder` is for logs."""

    def __init__(self, url: str, schema: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.options = f"-c search_path={schema},public -c TimeZone=UTC"
        self._runs = 0

    def run(self, scripts: Sequence[Path], load: Load) -> Measured:
        """Every client takes scripts by chance for the given time. Raises RuntimeError where one fails."""
        prefix = self.folder / "pgbench_log"
        for old in self.folder.glob("pgbench_log*"):
            old.unlink()
        self._runs += 1
        command = [str(binary("pgbench")), "--no-vacuum", "--protocol=simple", "--log", f"--log-prefix={prefix}"]
        command += [f"--client={load.clients}", f"--jobs={min(load.clients, 2)}", f"--time={load.seconds}"]
        command += ["--define=k=0", f"--define=clients={load.clients}", f"--define=base={self._runs * DAYS_PER_RUN}"]
        command += [f"--file={script}" for script in scripts]
        environment = {**os.environ, "PGOPTIONS": self.options}
        done = subprocess.run(
            [*command, self.url], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        count, failed = COUNTED.search(done.stdout), FAILED.search(done.stdout)
        if done.returncode or count is None or (failed and int(failed[1])):
            raise RuntimeError(f"pgbench failed\n{done.stdout}{done.stderr}")
        return Measured.of(list(self._latencies()), load.seconds)

    def _latencies(self) -> Iterator[float]:
        for log in self.folder.glob("pgbench_log*"):
            with log.open() as lines:
                for line in lines:
                    yield int(line.split()[TIME_COLUMN]) / 1000
