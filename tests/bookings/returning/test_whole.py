"""Money that is not for its booking goes back as a whole, the platform's fee too, and is not counted (R14, I3)."""

import pytest

from billing.payments.models import Payment
from bookings import contested, returns
from bookings.models import Booking
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.models import OutgoingMail
from tests.bookings.returning.scene import (
    Card,
    at_stripe,
    booked,
    credit_notes,
    mails,
    money,
    pay,
    refunds_of,
    work_off,
)

CHARGE_TYPES = ("direct", "destination")


def sent_back(till, booking, reason, fee=1000):
    """A payment that came and is not wanted, as `bookings.crediting` says."""
    payment = pay(till, booking, Card(fee=fee, applied=False))
    now = database_now()
    transact(lambda: returns.return_whole(Payment.objects.select_for_update().get(pk=payment.pk), reason, now))
    return payment


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
@pytest.mark.parametrize(
    ("reason", "words", "fee"),
    [
        ("too_late", "no longer free", 1000),
        ("too_late", "no longer free", 0),
        ("twice", "more than one payment", 1000),
        ("mismatch", "not the amount", 1000),
        ("cancelled", "cancelled already", 1000),
    ],
)
def test_all_of_it_and_one_letter(stripe, in_alpha, guest, charge_type, reason, words, fee):
    stripe.reconnect(charge_type)
    booking = booked(in_alpha, guest)
    payment = sent_back(stripe, booking, reason, fee)
    assert work_off() == ["refund"]
    for _time in range(2):
        returns.look(payment.pk)
    assert at_stripe(stripe, payment) == (2500, fee // 4, 2500 if charge_type == "destination" else 0)
    assert refunds_of(booking) == [(2500, fee // 4, reason, "succeeded")]
    assert (money(booking), Booking.objects.get(pk=booking.pk).state) == (("unpaid", 0, 0, 0), "confirmed")
    assert (credit_notes(booking), [to for _key, to in mails("refund:")]) == ([], [guest.email])
    assert words in OutgoingMail.objects.get(key__startswith="refund:").text


def test_whatever_came_goes_back(stripe, in_alpha, guest):
    """Even where the row says less than Stripe took: no amount is named, everything that is left goes."""
    booking = booked(in_alpha, guest)
    payment = sent_back(stripe, booking, "mismatch")
    Payment.objects.filter(pk=payment.pk).update(amount_minor=2600)
    work_off()
    assert at_stripe(stripe, payment)[0] == 2500


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_while_a_bank_has_it_it_waits(stripe, in_alpha, guest, outcome):
    """It goes back once the dispute is won, and has gone back once it is lost (R31)."""
    booking = booked(in_alpha, guest)
    payment = sent_back(stripe, booking, "too_late")
    dispute = stripe.server.outside("dispute", payment_intent=payment.intent_id)["id"]
    work_off()
    assert (money(booking), len(mails("dispute-opened:"))) == (("unpaid", 0, 0, 0), 1)
    assert (stripe.refunds(), Payment.objects.get(pk=payment.pk).refunded_minor) == ([], 0)
    stripe.server.outside("close_dispute", dispute=dispute, outcome=outcome)
    for _time in range(2):
        contested.look_at_disputes(payment.pk)
        work_off()
    back = 2500 if outcome == "won" else 0
    assert (at_stripe(stripe, payment)[0], Payment.objects.get(pk=payment.pk).refunded_minor) == (back, back)


def test_when_stripe_will_not_the_owner_is_told_to_do_it_there(stripe, in_alpha, guest):
    booking = booked(in_alpha, guest)
    payment = sent_back(stripe, booking, "too_late")
    Payment.objects.filter(pk=payment.pk).update(intent_id="pi_unknown")
    work_off()
    assert "Stripe dashboard" in OutgoingMail.objects.get(key__startswith="refund-failed:").text
    assert (refunds_of(booking)[0][3], mails("refund:")) == ("failed", [])
