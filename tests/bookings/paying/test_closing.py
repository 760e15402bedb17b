"""An owner closes the business while somebody pays: never a payment without a booking."""

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from billing.payments.models import Payment
from bookings import checkout
from kernel.errors import Conflict, Forbidden
from schemas.clock import database_now
from tenants import closing
from tenants.models import Closing, Tenant
from tests.bookings.paying.scenes import again, expired, money, paid, room
from tests.threads import at_once
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, world_of


def codes() -> list[str]:
    return [each.code for each in closing.obstacles()]


def test_payment_that_is_begun_keeps_the_business_open_until_it_is_over(stripe, in_alpha):
    booking = room(in_alpha)
    begun = checkout.start(booking.pk)
    for standing in (["payments"], ["paid_ahead"]):
        with pytest.raises(Conflict) as refusal:
            closing.close(in_alpha.tenant)
        assert (refusal.value.code, codes()) == ("customers_first", standing)
        assert not Closing.objects.exists()
        if standing == ["payments"]:
            stripe.pay(begun.intent.id)
            checkout.look(begun.payment.pk)
            assert money(booking) == ("confirmed", "paid", 2500)


def test_visit_before_the_last_day_is_paid_and_then_has_to_be_kept(stripe, in_alpha):
    booking = room(in_alpha)
    closing.close(in_alpha.tenant)
    begun = paid(stripe, booking)
    checkout.look(begun.pk)
    assert money(booking) == ("confirmed", "paid", 2500)
    assert codes() == ["paid_ahead"]


@pytest.mark.parametrize("days", [7, 0.9], ids=["visit after the end", "the last day"])
def test_nobody_pays_for_what_will_not_be(stripe, in_alpha, days):
    booking = room(in_alpha)
    closing.close(in_alpha.tenant)
    final_at = database_now() + timedelta(days=days) if days < 1 else again(booking).end - timedelta(seconds=1)
    Closing.objects.update(asked_at=database_now() - timedelta(days=25), final_at=final_at)
    with pytest.raises(Forbidden) as refusal:
        checkout.start(booking.pk)
    assert refusal.value.code == "tenant_closed"
    assert not Payment.objects.exists()
    assert again(booking).state == "held"


def test_money_that_comes_too_late_goes_back_and_takes_no_time_again(stripe, in_alpha):
    booking = room(in_alpha)
    begun = paid(stripe, booking)
    expired(booking)
    now = database_now()
    Closing.objects.create(tenant=in_alpha.tenant, asked_at=now, final_at=now + timedelta(days=30))
    checkout.look(begun.pk)
    assert again(booking).state == "expired"
    assert Payment.objects.get().returned_at is not None
    assert codes() == ["refunds"]


def test_closed_and_paid_at_the_same_moment_leaves_no_payment_without_a_booking(
    stripe_server, scratch, settings, monkeypatch
):
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    alpha = world_of(ALPHA)
    till = Till(stripe_server, alpha.tenant, connect(stripe_server, alpha.tenant))

    def inside(act):
        with tenant_context(alpha.tenant):
            return act()

    booking = inside(lambda: room(alpha))
    closed, begun = at_once(
        lambda: inside(lambda: closing.close(alpha.tenant)), lambda: inside(lambda: checkout.start(booking.pk))
    )
    assert isinstance(closed, Closing | Conflict), closed
    inside(lambda: (till.pay(begun.intent.id), checkout.look(begun.payment.pk)))
    assert inside(lambda: money(booking)) == ("confirmed", "paid", 2500)
    if isinstance(closed, Conflict):
        return
    now = database_now()
    Closing.objects.update(asked_at=now - timedelta(days=31), final_at=now - timedelta(minutes=1))
    assert closing.pass_time() == 0
    assert Tenant.objects.get(pk=alpha.tenant.pk).state == "ready"
    assert Closing.objects.get().held_up == "paid_ahead, too_late"
    assert inside(lambda: money(booking)) == ("confirmed", "paid", 2500)
