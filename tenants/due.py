"""PostgreSQL is the schedule: one public table of due work.

`schedule` writes in the caller's transaction. Every few seconds one tick
claims what is due and hands each piece to a worker; what a worker does not
finish within the lease comes due again, so bodies are idempotent.

Kinds are sorted into queues, and each queue is claimed for itself: however
much waits in one, what is due in another is claimed by the next tick. Within
a queue tenants take turns: however much waits for one, another one's first
piece comes among the first.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import Now, RowNumber
from django.utils.module_loading import autodiscover_modules
from django_tenants.utils import get_public_schema_name

from kernel import failpoints
from schemas import journal
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import features
from tenants.models import DueWork, Tenant

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""So long a claimed piece is its worker's, counted anew when the work begins: longer than `tasks.perform` may run."""
BATCH = 200
SHARE = 100
"""So much of a queue one tenant gets at most by one claim."""
MOST_ATTEMPTS = 12
LOST = "WorkerLost"
"""The error of work that was begun so often and never ended: it kills its worker, or takes too long."""

REST = timedelta(hours=1)
RESTING = "TenantSuspended"
"""What stands where an error would, of work that waits for its tenant to be opened again."""

Handler = Callable[[str], None]
_handlers: dict[str, Handler] = {}


class Queue(StrEnum):
    """Where work is done. `money` has time that people wait for too; `sync` asks others; `bulk` can wait."""

    MONEY = "money"
    MAIL = "mail"
    SYNC = "sync"
    BULK = "bulk"


_queues: dict[str, Queue] = {}


def handles(kind: str, queue: Queue = Queue.BULK) -> Callable[[Handler], Handler]:
    """Register the function that does work of this kind; it gets the object's id, in the tenant's schema."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        _queues[kind] = queue
        return handler

    return register


def queue_of(kind: str) -> Queue:
    """Where work of a kind is done; a kind that nobody does fails in `bulk`."""
    _find_kinds()
    return _queues.get(kind, Queue.BULK)


def kinds() -> list[str]:
    """All that somebody does, by name."""
    _find_kinds()
    return sorted(_handlers)


def schedule(kind: str, object_id: object, due_at: datetime) -> None:
    """Have work of `kind` done for an object of the current tenant at `due_at`; a second call moves it."""
    schedule_all(kind, [(object_id, due_at)])


def schedule_all(kind: str, objects: Iterable[tuple[object, datetime]]) -> None:
    """As `schedule`, for many objects at once; in the order of their ids, so that two callers cannot deadlock."""
    schema = current_schema()
    wanted = sorted((str(object_id), due_at) for object_id, due_at in objects)
    DueWork.objects.bulk_create(
        [DueWork(schema_name=schema, kind=kind, object_id=name, due_at=due_at) for name, due_at in wanted],
        update_conflicts=True,
        unique_fields=["schema_name", "kind", "object_id"],
        update_fields=["due_at", "attempts", "tries", "is_dead", "last_error"],
    )


def schedule_everywhere(kind: str, due_at: datetime) -> int:
    """Have work done for every tenant at work, of which it gets the id; answers for how many. Two queries."""
    tenants = Tenant.objects.filter(state__in=Tenant.AT_WORK).exclude(schema_name=get_public_schema_name())
    made = [
        DueWork(schema_name=schema, kind=kind, object_id=str(pk), due_at=due_at)
        for schema, pk in tenants.order_by("pk").values_list("schema_name", "pk")
    ]
    DueWork.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["schema_name", "kind", "object_id"],
        update_fields=["due_at", "attempts", "tries", "is_dead", "last_error"],
    )
    return len(made)


def rest(kind: str, object_id: object) -> None:
    """Put work off that speaks to customers, for as long as its tenant is suspended (decision 0029): it is not lost."""
    schedule(kind, object_id, database_now() + REST)
    mine = DueWork.objects.filter(schema_name=current_schema(), kind=kind, object_id=str(object_id))
    mine.update(last_error=RESTING)


def wake(schema_name: str) -> None:
    """Have at once what rested while a tenant was suspended."""
    DueWork.objects.filter(schema_name=schema_name, last_error=RESTING).update(due_at=Now(), last_error="")


def claim(limit: int = BATCH) -> list[DueWork]:
    """Take what is due for tenants at work from every queue, at most so many of each.

    Nobody else takes it before the lease is over; rows that another tick holds are skipped. A query for each queue
    and two for each that has something, whatever the number of tenants.
    """
    return [work for queue in Queue for work in claim_of(queue, limit)]


def claim_of(queue: Queue, limit: int) -> list[DueWork]:
    """As `claim`, from one queue: the longest due of every tenant, then the second of every tenant, and so on."""
    turns = _turns(queue, 2 * limit)  # twice as many, for another tick at the same moment has the first ones
    if not turns:
        return []
    with transaction.atomic():
        mine = DueWork.objects.select_for_update(skip_locked=True).filter(
            pk__in=turns, due_at__lte=Now(), is_dead=False
        )
        taken = list(mine.order_by(_place_in(turns))[:limit])
        DueWork.objects.filter(pk__in=[work.pk for work in taken]).update(
            due_at=Now() + LEASE, attempts=F("attempts") + 1
        )
    for work in taken:
        work.attempts += 1
    return taken


def _turns(queue: Queue, most: int) -> list[int]:
    """What is due in a queue, tenants taking turns; it costs as much as is due, however many tenants there are."""
    open_tenant = Tenant.objects.filter(schema_name=OuterRef("schema_name"), state__in=Tenant.AT_WORK)
    mine = {kind for kind, other in _queues.items() if other == queue}
    waiting = DueWork.objects.filter(
        Exists(open_tenant), in_queue(queue), ~features.waiting(mine), due_at__lte=Now(), is_dead=False
    )
    turn = Window(RowNumber(), partition_by="schema_name", order_by=("due_at", "pk"))
    ranked = waiting.annotate(turn=turn).filter(turn__lte=SHARE).order_by("turn", "due_at", "pk")
    return list(ranked.values_list("pk", flat=True)[:most])


def _place_in(turns: list[int]) -> Func:
    numbers = Value(turns, output_field=ArrayField(BigIntegerField()))
    return Func(numbers, F("pk"), function="array_position", output_field=IntegerField())


def in_queue(queue: Queue) -> Q:
    """What is done in a queue, for a filter; what nobody does is in `bulk`."""
    _find_kinds()
    if queue == Queue.BULK:
        return ~Q(kind__in=sorted(kind for kind, other in _queues.items() if other != Queue.BULK))
    return Q(kind__in=sorted(kind for kind, other in _queues.items() if other == queue))


def perform(work_id: int, attempt: int) -> None:
    """Do one claimed piece in its tenant's schema; it is deleted unless it was rescheduled meanwhile.

    Beginning counts as a try, so that work which kills its worker is given up too.
    """
    mine = DueWork.objects.filter(pk=work_id, attempts=attempt, schema_name=current_schema(), is_dead=False)
    mine.update(due_at=Now() + LEASE, tries=F("tries") + 1)
    work = mine.first()
    if work is None:
        return
    if work.tries > MOST_ATTEMPTS:
        _give_up(work)
        return
    with journal.noting(work=work.kind, about=work.object_id):
        try:
            failpoints.hit(f"due.begun.{work.kind}")
            _handlers[work.kind](work.object_id)
            failpoints.hit(f"due.done.{work.kind}")
        except Exception as error:
            _failed(work, error)
            raise
    # The claim's own `due_at` tells it from a later claim of the same number, after a new `schedule`.
    DueWork.objects.filter(pk=work_id, attempts=attempt, due_at=work.due_at).delete()


def replay(works: QuerySet[DueWork]) -> int:
    """Have work done again from the beginning, at once; answers how many pieces."""
    return works.update(is_dead=False, attempts=0, tries=0, due_at=Now(), last_error="")


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: 10 s, 20 s, ..., never more than an hour."""
    return min(timedelta(hours=1), timedelta(seconds=5 * 2**tries))


@cache
def _find_kinds() -> None:
    """Have all tasks' modules register what they do: a worker has, a web process or a command has not.

    By Django's means: Celery's would set Django up again, which takes a running worker's log away.
    """
    autodiscover_modules("tasks")


def _failed(work: DueWork, error: Exception) -> None:
    # Class name only: messages may quote personal data.
    connection.close_if_unusable_or_obsolete()
    DueWork.objects.filter(pk=work.pk, attempts=work.attempts, due_at=work.due_at).update(
        due_at=Now() + pause(work.tries), is_dead=work.tries >= MOST_ATTEMPTS, last_error=type(error).__name__
    )
    log.warning("due work %s failed (try %s): %s", work.kind, work.tries, type(error).__name__)


def _give_up(work: DueWork) -> None:
    DueWork.objects.filter(pk=work.pk, attempts=work.attempts, due_at=work.due_at).update(
        is_dead=True, last_error=LOST, tries=MOST_ATTEMPTS
    )
    log.error("due work %s given up: it was begun %s times and never ended", work.kind, MOST_ATTEMPTS)
