"""Money that was paid by card goes back once, whoever gives up, gives back by hand or ticks at the same moment."""

from collections import Counter
from functools import partial

from django_tenants.utils import tenant_context

from billing.payments.models import Payment, Refund
from bookings import returns
from bookings.models import Booking
from tests.bookings.returning.scene import at_stripe, pay, work_off
from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS
from tests.races.test_giving_up import ADMIN, booked, policy
from tests.threads import at_once, errors
from tests.till import Till, connect, point_settings_at

HOURS = range(8, 12)


def test_cancelled_and_given_back_by_hand_at_once_it_goes_back_once(
    ground, server, tomorrow, figures, stripe_server, settings
):
    """R28, R29, I3, I5: ten cancel and three give 5.00 back over HTTP, then four clocks tick at once.

    What the venue keeps is the fee, to the cent, at Stripe and here, whichever came first.
    """
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    till = Till(stripe_server, ground.alpha.tenant, connect(stripe_server, ground.alpha.tenant))
    court = ground.court("paid-back")
    guests = [ground.connected(server, ground.alpha, ground.alpha.tokens["guest"]) for _ in range(10)]
    owners = [ground.connected(server, ground.alpha, ground.alpha.tokens["owner"]) for _ in range(3)]
    answers, kept = [], Counter()
    for hour in HOURS:
        booking = booked(ground, server, court, tomorrow, hour)
        policy(ground, booking, 4000)
        with tenant_context(ground.alpha.tenant):
            payment = pay(till, Booking.objects.get(pk=booking))
        answers += together(
            [partial(client.post, f"{BOOKINGS}{booking}/cancel/") for client in guests]
            + [partial(client.post, f"{ADMIN}{booking}/refunds/", {"amount": "5.00"}) for client in owners]
        )
        assert errors(at_once(*[_ticked(ground, partial(returns.pay_back, booking)) for _ in range(4)])) == []
        with tenant_context(ground.alpha.tenant):
            wanted = list(Refund.objects.filter(booking_id=booking).values_list("pk", flat=True))
        ticks = [_ticked(ground, partial(returns.carry_out, refund)) for refund in wanted for _ in range(3)]
        assert errors(at_once(*ticks)) == []
        with tenant_context(ground.alpha.tenant):
            work_off()
            row = Booking.objects.get(pk=booking)
            returned = sum(Refund.objects.filter(booking_id=booking).values_list("amount_minor", flat=True))
            assert (row.state, row.refund_due_minor, row.refunding_minor) == ("cancelled", 0, 0)
            assert row.paid_minor == row.fee_minor == 2500 - returned
            assert Payment.objects.get(pk=payment.pk).refunded_minor == returned
            back, fee, _transfer = at_stripe(till, payment)
        assert (back, abs(fee * 10 - back) <= 10) == (returned, True)
        kept[row.fee_minor] += 1
    figures("answers", outcomes(answers))
    figures("kept", dict(kept))
    assert Counter(answer.status for answer in answers) == {200: 10 * len(HOURS), 201: 3 * len(HOURS)}


def _ticked(ground, work):
    def run():
        with tenant_context(ground.alpha.tenant):
            work()

    return run
