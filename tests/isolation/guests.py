"""Somebody who booked without an account, in each tenant: a booking that was given up, of equal ids."""

from datetime import timedelta
from uuid import UUID

from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.isolation.offer import WALK_IN, WALK_INS
from tests.worlds import World


def furnish_guest(world: World, like: UUID) -> None:
    """As another booking, and of nobody who has an account."""
    with tenant_context(world.tenant):
        row = Booking.objects.get(pk=like)
        row.pk, row.reference_code = WALK_INS, f"W{world.canary}"[:16]
        row.customer = row.series = None
        row.agent, row.state, row.pending_reason = "", "cancelled", ""
        row.email, row.name = WALK_IN, f"Walter {world.canary}"
        row.start, row.end = row.start + timedelta(days=3), row.end + timedelta(days=3)
        row.cancelled_at, row.cancel_reason = row.created_at, "other"
        row.save(force_insert=True)
