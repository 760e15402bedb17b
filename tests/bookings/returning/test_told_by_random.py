"""What the random stories of `make test-deep` have found, each as it happened."""

from typing import Any

import pytest

from billing.payments.models import Payment, Refund
from bookings import returns
from schemas.clock import database_now
from tests.bookings.returning.scene import Card, at_stripe, paid, refunds_of, work_off


@pytest.mark.parametrize("charge_type", ["direct", "destination"])
def test_late_money_of_which_a_part_went_back_at_the_dashboard_says_what_stripe_moved(
    stripe, in_alpha, guest, charge_type
):
    """I5: planned as 25.00, refunded in part at Stripe before ours was made: ours is the rest."""
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest, Card(applied=False))
    returns.return_whole(payment, Refund.Reason.TOO_LATE, database_now())
    order: Any = {"payment_intent": payment.intent_id, "amount": 490}
    stripe.client.v1.refunds.create(order if stripe.scope else {**order, "reverse_transfer": True}, stripe.on)
    work_off()
    returns.look(payment.pk)
    assert [(row[0], row[2], row[3]) for row in refunds_of(booking)] == [
        (2010, "too_late", "succeeded"),
        (490, "elsewhere", "succeeded"),
    ]
    assert Payment.objects.get(pk=payment.pk).refunded_minor == 2500
    assert at_stripe(stripe, payment)[0] == 2500
