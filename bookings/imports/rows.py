"""What is done with one row, whatever its kind: what a trial says of it, and what it makes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.imports.values import Cells, Places
from bookings.models import Import, Imported
from bookings.records import Actor
from kernel.errors import Refused
from kernel.periods import Period


@dataclass
class Earlier:
    """What rows before this one would take, as `ImportRow.takes` keeps it.

    A name (`[venue, slug]`), or spans of resources (`[resource, units, start, end]`).
    """

    keys: set[str] = field(default_factory=set)
    names: set[tuple[Any, ...]] = field(default_factory=set)
    spans: dict[int, list[tuple[datetime, datetime, int]]] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether one of them is the same row."""
        return key in self.keys

    def add(self, key: str, takes: list[Any]) -> None:
        """Remember a row."""
        self.keys.add(key)
        if takes and not isinstance(takes[0], list):
            self.names.add(tuple(takes))
            return
        for resource, units, start, end in takes:
            span = datetime.fromisoformat(start), datetime.fromisoformat(end), units
            self.spans.setdefault(resource, []).append(span)

    def at_once(self, resource: int, during: Period) -> int:
        """How many units of a resource they take at the worst moment of a period."""
        edges = [
            edge
            for start, end, units in self.spans.get(resource, [])
            if start < during.end and end > during.start
            for edge in ((start, units), (end, -units))
        ]
        now = most = 0
        for _instant, step in sorted(edges):
            now += step
            most = max(most, now)
        return most


@dataclass(frozen=True)
class Run:
    """One import at work: whose, with which places, and what a trial has found in earlier rows."""

    source: Import
    user: User
    now: datetime
    places: Places
    earlier: Earlier = field(default_factory=Earlier)
    """What earlier rows of a trial would take."""

    @property
    def actor(self) -> Actor:
        """As whom the rows are done."""
        return Actor.of(self.user)


@dataclass(frozen=True, slots=True)
class Found:
    """What a trial says of a row that can be done: `made` is the id of what is there already."""

    made: str = ""
    takes: list[Any] = field(default_factory=list)


Try = Callable[[Run, Cells], Found]
Do = Callable[[Run, Cells], str]
"""Makes it, in the caller's transaction, and says its id."""
Look = Callable[[str], bool]
"""Whether what was made is still there."""


@dataclass(frozen=True, slots=True)
class Trade:
    """How rows of a kind are tried and done."""

    attempt: Try
    make: Do
    is_there: Look


class There(Refused):
    """It is there already, so nothing is made; `made` is its id."""

    def __init__(self, made: str) -> None:
        super().__init__("exists", _("This is there already."))
        self.made = made


def made_before(kind: str, key: str, trade: Trade) -> str:
    """The id of what a row of this key made, if that is still there; else empty."""
    known = Imported.objects.filter(kind=kind, key=key).exclude(made="").first()
    return known.made if known and trade.is_there(known.made) else ""


def make(run: Run, key: str, cells: Cells, trade: Trade) -> str:
    """Do a row, once whoever does the same row at the same time has; its id. Raises `There`, or whatever refuses it."""
    kind = run.source.kind
    claimed, is_new = Imported.objects.get_or_create(kind=kind, key=key, defaults={"made": "", "at": run.now})
    if not is_new:
        claimed = Imported.objects.select_for_update().get(pk=claimed.pk)
        if claimed.made and trade.is_there(claimed.made):
            raise There(claimed.made)
    claimed.made, claimed.at = trade.make(run, cells), run.now
    claimed.save()
    return claimed.made
