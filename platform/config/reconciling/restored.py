"""What Stripe knows of a tenant that was put back from a backup, and the backup does not.

A reconciliation looks back to the moment of the backup until it was once through. Attempts to pay that were made since
are written down again, which their key proves to be ours: what came for a booking that is there is counted, and what
came for one that is lost goes back (`bookings.lost`).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from billing.gateway.records import Recorded
from billing.payments import attempts
from billing.payments.models import Payment
from config.reconciling.findings import Difference, Round
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.models import Restoration, Tenant

MARGIN = timedelta(days=2)
"""Attempts are open for a day at most before they are paid."""
TROUBLES = frozenset({"stripe", "error"})


def since(tenant: Tenant, usual: datetime) -> datetime:
    """From when on Stripe's objects are compared one by one."""
    made = _unsettled(tenant).order_by("made_at").values_list("made_at", flat=True).first()
    return min(usual, made - MARGIN) if made else usual


def settled(tenant: Tenant, found: list[Difference]) -> None:
    """Note that a reconciliation was through, where it was."""
    if not any(each.subject in TROUBLES for each in found):
        _unsettled(tenant).update(reconciled_at=database_now())


def recovered(turn: Round, payment_id: UUID | None, recorded: Recorded) -> Payment | None:
    """An attempt that is lost by a restore, written down again; None for anything else."""
    was_restored = Restoration.objects.filter(schema_name=turn.tenant.schema_name, swapped_at__isnull=False)
    if payment_id is None or not was_restored.exists():
        return None
    return transact(lambda: attempts.recovered(payment_id, recorded, turn.account, turn.now))


def _unsettled(tenant: Tenant) -> QuerySet[Restoration]:
    return Restoration.objects.filter(schema_name=tenant.schema_name, swapped_at__isnull=False, reconciled_at=None)
