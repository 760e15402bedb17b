"""Sending what waits: claim, post, note, each in a step of its own, until it was taken or its three days are over.

Killed between the post and its note, a delivery is sent again under the same id: at least once.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min

from bookings.hooks import lanes, patience, signing
from bookings.hooks.bodies import body_of
from bookings.hooks.lanes import KIND, WAITING
from bookings.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from kernel import failpoints
from outside import client
from outside.vault import Sealed
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due

log = logging.getLogger(__name__)

LIMITS = client.Limits(seconds=10.0, max_bytes=4000, cuts=True)
BUSY = timedelta(seconds=30)
"""So long a claimed delivery is its worker's: longer than a post can take."""
AT_ONCE = 20
"""So many deliveries a worker makes before others may have it."""
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Answer:
    """What came of a try: a status, or why there is none."""

    status: int
    error: str
    milliseconds: int
    text: str
    retry_after: str

    @property
    def is_taken(self) -> bool:
        """2xx, and nothing else: a redirect is not followed."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers


@due.handles(KIND, queue=due.Queue.SYNC)
def send(lane: str) -> None:
    """Send what is due in a lane, a while at most; more of it, and what is due later, comes due again."""
    endpoint_id, number = (int(part) for part in lane.split(":"))
    for _delivery in range(AT_ONCE):
        claimed = transact(lambda: _claim(endpoint_id, number))
        if claimed is None:
            return
        if not _deliver(claimed):
            break  # whoever does not answer must not keep a worker from others
    transact(lambda: _come_back(endpoint_id, number))


def _deliver(claimed: WebhookDelivery) -> bool:
    """One try; whether there was an answer, of whatever kind."""
    answer = _post(claimed)
    failpoints.hit("webhook.sent")
    transact(lambda: _note(claimed, answer))
    return bool(answer.status)


def _claim(endpoint_id: int, number: int) -> WebhookDelivery | None:
    """What is next in a lane, taken for a while; None where nothing is to be done now, and who waits is woken."""
    found = lanes.locked(WebhookEndpoint.objects.filter(pk=endpoint_id, state=WebhookEndpoint.State.ACTIVE))
    if not found:
        return None
    [endpoint] = found
    now = database_now()
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WAITING)
    busy = waiting.filter(busy_until__gt=now)
    if not endpoint.failing_since:  # an endpoint that fails is tried once at a time
        busy = busy.filter(lane=number)
    until = busy.aggregate(last=Max("busy_until"))["last"] or endpoint.not_before or now
    if until <= now:
        claimed = waiting.filter(lane=number, next_at__lte=now).select_related("message").order_by("pk").first()
        if claimed is not None:
            failpoints.hit("webhook.found")
            claimed.endpoint, claimed.busy_until = endpoint, now + BUSY
            claimed.save(update_fields=["busy_until"])
            return claimed
    _wake_later(endpoint_id, number, until)
    return None


def _come_back(endpoint_id: int, number: int) -> None:
    for endpoint in lanes.locked(WebhookEndpoint.objects.filter(pk=endpoint_id, state=WebhookEndpoint.State.ACTIVE)):
        _wake_later(endpoint_id, number, endpoint.not_before or database_now())


def _wake_later(endpoint_id: int, number: int, earliest: datetime) -> None:
    """Have the lane looked at when its next delivery is due, and not before `earliest`. The endpoint is locked."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint_id, state=WAITING, lane=number)
    following = waiting.aggregate(first=Min("next_at"))["first"]
    if following is not None:
        lanes.wake([(endpoint_id, number)], max(following, earliest))


def _post(delivery: WebhookDelivery) -> Answer:
    body = body_of(delivery)
    try:
        headers = signing.headers(delivery.endpoint, delivery.message.message_id, body, database_now())
        told = client.ask("POST", delivery.endpoint.url, headers=headers, body=body.encode(), limits=LIMITS)
    except client.Unreachable as trouble:
        return Answer(0, trouble.code, 0, "", "")
    except Sealed:
        log.error("webhook endpoint %s: its secret cannot be opened", delivery.endpoint_id)
        return Answer(0, "secret_lost", 0, "", "")
    # PostgreSQL keeps no NUL.
    text = told.body.decode("utf-8", errors="replace").replace("\0", "")[:LONGEST_ANSWER]
    return Answer(told.status, "", int(told.seconds * 1000), text, told.headers.get("retry-after", ""))


def _note(claimed: WebhookDelivery, answer: Answer) -> None:
    """Write down what came of a try. Who was paused, disabled or removed meanwhile stays so."""
    found = lanes.locked(WebhookEndpoint.objects.filter(pk=claimed.endpoint_id))
    current = WebhookDelivery.objects.filter(pk=claimed.pk).select_related("message").first()
    if not found or current is None:
        return
    [endpoint] = found
    now = database_now()
    WebhookAttempt.objects.create(
        delivery=current,
        at=now,
        status=answer.status,
        error=answer.error,
        milliseconds=answer.milliseconds,
        answer=answer.text,
    )
    current.attempts += 1
    current.busy_until = None
    if answer.is_taken:
        current.state, current.ended_at = WebhookDelivery.State.DELIVERED, now
        endpoint.failing_since = endpoint.not_before = None
    elif current.state == WAITING:
        _failed(current, endpoint, answer, now)
    current.save(update_fields=["attempts", "busy_until", "state", "ended_at", "next_at"])
    endpoint.save(update_fields=["failing_since", "not_before", "state", "why"])


def _failed(delivery: WebhookDelivery, endpoint: WebhookEndpoint, answer: Answer, now: datetime) -> None:
    endpoint.failing_since = endpoint.failing_since or now
    again = patience.next_try(delivery, now)
    asked = patience.asked_for(answer.retry_after, now)
    if again is None:
        delivery.state, delivery.ended_at = WebhookDelivery.State.FAILED, now
    else:
        delivery.next_at = max(again, asked or again)
    if asked:
        endpoint.not_before = asked
    elif not answer.status:
        endpoint.not_before = now + patience.breather(endpoint.failing_since, now)
    why = patience.reason_to_stop(answer.status, endpoint.failing_since, now)
    if why:
        patience.stop(endpoint, why, now)
        if delivery.state == WAITING:
            delivery.state, delivery.ended_at = WebhookDelivery.State.CANCELLED, now
