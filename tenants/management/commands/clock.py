"""`manage.py clock`: what waits, since when, and what was given up."""

import argparse
import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from schemas.clock import database_now
from tenants import backlog

WAITING = ("TABLE", "KIND", "QUEUE", "DUE", "LATER", "DEAD", "OLDEST")
BY_TENANT = ("TABLE", "KIND", "TENANT", "DEAD")
DEAD = ("ID", "KIND", "TENANT", "ABOUT", "TRIES", "ERROR", "SINCE (UTC)")
MOST = 200


class Command(BaseCommand):
    """Read-only without `--replay`; tab-free columns, the dead in the order of their ids."""

    help = (
        "Shows what waits in the outbox, the table of due work and the inbox, by kind, how long the oldest waits, and "
        "what was given up after twelve tries. Exits with 1 if beat's tasks have not run for a minute."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--replay` and `--json`."""
        parser.add_argument(
            "--replay",
            metavar="KIND|ID",
            help="have what was given up done again: one piece by its ID (due:17), or everything of a kind (refund)",
        )
        parser.add_argument("--json", action="store_true", help="everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, or print."""
        if options["replay"]:
            self._replay(options["replay"])
            return
        now = database_now()
        beats = {name: (now - at).total_seconds() if at else None for name, at in backlog.heartbeats().items()}
        waiting, dead = backlog.waiting(), backlog.dead(MOST)
        if options["json"]:
            told = {"beats": beats, "waiting": [asdict(each) for each in waiting], "dead": [_told(d) for d in dead]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self._print(waiting, dead, beats)
        if any(age is None or age > backlog.LATE_BEAT for age in beats.values()):
            raise CommandError("Beat's tasks do not run: look after beat, Redis and a worker of the queue celery.")

    def _replay(self, what: str) -> None:
        count = backlog.replay(what)
        if not count:
            raise CommandError(f"Nothing of {what} was given up.")
        self.stdout.write(f"{count} of {what} will be done again within seconds.")

    def _print(self, waiting: list[backlog.Waiting], dead: list[backlog.Dead], beats: dict[str, float | None]) -> None:
        for name, age in beats.items():
            self.stdout.write(f"{name}: " + ("never ran" if age is None else f"{age:.0f} s ago"))
        self._table(
            WAITING,
            [
                (w.table, w.kind, w.queue, str(w.due), str(w.later), str(w.dead), f"{w.oldest_seconds:.0f} s")
                for w in waiting
            ],
        )
        buried = Counter((each.table.value, each.kind, each.schema_name or "-") for each in dead)
        self._table(BY_TENANT, [(*key, str(count)) for key, count in sorted(buried.items())])
        self._table(
            DEAD,
            [
                (d.ref, d.kind, d.schema_name or "-", d.about, str(d.tries), d.error, f"{d.since:%Y-%m-%d %H:%M:%S}")
                for d in dead
            ],
        )

    def _table(self, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        if not rows:
            return
        self.stdout.write("")
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        for row in (headings, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _told(dead: backlog.Dead) -> dict[str, object]:
    return {**asdict(dead), "since": dead.since.isoformat()}
