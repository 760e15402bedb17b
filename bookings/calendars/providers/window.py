"""How far ahead busy times are read, and the cursor that says how far that was."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookings.models.calendars import Connection
from schemas.clock import database_now

HORIZON = timedelta(days=400)
"""What lies further ahead is left out (T23): nothing can be booked there yet."""
STALE = timedelta(days=7)
"""A calendar that only tells of changes is read anew as a whole when its window is older: time has brought more."""


@dataclass(frozen=True)
class Window:
    """From now to the horizon, and the zone of whole days and of times without a zone."""

    first: datetime
    last: datetime
    zone: str

    @classmethod
    def of(cls, connection: Connection) -> "Window":
        """For a calendar that is read now, in the zone of its venue."""
        now = database_now()
        return cls(now, now + HORIZON, zone_of(connection))


def zone_of(connection: Connection) -> str:
    """The name of the zone of a connection's venue."""
    place = connection.venue if connection.resource is None else connection.resource.venue
    assert place is not None
    return place.time_zone


def opened(cursor: str) -> dict[str, Any]:
    """What a cursor remembers; nothing for one that is empty, or that reads of a window gone stale."""
    try:
        known = json.loads(cursor)
        last = datetime.fromisoformat(known["last"])
    except (KeyError, TypeError, ValueError):
        return {}
    return known if last - HORIZON + STALE > database_now() else {}


def closed(window: Window, **remembered: object) -> str:
    """A cursor that remembers these, and the window."""
    return json.dumps({**remembered, "last": window.last.isoformat()}, separators=(",", ":"))
