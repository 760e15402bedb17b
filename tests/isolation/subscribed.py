"""A calendar to subscribe to in each world: with equal ids, and an address of its own."""

import hashlib
from datetime import datetime

from bookings.calendars.feeds import digest_of
from bookings.models import Feed
from outside import vault
from tests.worlds import World

SHARED = 1_000_001


def secret_of(world: World) -> str:
    """What opens the world's feed, of the form that the product gives out."""
    return hashlib.sha256(f"feed {world.canary}".encode()).hexdigest()[:40]


def furnish_feed(world: World, now: datetime) -> None:
    """Write it, in the world's schema: everything, with names."""
    secret = secret_of(world)
    Feed.objects.create(
        id=SHARED,
        digest=digest_of(secret),
        sealed=vault.seal(secret),
        scope=Feed.Scope.TENANT,
        name=world.canary,
        shows_names=True,
        created_by_id=world.users["owner"],
        created_at=now,
    )
