"""``python -m embedded.sandbox --port PORT [--state FILE]``: run the Stripe sandbox until SIGTERM."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from embedded.ports import HOST
from embedded.sandbox import agenda, authentication, onboarding, outside, registration
from embedded.sandbox.control import Control
from embedded.sandbox.courier import Courier
from embedded.sandbox.dispatch import Desk
from embedded.sandbox.faults import Faults
from embedded.sandbox.idempotency import RUNNING
from embedded.sandbox.server import Handler, Server
from embedded.sandbox.world import World

REGISTERED = (authentication, onboarding, outside, registration)
"""Modules that add pages and control verbs by being imported."""
TICK = 0.1
SAVES_EVERY = 0.5


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m embedded.sandbox", description="A server that behaves like Stripe."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="JSON file to begin with and to keep up to date")
    options = parser.parse_args(arguments)
    world = World(f"http://{HOST}:{options.port}")
    if options.state and options.state.exists():
        world.restore(options.state.read_text())
        world.keys = {name: saved for name, saved in world.keys.items() if saved["status"] != RUNNING}
    desk = Desk(world, Faults(), Courier(world))
    server = Server((HOST, options.port), Handler)
    server.desk, server.control = desk, Control(desk)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=_tick, args=(desk, options.state), daemon=True).start()
    sys.stdout.write(f"Stripe sandbox on {world.url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=TICK)
    if options.state:
        save(world, options.state)
    return 0


def _tick(desk: Desk, state: Path | None) -> None:
    """Do what falls due, and keep the file up to date, at most twice a second."""
    saved = time.monotonic()
    while True:
        time.sleep(TICK)
        desk.courier.send(agenda.perform_due(desk.world))
        if state and desk.world.dirty and time.monotonic() - saved >= SAVES_EVERY:
            save(desk.world, state)
            saved = time.monotonic()


def save(world: World, path: Path) -> None:
    """Replace the state file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{threading.get_ident()}.part")
    unfinished.write_text(world.snapshot())
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
