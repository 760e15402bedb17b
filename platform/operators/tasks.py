"""What the clock does for the platform itself."""

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from billing import charging_fees
from operators import figures
from operators.models import LookIn
from schemas.clock import database_now
from schemas.tasks import PublicTask
from tenants import cleaning, due
from tenants.models import Tenant

LOOK_INS_KEPT = timedelta(days=3 * 365)


@shared_task(base=PublicTask, name="operators.platform_invoices", ignore_result=True)
def platform_invoices() -> int:
    """Invoice last month's fees; answers how many invoices are new, which is none on all days but one."""
    return len(charging_fees.invoice_month(charging_fees.last_month(database_now())))


@shared_task(base=PublicTask, name="operators.figures", ignore_result=True)
def plan_figures() -> int:
    """Have the day that is over written down for every tenant; answers for how many."""
    return due.schedule_everywhere(figures.KIND, database_now())


@cleaning.of_platform("look-ins")
def old_look_ins() -> int:
    """Who looked in, once it is so old; what the business keeps of it is its own."""
    return cleaning.sweep(LookIn.objects.filter(started_at__lt=Now() - LOOK_INS_KEPT))


@due.handles(figures.KIND, queue=due.Queue.BULK)
def write_figures(tenant_id: str) -> None:
    """Yesterday of a tenant, and the days before it that were missed, as often as called."""
    figures.write(Tenant.objects.get(pk=int(tenant_id)), database_now())
