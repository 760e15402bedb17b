"""Events that Stripe has and we have not heard of; and those that nobody could handle."""

from datetime import datetime

from billing.gateway import records
from config import letterbox, tasks, webhooks
from config.reconciling.findings import PLATFORM, Difference
from tenants import inbox
from tenants.models import DueWork, InboxEvent


def missed(account_id: str, tenant: str, since: datetime) -> list[Difference]:
    """Put events into the inbox that never arrived, as if they just had; workers handle them."""
    endpoint = webhooks.CONNECT if account_id else webhooks.PLATFORM
    wanted = set(webhooks.kinds_of(endpoint))
    found = []
    for body in records.events(account_id, since):
        arrival = letterbox.read(body, endpoint)
        if arrival.kind in wanted and inbox.put(arrival):
            found.append(Difference(tenant, "event", arrival.event_id, f"{arrival.kind} never arrived", is_healed=True))
    if found:
        tasks.work_on_inbox.apply_async(retry=False)
    return found


def given_up() -> list[Difference]:
    """Events and due work that were tried twelve times; people have to look."""
    events = InboxEvent.objects.filter(state=InboxEvent.State.DEAD).order_by("pk")
    found = [
        Difference(PLATFORM, "event", event.event_id, f"{event.kind} given up: {event.note}", False) for event in events
    ]
    dead = DueWork.objects.filter(is_dead=True).order_by("pk")
    return found + [
        Difference(work.schema_name, "due work", work.object_id, f"{work.kind} given up: {work.last_error}", False)
        for work in dead
    ]
