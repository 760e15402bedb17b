"""`manage.py inbox`: what came from outside and waits, or was given up."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from tenants import inbox
from tenants.models import InboxEvent

State = InboxEvent.State
HEADINGS = ("EVENT", "KIND", "ACCOUNT", "STATE", "TRIES", "RECEIVED (UTC)", "NOTE")
SHOWN = (State.WAITING, State.DEAD, State.REJECTED)
MOST = 200


class Command(BaseCommand):
    """Read-only without `--replay`; tab-free columns, oldest first."""

    help = "Lists events that wait, were given up (dead) or were not believed (rejected), and counts the others."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--state` and `--replay`."""
        parser.add_argument("--state", choices=State.values, action="append", help="list these instead; repeatable")
        parser.add_argument("--replay", metavar="ID", help="have the event with this id (evt_...) worked on again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay one, or print the table and the counts."""
        if options["replay"]:
            self._replay(options["replay"])
            return
        found = InboxEvent.objects.filter(state__in=options["state"] or SHOWN).order_by("received_at", "pk")
        rows = [HEADINGS, *(_row(event) for event in found[:MOST])]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        counts = dict(InboxEvent.objects.values_list("state").annotate(Count("pk")).order_by())
        self.stdout.write(", ".join(f"{state} {counts.get(state, 0)}" for state in State.values))

    def _replay(self, event_id: str) -> None:
        event = InboxEvent.objects.filter(event_id=event_id).first()
        if event is None:
            raise CommandError(f"There is no event {event_id}.")
        inbox.replay(event)
        self.stdout.write(f"{event.kind} {event_id} was {event.state}; it will be worked on within seconds.")


def _row(event: InboxEvent) -> tuple[str, ...]:
    return (
        event.event_id,
        event.kind,
        event.account_id or "-",
        event.state,
        str(event.attempts),
        f"{event.received_at:%Y-%m-%d %H:%M:%S}",
        event.note,
    )
