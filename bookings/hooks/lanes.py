"""What an endpoint is told goes in a few lanes at once, and in each one after the other.

A lane is one piece of due work. Whoever adds to a lane and whoever takes from it lock the endpoint first, so that
what is added is either seen by the one who looks last, or wakes the lane again.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from bookings.models import WebhookDelivery, WebhookEndpoint
from kernel import failpoints
from tenants import due

KIND = "webhook"
"""The kind of due work; the object is `<endpoint>:<lane>`."""
LANES = 4
"""So many deliveries to one endpoint run at once, however many wait."""

WAITING = WebhookDelivery.State.WAITING


def lane_of(booking_id: UUID | None) -> int:
    """The lane of a booking's messages; tests have the first."""
    return zlib.crc32(booking_id.bytes) % LANES if booking_id else 0


def locked(endpoints: QuerySet[WebhookEndpoint]) -> list[WebhookEndpoint]:
    """Endpoints as they are now, locked until the commit, in the one order in which everybody locks them."""
    rows = endpoints.order_by("pk")
    if not failpoints.hit("webhook.locked"):  # the negative control of the race tests reads without it
        rows = rows.select_for_update(no_key=True)
    return list(rows)


def wake(lanes: Iterable[tuple[int, int]], at: datetime) -> None:
    """Have lanes (endpoint and number) looked at, in the transaction of the caller, who has locked the endpoints."""
    due.schedule_all(KIND, [(f"{endpoint}:{lane}", at) for endpoint, lane in set(lanes)])


def wake_waiting(endpoint_id: int, now: datetime) -> None:
    """Have every lane of an endpoint looked at in which something waits."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint_id, state=WAITING)
    lanes = waiting.order_by().values_list("lane", flat=True).distinct()
    wake([(endpoint_id, lane) for lane in lanes], now)
