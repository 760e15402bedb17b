"""The beat tick and the task that does one piece of due work."""

from typing import Any

from celery import current_app, shared_task
from django_tenants.utils import get_public_schema_name

from schemas.tasks import PublicTask, TenantTask
from tenants import backlog, cleaning, closing, domains, due, mail, outbox, vitals

__all__ = [
    "domains",
    "mail",
    "perform",
    "perform_for_platform",
    "pump",
    "tick",
]  # domains and mail register their kinds of due work


SOFT_SECONDS, HARD_SECONDS = 90, 110
"""Work that takes longer fails, and is ended, before its lease is over (`due.LEASE`): nothing runs beside itself."""


@shared_task(base=PublicTask, name="tenants.tick", ignore_result=True, expires=30)
def tick() -> int:
    """Claim what is due and queue each piece for its tenant; answers how many. Two ticks at once do no harm.

    What a queue has not taken since the last ticks stays in PostgreSQL: no queue gets longer than `due.BATCH`.
    """
    backlog.beat("tick")
    claimed = 0
    for queue, room in _rooms().items():
        for work in due.claim_of(queue, room):
            task = perform_for_platform if work.schema_name == get_public_schema_name() else perform
            headers = {"_schema_name": work.schema_name}
            task.apply_async(args=[work.pk, work.attempts], headers=headers, queue=queue.value)
            claimed += 1
    return claimed


@shared_task(
    base=TenantTask,
    name="tenants.perform",
    ignore_result=True,
    soft_time_limit=SOFT_SECONDS,
    time_limit=HARD_SECONDS,
)
def perform(work_id: int, attempt: int) -> None:
    """Do one claimed piece of due work in the tenant's schema."""
    due.perform(work_id, attempt)


@shared_task(
    base=PublicTask,
    name="tenants.perform_for_platform",
    ignore_result=True,
    soft_time_limit=SOFT_SECONDS,
    time_limit=HARD_SECONDS,
)
def perform_for_platform(work_id: int, attempt: int) -> None:
    """Do one claimed piece of the platform's own due work, such as a letter of its."""
    due.perform(work_id, attempt)


@shared_task(base=PublicTask, name="tenants.pump", ignore_result=True, expires=30)
def pump() -> int:
    """Hand on what waits in the outbox; answers how much. Two pumps at once do no harm."""
    backlog.beat("pump")
    return outbox.pump()


@shared_task(base=PublicTask, name="tenants.take_vitals", ignore_result=True, expires=30)
def take_vitals() -> int:
    """Prove some tenants and note how the platform's promises stand; answers how many. Two at once do no harm."""
    return vitals.take()


@shared_task(base=PublicTask, name="tenants.clean_up", ignore_result=True, expires=6 * 3600)
def clean_up() -> int:
    """Delete what is over in `public`, and have every tenant cleaned up; answers how many. Twice does no harm."""
    cleaning.clean_platform()
    return cleaning.plan()


@shared_task(base=PublicTask, name="tenants.close", ignore_result=True, expires=600)
def close() -> int:
    """Remind owners who have closed, and delete what is over; answers how many. Two at once do no harm."""
    return closing.pass_time()


def _rooms() -> dict[due.Queue, int]:
    """How many messages more each queue may have; those without room are left out."""
    with current_app.connection_or_acquire() as broker:
        channel: Any = broker.default_channel  # Redis has the queues as lists
        rooms = {queue: due.BATCH - channel.client.llen(queue.value) for queue in due.Queue}
    return {queue: room for queue, room in rooms.items() if room > 0}
