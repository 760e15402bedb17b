"""A calendar elsewhere with a booking in it, each text with the world's canary, under the same ids in every world."""

from datetime import datetime, timedelta
from uuid import UUID

from bookings.models.calendars import BusyTime, CalendarConflict, CalendarCopy, Connection
from tests.worlds import World

LINKED = 1_000_001


def furnish_connection(world: World, booking: UUID, now: datetime) -> None:
    """An address that is read, with a copy of a booking, as if it had been written to."""
    canary = world.canary
    connection = Connection.objects.create(
        id=LINKED,
        provider=Connection.Provider.ICS,
        name=canary,
        account=f"olga@{canary}.example",
        resource_id=world.court_1,
        pulls=True,
        remote_id=canary,
        sealed=canary,
        cursor=canary,
        channel_id=canary,
        created_at=now,
    )
    CalendarCopy.objects.create(connection=connection, booking_id=booking, remote_id=canary, etag=canary)
    busy = BusyTime.objects.create(
        id=LINKED,
        connection=connection,
        key=canary,
        remote_id=f"busy-{canary}",
        title=canary,
        start=now,
        end=now + timedelta(hours=1),
        seen_at=now,
    )
    CalendarConflict.objects.create(id=LINKED, busy=busy, booking_id=booking, found_at=now)
