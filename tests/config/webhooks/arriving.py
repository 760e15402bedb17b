"""Events on their way in, without HTTP: through the reader, into the inbox, and worked on as a worker does."""

import json
from typing import Any

from django_tenants.utils import schema_context

from config import letterbox, webhooks
from tenants import inbox
from tenants.models import InboxEvent
from tests.till import Till

Json = dict[str, Any]


def made_at_stripe(till: Till, *kinds: str) -> list[Json]:
    """Events of these kinds that the sandbox made for Alpha's payments, in the order they happened."""
    state = till.server.look("state")[till.scope or "acct_1SandboxPlatform"]
    return [each for each in state.get("event", []) if each["type"] in kinds]


def endpoint_of(event: Json) -> str:
    """Where Stripe delivers it."""
    return webhooks.CONNECT if event.get("account") else webhooks.PLATFORM


def arrive(event: Json) -> bool:
    """Write an event down, as the endpoint does; whether it was new."""
    return inbox.put(letterbox.read(json.dumps(event).encode(), endpoint_of(event)))


def worked_off() -> dict[str, tuple[str, str]]:
    """Work on everything that waits; state and note of every event, by kind."""
    with schema_context("public"):
        for event in inbox.claim():
            inbox.work(event.pk, event.attempts, webhooks.HANDLERS)
        return {event.kind: (event.state, event.note) for event in InboxEvent.objects.order_by("pk")}


def told(*events: Json) -> dict[str, tuple[str, str]]:
    """Each of them arrives and is worked on before the next one does; what became of all so far."""
    outcome: dict[str, tuple[str, str]] = {}
    for event in events:
        arrive(event)
        outcome = worked_off()
    return outcome
