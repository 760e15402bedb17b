"""``python -m config.serve``: the web server of a container, which goes without a request noticing.

A signal to end makes `/servingz` and `/readyz` say 503 for `DRAIN_SECONDS`, so that whoever stands in front sends
nobody any more; then the server takes no new connections and ends what it has begun. With `METRICS_PORT` the figures
that its processes count are told there, on a port that no proxy leads to.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from config import figureserver
from config.settings import serving

KILL_SECONDS = 20
"""What has begun may take so long; then it is cut off."""
POLL = 0.2
LOG_CONFIG = Path(__file__).with_name("granian_log.json")


def main() -> int:
    """Serve until a signal ends it; the server's exit code, 0 after a signal."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    with tempfile.TemporaryDirectory(prefix="serving-") as folder:
        stopping = Path(folder, "stopping")
        figureserver.begin(serving.METRICS_PORT)
        server = subprocess.Popen(command(), env={**os.environ, "STOPPING_FILE": str(stopping)})
        while not asked_to_stop.wait(POLL):
            if server.poll() is not None:
                return server.returncode or 1  # nobody asked it to
        stopping.touch()
        _wait_out(server, serving.DRAIN_SECONDS)
        server.terminate()
        try:
            server.wait(KILL_SECONDS + 5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    return 0


def command() -> list[str]:
    """Granian's, with threads: under ASGI the schema was wrong on the event loop every time."""
    granian = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "0.0.0.0"]  # noqa: S104
    granian += ["--port", str(serving.PORT), "--workers", str(serving.WEB_PROCESSES), "--no-ws"]
    granian += ["--blocking-threads", str(serving.WEB_THREADS), "--backpressure", "512", "--backlog", "1024"]
    granian += ["--workers-kill-timeout", str(KILL_SECONDS), "--respawn-failed-workers", "--respawn-interval", "0.5"]
    if os.environ.get("LOG_FORMAT", "json") == "json":
        granian += ["--log-config", str(LOG_CONFIG)]
    return [*granian, "config.wsgi:application"]


def _wait_out(server: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        return


if __name__ == "__main__":
    sys.exit(main())
