"""A webhook with something in its log, each text with the world's canary, under the same ids in every world."""

from datetime import datetime
from uuid import UUID

from bookings.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from tests.worlds import World

HOOK = 1_000_001


def furnish_hooks(world: World, booking: UUID, now: datetime) -> None:
    """An endpoint that did not take what it was told."""
    canary = world.canary
    endpoint = WebhookEndpoint.objects.create(
        id=HOOK,
        url=f"https://hooks.{canary}.example/",
        description=canary,
        sealed=canary,
        sealed_old=canary,
        why=canary,
        created_at=now,
    )
    message = WebhookMessage.objects.create(
        message_id=f"msg_{canary}",
        type=canary,
        booking_id=booking,
        data={"status": "pending", "reference_code": canary},
        happened_at=now,
        created_at=now,
    )
    delivery = WebhookDelivery.objects.create(
        id=HOOK, endpoint=endpoint, message=message, sequence=1, state="failed", next_at=now, since=now, created_at=now
    )
    WebhookAttempt.objects.create(delivery=delivery, at=now, error=canary, answer=canary)
