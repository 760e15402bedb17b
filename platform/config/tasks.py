"""Working on what came in: the tick that claims it, and the task for one event."""

from celery import shared_task

from config import webhooks
from schemas.tasks import PublicTask
from tenants import inbox


@shared_task(base=PublicTask, name="config.work_on_inbox", ignore_result=True, expires=30)
def work_on_inbox() -> int:
    """Claim what waits and queue each event; answers how many. A wake-up: the tick of beat does the same."""
    claimed = inbox.claim()
    for event in claimed:
        handle_event.apply_async(args=[event.pk, event.attempts])
    return len(claimed)


@shared_task(base=PublicTask, name="config.handle_event", ignore_result=True)
def handle_event(event_pk: int, attempt: int) -> None:
    """Handle one claimed event as the table of `config.webhooks` says."""
    inbox.work(event_pk, attempt, webhooks.HANDLERS)
