"""The beat tick and the task that does one piece of due work."""

from celery import shared_task

from schemas.tasks import PublicTask, TenantTask
from tenants import due, mail, outbox

__all__ = ["mail", "perform", "pump", "tick"]  # mail registers its kind of due work


@shared_task(base=PublicTask, name="tenants.tick", ignore_result=True, expires=30)
def tick() -> int:
    """Claim what is due and queue each piece for its tenant; answers how many. Two ticks at once do no harm."""
    claimed = due.claim()
    for work in claimed:
        perform.apply_async(args=[work.pk, work.attempts], headers={"_schema_name": work.schema_name})
    return len(claimed)


@shared_task(base=TenantTask, name="tenants.perform", ignore_result=True)
def perform(work_id: int, attempt: int) -> None:
    """Do one claimed piece of due work in the tenant's schema."""
    due.perform(work_id, attempt)


@shared_task(base=PublicTask, name="tenants.pump", ignore_result=True, expires=30)
def pump() -> int:
    """Hand on what waits in the outbox; answers how much. Two pumps at once do no harm."""
    return outbox.pump()
