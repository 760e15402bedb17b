"""What was told is kept for a month; then nobody asks for it any more."""

from datetime import datetime, timedelta

from bookings.models import WebhookEndpoint, WebhookMessage
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due

KIND = "webhook_prune"
KEPT_DAYS = 30
EVERY = timedelta(days=1)
AT_ONCE = 1000
THE_LOT = "all"


def plan(now: datetime) -> None:
    """Have old messages removed from tomorrow on, in the caller's transaction."""
    due.schedule(KIND, THE_LOT, now + EVERY)


@due.handles(KIND)
def prune(_all: str) -> None:
    """Remove messages of over a month ago with their deliveries and tries; again tomorrow, while there are any."""

    def act() -> int:
        now = database_now()
        old = WebhookMessage.objects.filter(created_at__lt=now - timedelta(days=KEPT_DAYS)).order_by("pk")
        ids = list(old.values_list("pk", flat=True)[:AT_ONCE])
        WebhookMessage.objects.filter(pk__in=ids).delete()
        if WebhookEndpoint.objects.exists() or WebhookMessage.objects.exists():
            plan(now)
        return len(ids)

    while transact(act) == AT_ONCE:
        pass
