"""What the clock does for the platform itself."""

from celery import shared_task

from billing import charging_fees
from schemas.clock import database_now
from schemas.tasks import PublicTask


@shared_task(base=PublicTask, name="operators.platform_invoices", ignore_result=True)
def platform_invoices() -> int:
    """Invoice last month's fees; answers how many invoices are new, which is none on all days but one."""
    return len(charging_fees.invoice_month(charging_fees.last_month(database_now())))
