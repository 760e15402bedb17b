"""Several at once, with real commits: one intent, money counted once, no network in a transaction (R13, R22, I4)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from billing.payments.models import Payment, Refund
from bookings import cancelling, checkout, following, lifecycle
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from kernel.errors import Refused
from tests.bookings.paying.scenes import PRICE, acts, money, room
from tests.bookings.scenes import GUEST, held, let_lapse, slot
from tests.threads import at_once, errors
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, World, world_of


@pytest.fixture
def world(scratch: str) -> World:
    """Alpha, in a database of the test's own."""
    return world_of(ALPHA)


@pytest.fixture
def till(stripe_server, world: World, settings) -> Till:
    """Alpha connected to the sandbox."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    return Till(stripe_server, world.tenant, connect(stripe_server, world.tenant))


def within(world: World, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work, in Alpha's schema, in whichever thread."""

    def run() -> Any:
        with tenant_context(world.tenant):
            return work()

    return run


def test_money_is_counted_once_by_whoever_comes(world: World, till: Till) -> None:
    """The whole story three times: paid, late with the slot free, late with the slot lost or won."""
    with tenant_context(world.tenant):
        _same_intent_for_all(world)
        _counted_once(world, till)
        _the_clock_and_the_event(world, till)
        _the_next_customer_and_the_event(world, till)
        _cancelling_and_the_event(world, till)


def _same_intent_for_all(world: World) -> None:
    booking = room(world, 8)
    opened = at_once(*[within(world, lambda: checkout.start(booking.pk))] * 6)
    assert errors(opened) == []
    assert len({each.intent.id for each in opened}) == Payment.objects.filter(booking_id=booking.pk).count() == 1


def _counted_once(world: World, till: Till) -> None:
    """R22"""
    booking = room(world, 9)
    start = checkout.start(booking.pk)
    till.pay(start.intent.id)
    assert errors(at_once(*[within(world, lambda: checkout.look(start.payment.pk))] * 8)) == []
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert acts(booking) == [("moved", "held"), ("paid", "held"), ("moved", "confirmed")]


def _the_clock_and_the_event(world: World, till: Till) -> None:
    """R13, R16"""
    for hour in (10, 11, 12):
        booking = room(world, hour)
        start = checkout.start(booking.pk)
        till.pay(start.intent.id)
        let_lapse(booking)
        looks = within(world, partial(checkout.look, start.payment.pk))
        clock = within(world, partial(following.let_time_pass, booking.pk))
        bare = within(world, partial(lifecycle.let_time_pass, booking.pk))
        assert errors(at_once(looks, clock, bare, looks)) == []
        assert money(booking) == ("confirmed", "paid", PRICE)


def _the_next_customer_and_the_event(world: World, till: Till) -> None:
    """R13, R14: one of them has the slot, and the other one has no loss."""
    for hour in (13, 14, 15):
        booking = room(world, hour)
        start = checkout.start(booking.pk)
        till.pay(start.intent.id)
        let_lapse(booking)

        def takes(hour: int = hour) -> Booking:
            return lifecycle.submit(held(world.annex_room, slot(hour)), GUEST, Actor.of(None))

        looks = within(world, partial(checkout.look, start.payment.pk))
        _looked, other = at_once(looks, within(world, takes))
        payment = Payment.objects.get(pk=start.payment.pk)
        if isinstance(other, Refused):
            assert money(booking) == ("confirmed", "paid", PRICE)
            assert (payment.returned_at, Refund.objects.filter(payment=payment).count()) == (None, 0)
        else:
            assert (money(booking)[0], other.state) == ("expired", "confirmed")
            assert list(Refund.objects.filter(payment=payment).values_list("amount_minor")) == [(PRICE,)]


def _cancelling_and_the_event(world: World, till: Till) -> None:
    """R27: whatever comes first, all of it goes back."""
    staff = Actor(BookingEvent.ActorKind.STAFF, 1)
    for hour in (16, 17, 18):
        booking = room(world, hour)
        start = checkout.start(booking.pk)
        till.pay(start.intent.id)
        looks = within(world, partial(checkout.look, start.payment.pk))
        cancels = within(world, partial(cancelling.cancel, booking, staff, Cancellation()))
        assert errors(at_once(looks, cancels)) == []
        payment = Payment.objects.get(pk=start.payment.pk)
        now = Booking.objects.get(pk=booking.pk)
        planned = sum(Refund.objects.filter(payment=payment).values_list("amount_minor", flat=True))
        assert (now.state, now.refund_due_minor + planned) == ("cancelled", PRICE)
