"""PostgreSQL is the schedule: one public table of due work.

`schedule` writes in the caller's transaction. Every few seconds one tick
claims what is due and hands each piece to a worker; what a worker does not
finish within the lease comes due again, so bodies are idempotent.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from schemas.current import current_schema
from tenants.models import DueWork, Tenant

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
BATCH = 200
MOST_ATTEMPTS = 12

Handler = Callable[[str], None]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does work of this kind; it gets the object's id, in the tenant's schema."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


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
        update_fields=["due_at", "attempts", "is_dead", "last_error"],
    )


def claim(limit: int = BATCH) -> list[DueWork]:
    """Take what is due for tenants at work, so that no other tick takes it before the lease is over.

    Two queries, whatever the number of tenants; rows that another tick holds are skipped.
    """
    open_tenant = Tenant.objects.filter(schema_name=OuterRef("schema_name"), state__in=Tenant.AT_WORK)
    with transaction.atomic():
        taken = list(
            DueWork.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(Exists(open_tenant), due_at__lte=Now(), is_dead=False)
            .order_by("due_at")[:limit]
        )
        if taken:
            DueWork.objects.filter(pk__in=[work.pk for work in taken]).update(
                due_at=Now() + LEASE, attempts=F("attempts") + 1
            )
    for work in taken:
        work.attempts += 1
    return taken


def perform(work_id: int, attempt: int) -> None:
    """Do one claimed piece in its tenant's schema; it is deleted unless it was rescheduled meanwhile."""
    work = DueWork.objects.filter(pk=work_id, attempts=attempt, schema_name=current_schema()).first()
    if work is None:
        return
    try:
        _handlers[work.kind](work.object_id)
    except Exception as error:
        _failed(work, error)
        raise
    # The claim's own `due_at` tells it from a later claim of the same number, after a new `schedule`.
    DueWork.objects.filter(pk=work_id, attempts=attempt, due_at=work.due_at).delete()


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 10 s, 20 s, ..., never more than an hour."""
    return min(timedelta(hours=1), timedelta(seconds=5 * 2**attempts))


def _failed(work: DueWork, error: Exception) -> None:
    # Class name only: messages may quote personal data.
    dead = work.attempts >= MOST_ATTEMPTS
    connection.close_if_unusable_or_obsolete()
    DueWork.objects.filter(pk=work.pk, attempts=work.attempts, due_at=work.due_at).update(
        due_at=Now() + pause(work.attempts), is_dead=dead, last_error=type(error).__name__
    )
    log.warning("due work %s failed (attempt %s): %s", work.kind, work.attempts, type(error).__name__)
