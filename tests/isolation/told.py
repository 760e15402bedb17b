"""A webhook with something in its log, each text with the world's canary, under the same ids in every world."""

from datetime import datetime
from uuid import UUID

from bookings.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from tests.isolation.allowed import CLIENT
from tests.worlds import World

HOOK, PARTNERS_HOOK = 1_000_001, 1_000_002


def furnish_hooks(world: World, booking: UUID, now: datetime) -> None:
    """An endpoint that did not take what it was told, and one of the partner's."""
    _furnish(world, booking, now, HOOK)
    _furnish(world, booking, now, PARTNERS_HOOK, f"client:{CLIENT}")


def _furnish(world: World, booking: UUID, now: datetime, number: int, agent: str = "") -> None:
    canary = world.canary
    endpoint = WebhookEndpoint.objects.create(
        id=number,
        agent=agent,
        url=f"https://hooks.{canary}.example/",
        description=canary,
        sealed=canary,
        sealed_old=canary,
        why=canary,
        created_at=now,
    )
    message = WebhookMessage.objects.create(
        message_id=f"msg_{number}{canary}",
        type=canary,
        dialect="partner" if agent else "v1",
        booking_id=booking,
        data={"status": "pending", "reference_code": canary},
        happened_at=now,
        created_at=now,
    )
    delivery = WebhookDelivery.objects.create(
        id=number,
        endpoint=endpoint,
        message=message,
        sequence=1,
        state="failed",
        next_at=now,
        since=now,
        created_at=now,
    )
    WebhookAttempt.objects.create(delivery=delivery, at=now, error=canary, answer=canary)
