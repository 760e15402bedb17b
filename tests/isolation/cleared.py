"""A closure that stood in the guest's way, for the canaries. Ids are equal in all worlds."""

from datetime import datetime
from uuid import UUID

from bookings.models import Clearing, Displacement
from tests.worlds import World

CLEARED = 1_000_001


def furnish_clearing(world: World, booking_id: UUID, at: datetime) -> None:
    """In the world's schema."""
    canary, owner = world.canary, world.users["owner"]
    clearing = Clearing.objects.create(
        id=CLEARED, venue_id=world.venue, reason=canary, created_by_id=owner, created_at=at
    )
    Displacement.objects.create(
        clearing=clearing, booking_id=booking_id, way="cancel", shown=canary, state="refused", detail=canary
    )
