"""Time that a calendar elsewhere takes from a resource."""

from datetime import datetime

from bookings.models import BusyTime, Connection, Occupancy
from schemas.clock import database_now


def elsewhere(resource_id: int, start: datetime, end: datetime) -> BusyTime:
    """A busy time of a calendar that is read for the resource; made where there is none yet."""
    now = database_now()
    connection, _made = Connection.objects.get_or_create(
        resource_id=resource_id,
        provider=Connection.Provider.ICS,
        defaults={"name": "Elsewhere", "pulls": True, "created_at": now},
    )
    key = f"{connection.busy_times.count()}"
    return connection.busy_times.create(key=key, remote_id=key, start=start, end=end, seen_at=now)


def taken_elsewhere(resource_id: int, start: datetime, end: datetime, unit: int = 0) -> Occupancy:
    """The time of one unit, taken by such a busy time."""
    busy = elsewhere(resource_id, start, end)
    return Occupancy.objects.create(
        resource_id=resource_id, unit=unit, kind=Occupancy.Kind.EXTERNAL, during=(start, end), busy=busy
    )
