"""The daily reconciliation: a task for each tenant, so that a slow one holds up nobody."""

import logging

from celery import shared_task

from config.reconciling import rounds
from schemas.tasks import PublicTask

log = logging.getLogger(__name__)


@shared_task(base=PublicTask, name="config.reconcile", ignore_result=True, expires=6 * 3600)
def reconcile() -> int:
    """Send a task for each tenant that has something at Stripe, and one for the platform; answers how many."""
    slugs = [tenant.slug for tenant in rounds.connected()]
    for slug in [*slugs, ""]:
        reconcile_one.apply_async(args=[slug])
    return len(slugs) + 1


@shared_task(base=PublicTask, name="config.reconcile_one", ignore_result=True)
def reconcile_one(slug: str) -> int:
    """Compare one tenant, or the platform where it has no name, with Stripe; what differs is logged as an error."""
    if slug:
        pairs = rounds.of_tenants(rounds.connected().filter(slug=slug))
        found = [each for _tenant, differences in pairs for each in differences]
    else:
        found = rounds.of_platform()
    for each in found:
        log.error("reconciliation: %s %s %s: %s", each.tenant, each.subject, each.object_id, each.what)
    return len(found)
