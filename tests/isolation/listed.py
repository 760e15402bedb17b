"""A draft for many bookings, a view of the list and figures by mail, with the canary. Ids are equal in all worlds."""

from datetime import datetime
from uuid import UUID

from bookings.models import Batch, BatchRow
from desk.models import ReportMailing, SavedView
from tests.worlds import World

DRAFTED = 1_000_001
KEPT_VIEW = 1_000_001
MAILED = 1_000_001
LISTED: dict[str, object] = {"batch_id": DRAFTED, "view_id": KEPT_VIEW, "mailing_id": MAILED}
"""A value for every parameter of the routes to these rows."""


def furnish_lists(world: World, booking_id: UUID, now: datetime) -> None:
    """In the world's schema."""
    canary = world.canary
    batch = Batch.objects.create(
        id=DRAFTED,
        kind=Batch.Kind.MESSAGE,
        notes=canary,
        text=canary,
        created_by_id=world.users["owner"],
        created_at=now,
    )
    BatchRow.objects.create(
        batch=batch, booking_id=booking_id, number=1, state=BatchRow.State.LEFT, code=canary, detail=canary
    )
    SavedView.objects.create(
        id=KEPT_VIEW, user_id=world.users["owner"], name=canary, query=f"q={canary}", is_shared=True, created_at=now
    )
    ReportMailing.objects.create(id=MAILED, user_id=world.users["owner"], rhythm="week", created_at=now)
