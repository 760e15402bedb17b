"""Messages of a world: an owner's words, settings and rules, what was told, and who wants no mail."""

from datetime import datetime
from uuid import UUID

from bookings.models import Channel, MessageRule, MessageSettings, MessageTemplate, NoMail, Notice
from tests.worlds import World

NOTICE = 1_000_001


def furnish_messages(world: World, booking_id: UUID, now: datetime) -> None:
    """One row of each, in the schema that is current; texts carry the world's canary."""
    email, canary = f"told@{world.canary}.example", world.canary
    MessageTemplate.objects.create(
        kind="reminder", channel=Channel.MAIL, language="en", subject=canary, body=canary, updated_at=now
    )
    MessageRule.objects.create(kind="review", channel=Channel.MAIL, minutes=60)
    MessageSettings.objects.create(pk=MessageSettings.ONLY, reply_to=email, signature=canary)
    Notice.objects.create(
        pk=NOTICE,
        booking_id=booking_id,
        kind="confirmation",
        channel=Channel.MAIL,
        to=email,
        language="en",
        due_at=now,
        send_at=now,
        state=Notice.State.SENT,
        provider_id=canary,
        created_at=now,
        updated_at=now,
    )
    NoMail.objects.create(digest="0" * 64, reason=NoMail.Reason.UNSUBSCRIBED, created_at=now)
