"""A payment is charged the fee that its row says, whatever is agreed meanwhile."""

from billing.payments.models import Payment
from billing.subscriptions import conceding
from billing.subscriptions.models import Plan, Subscription
from bookings import checkout
from schemas.clock import database_now
from tests.bookings.paying.scenes import PRICE, room


def test_a_payment_under_way_keeps_the_fee_that_it_began_with(till, in_alpha):
    """R33's like: what is charged is what the row says."""
    plan = Plan.objects.create(code="any", name="Any", fee=200)
    Subscription.objects.create(tenant=in_alpha.tenant, plan=plan, updated_at=database_now())
    booking = room(in_alpha)
    began = checkout.start(booking.pk)
    conceding.set_fee(in_alpha.tenant, 1_000)
    again = checkout.start(booking.pk)
    assert again.intent.id == began.intent.id
    till.pay(began.intent.id)
    checkout.look(began.payment.pk)
    row = Payment.objects.get(pk=began.payment.pk)
    taken = till.server.client().v1.application_fees.list().data
    assert (row.fee_minor, [fee.amount for fee in taken]) == (PRICE * 200 // 10_000, [PRICE * 200 // 10_000])
    later = checkout.start(room(in_alpha, hour=12).pk)
    assert later.payment.fee_minor == PRICE * 1_000 // 10_000
