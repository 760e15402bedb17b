"""Messages with their deliveries: written in the transaction of the outbox, for those who asked for them."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from billing.payments.models import Payment
from bookings import agents
from bookings.hooks import kinds, lanes
from bookings.hooks.happenings import happening, told_as
from bookings.hooks.words import PARTNER, V1, Words
from bookings.models import Booking, BookingEvent, WebhookDelivery, WebhookEndpoint, WebhookMessage, WebhookThread
from schemas.clock import database_now

ENDPOINT = WebhookEndpoint.State
LISTENING = (ENDPOINT.ACTIVE, ENDPOINT.PAUSED)


def on_event(event: BookingEvent) -> None:
    """Write the messages of an event and their deliveries, in the transaction of the outbox."""
    for words, endpoints in listening(event.booking):
        happened = happening(event, words)
        about = {"booking": event.booking, "event_id": event.pk, "dialect": words.dialect}
        told = [WebhookMessage(type=name, data=happened.data(extra), **about) for name, extra in told_as(happened)]
        _write(told, endpoints, event.at)


def on_refusal(payment_id: str, number: int) -> None:
    """Tell that a payment was refused for the so many-th time; once, however often it is called."""
    payment = Payment.objects.get(pk=payment_id)
    booking = Booking.objects.select_related("resource__venue").get(pk=payment.booking_id)
    extra = {"payment_id": payment_id, "failure": payment.failure}
    for words, endpoints in listening(booking):
        name = _refusals_id(words, f"{payment_id}:{number}")
        if WebhookMessage.objects.filter(message_id=name).exists():
            continue
        now = database_now()
        told = WebhookMessage(message_id=name, type=kinds.PAYMENT_FAILED, booking=booking, dialect=words.dialect)
        told.data = {**words.data(booking, now), **words.spelt(extra)}
        _write([told], endpoints, now)


def _refusals_id(words: Words, refusal: str) -> str:
    return f"msg_{hashlib.sha256(f'{words.dialect}:{refusal}'.encode()).hexdigest()[:32]}"


def new_id() -> str:
    """A message's id, which is the header `webhook-id`: unguessable, and the same for every endpoint and try."""
    return f"msg_{secrets.token_hex(16)}"


def listening(booking: Booking) -> list[tuple[Words, list[WebhookEndpoint]]]:
    """Who hears of a booking, locked, by the words in which they do: one query, however many they are.

    The tenant's own hear of all; a partner's, of what its app has made (`bookings.agents`).
    """
    every = Q(venues=[]) | Q(venues__contains=[booking.resource.venue_id])
    mine = Q(agent__in=["", *agents.hearing(booking.agent, booking.customer_id)])
    found = lanes.locked(WebhookEndpoint.objects.filter(every, mine, state__in=LISTENING))
    told = [(V1, [one for one in found if not one.agent]), (PARTNER, [one for one in found if one.agent])]
    return [(words, endpoints) for words, endpoints in told if endpoints]


def _write(told: list[WebhookMessage], endpoints: list[WebhookEndpoint], happened_at: datetime) -> None:
    """Write what somebody asked for, in order, and have it sent."""
    told = [message for message in told if any(_asked(endpoint, message.type) for endpoint in endpoints)]
    if not told:
        return
    now = database_now()
    for message in told:
        message.message_id = message.message_id or new_id()
        message.happened_at, message.created_at = happened_at, now
    WebhookMessage.objects.bulk_create(told)
    deliveries = _numbered(told, endpoints, now)
    WebhookDelivery.objects.bulk_create(deliveries)
    lanes.wake(
        [(one.endpoint_id, one.lane) for one in deliveries if one.endpoint.state == ENDPOINT.ACTIVE],
        now,
    )


def _asked(endpoint: WebhookEndpoint, name: str) -> bool:
    return name in (endpoint.types or kinds.STANDARD)


def _numbered(told: list[WebhookMessage], endpoints: Iterable[WebhookEndpoint], now: datetime) -> list[WebhookDelivery]:
    """A delivery of each message for each who asked for it; each endpoint counts a booking's for itself."""
    booking = told[0].booking
    assert booking is not None
    threads = {one.endpoint_id: one for one in WebhookThread.objects.filter(booking=booking)}
    deliveries, counted = [], []
    for endpoint in endpoints:
        wanted = [message for message in told if _asked(endpoint, message.type)]
        if not wanted:
            continue
        thread = threads.get(endpoint.pk) or WebhookThread(endpoint=endpoint, booking=booking, sequence=0)
        for message in wanted:
            thread.sequence += 1
            deliveries.append(delivery(endpoint, message, now, thread.sequence))
        counted.append(thread)
    WebhookThread.objects.bulk_create(
        counted, update_conflicts=True, unique_fields=["endpoint", "booking"], update_fields=["sequence"]
    )
    return deliveries


def delivery(endpoint: WebhookEndpoint, message: WebhookMessage, now: datetime, sequence: int = 0) -> WebhookDelivery:
    """A message on its way to an endpoint, not saved yet."""
    lane = lanes.lane_of(message.booking_id)
    return WebhookDelivery(
        endpoint=endpoint, message=message, sequence=sequence, lane=lane, next_at=now, since=now, created_at=now
    )
