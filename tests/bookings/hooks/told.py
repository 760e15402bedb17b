"""What the tests of webhooks do in the clock's place: tell what has happened, and send what is due."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from standardwebhooks.webhooks import Webhook

from bookings.hooks import lanes, messages, sending
from bookings.models import BookingEvent, WebhookDelivery, WebhookEndpoint, WebhookMessage
from tests.receiver import Receiver

DAY = timedelta(days=1)


@dataclass
class Line:
    """An endpoint, its secret and who listens there."""

    endpoint: WebhookEndpoint
    secret: str
    taker: Receiver

    def send(self) -> None:
        """Do what is due for the endpoint now."""
        for lane in range(lanes.LANES):
            sending.send(f"{self.endpoint.pk}:{lane}")

    def verified(self, number: int = -1) -> dict[str, Any]:
        """What came, once the library has found its signature right."""
        post = self.taker.posts[number]
        read: dict[str, Any] = Webhook(self.secret).verify(post.body, post.headers)
        return read

    def now(self) -> WebhookEndpoint:
        """The endpoint as it is."""
        self.endpoint.refresh_from_db()
        return self.endpoint


def tell() -> None:
    """Tell of every event that nobody was told of, as the outbox does: one after the other."""
    last = WebhookMessage.objects.exclude(event_id=None).order_by("-event_id").first()
    after = last.event_id if last and last.event_id else 0
    for event in BookingEvent.objects.filter(pk__gt=after).select_related("booking__resource__venue").order_by("pk"):
        messages.on_event(event)


def pass_time(by: timedelta) -> None:
    """As if so much time had gone by since everything that is written down of webhooks."""
    moved = {"created_at", "since", "next_at", "busy_until"}
    WebhookDelivery.objects.update(**{name: F(name) - by for name in moved})
    WebhookMessage.objects.update(created_at=F("created_at") - by)
    moved = {"failing_since", "not_before", "old_until"}
    WebhookEndpoint.objects.update(**{name: F(name) - by for name in moved})
