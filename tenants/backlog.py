"""What the clock has before it: what waits and since when, and what was given up, in all three tables.

Read by `manage.py clock`, the operators' page and `/metrics`. What `/metrics` asks costs as much as waits now or is
dead, however many tenants there are; `waiting` counts what is planned for later too. Ages are seconds by the database's
clock. A piece that a worker has claimed does not count as waiting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now

from schemas.clock import database_now
from tenants import due, inbox, outbox
from tenants.models import DueWork, Heartbeat, InboxEvent, OutboxMessage, Tenant

BEATS = ("tick", "pump")
"""What beat wakes every few seconds, by the names of their heartbeats."""
LATE_BEAT = 60.0
"""Seconds without a heartbeat after which somebody should look."""
LONGEST_NUMBER = 18


class Table(StrEnum):
    """Where something waits: what happened, what is due, what the outside told us."""

    OUTBOX = "outbox"
    DUE = "due"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of one table. `due` counts what could be done now, `later` what is not due or waits after a failure."""

    table: Table
    kind: str
    queue: str
    due: int
    later: int
    dead: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Dead:
    """One piece that was given up; `ref` is its name for `replay`. The schema is empty for what is the platform's."""

    ref: str
    table: Table
    kind: str
    schema_name: str
    about: str
    tries: int
    error: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """A tenant, by its schema and, for what the outside told us, by its accounts there."""

    schema_name: str
    accounts: tuple[str, ...] = ()


def kinds(table: Table) -> list[str]:
    """The kinds that a table may have: those that somebody works on, or those of the events that came."""
    if table == Table.INBOX:
        return inbox.kinds()
    return due.kinds() if table == Table.DUE else outbox.topics()


def waiting() -> list[Waiting]:
    """A line for each kind that has anything, by table and kind."""
    now = database_now()
    return [*_outbox(now), *_due(now), *_inbox(now)]


def dead(most: int, kind: str = "", of: Whose | None = None) -> list[Dead]:
    """What was given up, of all kinds or one, of all tenants or one; at most so many of each table, by their ids."""
    return [*_dead_messages(most, kind, of), *_dead_work(most, kind, of), *_dead_events(most, kind, of)]


def count_dead() -> dict[tuple[Table, str], int]:
    """How much was given up, by table and kind."""
    found: dict[tuple[Table, str], int] = {}
    for table, rows in _graves(None).items():
        counted = rows.order_by().values_list(_kind_of(table)).annotate(Count("pk"))
        found.update({(table, kind): count for kind, count in counted})
    return found


def overdue() -> dict[str, float]:
    """For each kind of due work that waits, how many seconds its oldest piece is late."""
    now = database_now()
    rows = DueWork.objects.filter(is_dead=False, due_at__lte=now, schema_name__in=_at_work())
    return {kind: _age(now, oldest) for kind, oldest in rows.order_by().values_list("kind").annotate(Min("due_at"))}


def outbox_oldest() -> float:
    """The age of the oldest message of a tenant at work that is not dead; 0 when there is none."""
    rows = OutboxMessage.objects.filter(is_dead=False, schema_name__in=_at_work())
    return _age(database_now(), rows.aggregate(oldest=Min("created_at"))["oldest"])


def unprocessed() -> int:
    """How many events of the inbox wait, those of a later try included."""
    return InboxEvent.objects.filter(state=InboxEvent.State.WAITING).count()


def inbox_oldest() -> float:
    """The age of the oldest event of the inbox that waits, those of a later try included; 0 when there is none."""
    rows = InboxEvent.objects.filter(state=InboxEvent.State.WAITING)
    return _age(database_now(), rows.aggregate(oldest=Min("received_at"))["oldest"])


def replay(ref: str) -> int:
    """Have what was given up done again: one piece by its `ref` (`due:17`), or all of a kind; answers how many."""
    table, _colon, number = ref.partition(":")
    graves = _graves(None)
    if table in set(Table) and number.isdecimal() and len(number) <= LONGEST_NUMBER:
        return _raise(Table(table), graves[Table(table)].filter(pk=int(number)))
    return sum(_raise(each, rows.filter(**{_kind_of(each): ref})) for each, rows in graves.items())


def replay_of(of: Whose, kind: str = "") -> int:
    """Have everything of a tenant that was given up done again, or all of a kind; answers how many."""
    chosen = {each: rows.filter(**{_kind_of(each): kind}) if kind else rows for each, rows in _graves(of).items()}
    return sum(_raise(each, rows) for each, rows in chosen.items())


def beat(name: str) -> None:
    """Write down that something which runs by the clock runs."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=Now())], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def has_beaten(name: str) -> bool:
    """Whether something ever ran."""
    return Heartbeat.objects.filter(name=name).exists()


def heartbeats() -> dict[str, datetime | None]:
    """When each of `BEATS` ran last; None for one that never did."""
    seen = dict(Heartbeat.objects.filter(name__in=BEATS).values_list("name", "at"))
    return {name: seen.get(name) for name in BEATS}


def _graves(of: Whose | None) -> dict[Table, QuerySet[Any]]:
    in_schema = {"schema_name": of.schema_name} if of else {}
    at_account = {"account_id__in": of.accounts} if of else {}
    return {
        Table.OUTBOX: OutboxMessage.objects.filter(is_dead=True, **in_schema),
        Table.DUE: DueWork.objects.filter(is_dead=True, **in_schema),
        Table.INBOX: InboxEvent.objects.filter(state=InboxEvent.State.DEAD, **at_account),
    }


def _kind_of(table: Table) -> str:
    return "topic" if table == Table.OUTBOX else "kind"


def _raise(table: Table, rows: QuerySet[Any]) -> int:
    if table == Table.OUTBOX:
        return outbox.replay(rows)
    return due.replay(rows) if table == Table.DUE else inbox.replay_all(rows)


def _counted(rows: QuerySet[Any], kind: str, since: str, alive: Q) -> Iterator[dict[str, Any]]:
    now = alive & Q(due_at__lte=Now())
    yield from (
        rows.values(kind)
        .order_by(kind)
        .annotate(
            due=Count("pk", filter=now),
            later=Count("pk", filter=alive & Q(due_at__gt=Now())),
            dead=Count("pk", filter=~alive),
            oldest=Min(since, filter=now),
        )
    )


def _line(table: Table, queue: str, kind: str, row: dict[str, Any], now: datetime) -> Waiting:
    return Waiting(table, kind, queue, row["due"], row["later"], row["dead"], _age(now, row["oldest"]))


def _age(now: datetime, oldest: datetime | None) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def _outbox(now: datetime) -> Iterator[Waiting]:
    rows = OutboxMessage.objects.filter(Q(is_dead=True) | Q(schema_name__in=_at_work()))
    for row in _counted(rows, "topic", "created_at", Q(is_dead=False)):
        yield _line(Table.OUTBOX, "celery", row["topic"], row, now)


def _due(now: datetime) -> Iterator[Waiting]:
    rows = DueWork.objects.filter(Q(is_dead=True) | Q(schema_name__in=_at_work()))
    for row in _counted(rows, "kind", "due_at", Q(is_dead=False)):
        yield _line(Table.DUE, due.queue_of(row["kind"]).value, row["kind"], row, now)


def _inbox(now: datetime) -> Iterator[Waiting]:
    states = InboxEvent.State
    rows = InboxEvent.objects.filter(state__in=[states.WAITING, states.DEAD])
    for row in _counted(rows, "kind", "received_at", Q(state=states.WAITING)):
        yield _line(Table.INBOX, due.Queue.MONEY.value, row["kind"], row, now)


def _at_work() -> QuerySet[Tenant, str]:
    names: QuerySet[Tenant, str] = Tenant.objects.filter(state__in=Tenant.AT_WORK).values_list("schema_name", flat=True)
    return names


def _dead_messages(most: int, kind: str, of: Whose | None) -> Iterator[Dead]:
    for row in _some(_graves(of)[Table.OUTBOX], "topic", kind, most):
        about = f"{row.order_key} {row.reference}"
        yield Dead(
            f"{Table.OUTBOX}:{row.pk}",
            Table.OUTBOX,
            row.topic,
            row.schema_name,
            about,
            row.attempts,
            row.last_error,
            row.created_at,
        )


def _dead_work(most: int, kind: str, of: Whose | None) -> Iterator[Dead]:
    for row in _some(_graves(of)[Table.DUE], "kind", kind, most):
        yield Dead(
            f"{Table.DUE}:{row.pk}",
            Table.DUE,
            row.kind,
            row.schema_name,
            row.object_id,
            row.tries,
            row.last_error,
            row.due_at,
        )


def _dead_events(most: int, kind: str, of: Whose | None) -> Iterator[Dead]:
    for row in _some(_graves(of)[Table.INBOX], "kind", kind, most):
        about = f"{row.event_id} {row.account_id}".rstrip()
        yield Dead(f"{Table.INBOX}:{row.pk}", Table.INBOX, row.kind, "", about, row.attempts, row.note, row.received_at)


def _some(rows: QuerySet[Any], field: str, kind: str, most: int) -> QuerySet[Any]:
    return (rows.filter(**{field: kind}) if kind else rows).order_by("pk")[:most]
