"""Stripe's deliveries at a real web server with a real worker: many copies at once, bodies as bytes on the wire, and a
worker that dies.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django_tenants.utils import tenant_context

from billing.payments.models import Payment
from bookings import checkout
from bookings.models import Booking, BookingEvent
from tenants.models import InboxEvent
from tests import servers, till
from tests.bookings.paying.scenes import money, room
from tests.config.webhooks.letters import body_of, event, header, path_of
from tests.conftest import use_database
from tests.races.rigging import Rigging
from tests.sandbox import sandbox, wait_for
from tests.till import Till
from tests.worlds import ALPHA, World, world_of

WITHIN = 60.0
PAID = "payment_intent.succeeded"


@dataclass
class House:
    """Alpha, the sandbox that delivers to the web server, and what the worker obeys."""

    alpha: World
    till: Till
    rigging: Rigging
    port: int


@pytest.fixture(scope="module")
def house(
    django_db_setup: None, django_db_blocker: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A web server and a worker on a database of their own, and a sandbox that knows the server's address."""
    folder: Path = tmp_path_factory.mktemp("failpoints")
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        servers.copied(template, "webhooks") as database,
        sandbox() as stripe,
    ):
        workers_own = str(settings.DATABASES["default"]["NAME"])
        use_database(database)
        patched = {"STRIPE_SECRET_KEY": stripe.key, "STRIPE_API_HOST": stripe.url, "STRIPE_LIVE": False}
        for name, value in patched.items():
            patch.setattr(settings, name, value)
        alpha = world_of(ALPHA)
        account = till.connect(stripe, alpha.tenant)
        extra = till.environment(stripe)
        with (
            servers.web(database, extra, threads=16) as web,
            servers.celery_worker(database, {**extra, "FAILPOINTS": str(folder)}),
        ):
            url = f"http://localhost:{web.port}/stripe/webhooks/connect/"
            stripe.control("endpoint", url=url, connect=True, secret=till.SECRETS["connect"])
            yield House(alpha, Till(stripe, alpha.tenant, account), Rigging(folder), web.port)
        use_database(workers_own)


@pytest.fixture
def at_work(house: House) -> Iterator[House]:
    """The house, with nothing rigged and Alpha's schema entered."""
    house.rigging.clear()
    InboxEvent.objects.all().delete()
    with tenant_context(house.alpha.tenant):
        yield house
    house.till.server.control("webhooks")
    house.rigging.clear()


def ended() -> bool:
    """Whether everything that came has been worked on."""
    return InboxEvent.objects.exists() and not InboxEvent.objects.filter(state="waiting").exists()


def effects(booking: Booking) -> tuple[int, int]:
    """How often the money was counted, and how often the booking was confirmed by it."""
    found = BookingEvent.objects.filter(booking=booking)
    return found.filter(act="paid").count(), found.filter(act="moved", to_state="confirmed").count()


def test_eight_copies_within_30_ms_take_effect_once_and_within_seconds(at_work: House, record_property: Any) -> None:
    """R22, I6: four bookings are paid, and every event of theirs comes eight times, in a mix."""
    bookings = [room(at_work.alpha, hour=hour) for hour in (8, 10, 12, 14)]
    intents = [checkout.start(booking.pk).intent.id for booking in bookings]
    stripe = at_work.till.server
    stripe.control("webhooks", doubled={"copies": 8, "spread_ms": 30}, shuffled={"seed": 7, "window_ms": 30})
    began = time.monotonic()
    for intent in intents:
        assert at_work.till.pay(intent) == "succeeded"
    wait_for(lambda: all(money(booking)[0] == "confirmed" for booking in bookings), WITHIN)
    record_property("seconds", round(time.monotonic() - began, 2))
    deliveries = stripe.settled(WITHIN)
    wait_for(ended, WITHIN)
    told = [each for each in deliveries if each["type"] == PAID]
    assert [each["answers"] for each in told] == [[200]] * 32
    kept = InboxEvent.objects.filter(kind=PAID)
    assert [(event.state, event.attempts) for event in kept] == [("done", 1)] * 4
    assert [effects(booking) for booking in bookings] == [(1, 1)] * 4
    assert [money(booking) for booking in bookings] == [("confirmed", "paid", 2500)] * 4


def begun(house: House, *headers: str, body: bytes = b"") -> socket.socket:
    """A delivery at the server of which so much has been sent."""
    caller = socket.create_connection(("127.0.0.1", house.port), timeout=WITHIN)
    lines = [f"POST {path_of('connect')} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    caller.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
    return caller


def answered(caller: socket.socket, rest: bytes = b"") -> str:
    """The status, once the rest has been sent; the connection is closed."""
    with caller:
        caller.sendall(rest)
        return b"".join(iter(lambda: caller.recv(65536), b"")).decode(errors="replace").partition(" ")[2][:3]


def signed(body: bytes) -> tuple[str, str]:
    """The headers of a delivery of this body."""
    return f"Content-Length: {len(body)}", f"Stripe-Signature: {header(body, till.SECRETS['connect'])}"


def test_body_of_unknown_length_is_refused_before_it_is_read(at_work: House) -> None:
    """Chunks say nothing of how much is to come: whoever sends them is told so at once, without a trace."""
    body = body_of(event(id="evt_1Chunked"))
    _length, signature = signed(body)
    chunk = f"{len(body):x}".encode() + b"\r\n" + body + b"\r\n"
    caller = begun(at_work, "Transfer-Encoding: chunked", signature, body=chunk)
    assert answered(caller, b"0\r\n\r\n") == "411"
    endless = begun(at_work, "Transfer-Encoding: chunked", signature, body=chunk * 8)
    assert answered(endless) == "411"  # the last chunk never comes
    assert not InboxEvent.objects.exists()


def test_bodies_that_come_slowly_hold_nobody_up(at_work: House) -> None:
    """Eight that stop half-way; others are answered meanwhile, what is completed counts, what is given up does not."""
    bodies = [body_of(event(id=f"evt_1Slow{number}")) for number in range(8)]
    slow = [begun(at_work, *signed(body), body=body[:100]) for body in bodies]
    quick = body_of(event(id="evt_1Quick"))
    assert answered(begun(at_work, *signed(quick), body=quick)) == "200"
    assert list(InboxEvent.objects.values_list("event_id", flat=True)) == ["evt_1Quick"]
    for caller in slow[1:]:
        caller.close()
    assert answered(slow[0], bodies[0][100:]) == "200"
    wait_for(ended, WITHIN)
    assert set(InboxEvent.objects.values_list("event_id", flat=True)) == {"evt_1Quick", "evt_1Slow0"}


def test_worker_that_dies_between_effect_and_mark_leaves_one_effect(at_work: House) -> None:
    """I6: the message comes again, finds the effect, and ends the event."""
    booking = room(at_work.alpha, hour=16)
    intent = checkout.start(booking.pk).intent.id
    at_work.rigging.set("inbox.done", "exit")
    assert at_work.till.pay(intent) == "succeeded"
    at_work.rigging.wait_until_reached("inbox.done")
    wait_for(ended, WITHIN)
    assert set(InboxEvent.objects.values_list("state", flat=True)) <= {"done", "ignored"}
    assert (money(booking), effects(booking)) == (("confirmed", "paid", 2500), (1, 1))
    assert Payment.objects.get(booking_id=booking.pk).applied_at is not None
