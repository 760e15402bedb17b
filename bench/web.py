"""The HTTP side: the web server as `make run` starts it, and load from another process."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.bare import Load
from bench.ground import Ground
from bench.measured import Measured
from bench.recorded import Call
from embedded.ports import any_free_port

WORKERS, THREADS = 2, 8
PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[1]


class Web:
    """A running server."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process

    def run(self, calls: Sequence[Call], ground: Ground, load: Load) -> Measured:
        """Let so many clients make the calls. Raises RuntimeError for an answer that is not as expected."""
        spec = {
            "host": ground.host,
            "port": self.port,
            "tokens": ground.tokens,
            "clients": load.clients,
            "seconds": load.seconds,
            "calls": [_flat(call) for call in calls],
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(spec),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=load.seconds + PATIENCE,
            check=True,
        )
        seen = json.loads(done.stdout)
        if seen["unexpected"]:
            raise RuntimeError(f"unexpected answers by status: {seen['unexpected']}")
        return Measured.of(seen["latencies"], seen["seconds"])

    def largest_process_mb(self) -> float:
        """Resident memory of the largest worker, in MB."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return max(_resident_kb(int(child)) for child in children) / 1024


@contextlib.contextmanager
def serving(host: str, log: Path, workers: int = WORKERS, extra: Mapping[str, str] | None = None) -> Iterator[Web]:
    """A server on a free port for the length of the block. Raises RuntimeError with its log if it does not start."""
    port = any_free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(THREADS), "--no-ws"]
    command += ["--workers-kill-timeout", "4", "config.wsgi:application"]
    with log.open("wb") as output:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "platform"), str(ROOT))),
            **(extra or {}),
        }
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=environment)
    try:
        _wait(port, host, process, log)
        yield Web(port, process)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, host: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/api/v1/venues/", headers={"Host": host})
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the web server did not start\n{log.read_text()}")


def _flat(call: Call) -> tuple[str, str, int, str | None, dict[str, str]]:
    return call.method, call.path, call.status, json.dumps(call.body) if call.body else None, call.headers


def _resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
