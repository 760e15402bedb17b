"""Money that bears an attempt's name and is not what its own call made: whoever runs the account can write names (T34).

Decision 0031: an attempt that has not heard from Stripe yet believes what its own call, made again, brings back.
"""

import pytest

from billing.gateway.trouble import ProviderTrouble
from billing.payments import attempts
from billing.payments.models import Payment
from bookings import asking, checkout
from tests.bookings.paying.scenes import PRICE, again, forge, money, refunds_of, room
from tests.bookings.scenes import digest


def unanswered(booking, kind="intent") -> Payment:
    """An attempt whose own call has not been answered yet."""
    return asking.attempt(booking.pk, kind, asking.Payer())


def names(payment: Payment) -> dict[str, str]:
    """What anybody can know of an attempt: all but the key."""
    return {name: value for name, value in attempts.metadata_of(payment).items() if name != attempts.KEY}


@pytest.mark.parametrize("amount", [PRICE, PRICE - 1])
@pytest.mark.parametrize("kind", ["intent", "session"])
def test_names_alone_are_not_believed_before_the_answer(till, in_alpha, caplog, amount, kind):
    booking = room(in_alpha)
    payment = unanswered(booking, kind)
    rows = digest()
    foreign = forge(till, names(payment), amount)
    assert checkout.look(payment.pk, foreign).state == "created"
    assert (digest(), money(booking)) == (rows, ("held", "unpaid", 0))
    assert f"intent {foreign} names payment {payment.pk}, which did not make it" in caplog.text


@pytest.mark.parametrize("heard", [False, True], ids=["before-the-answer", "after-it"])
def test_copied_key_is_not_believed_either_and_the_true_one_is_paid(till, in_alpha, caplog, heard):
    """The owner copies all metadata of the intent that we have made and not heard of."""
    booking = room(in_alpha)
    payment = unanswered(booking)
    own = attempts.create_intent(payment, asking.label(payment))
    if heard:
        assert checkout.start(booking.pk).intent.id == own.id
    rows = digest()
    foreign = forge(till, dict(own.metadata), PRICE - 5)
    checkout.look(payment.pk, foreign)
    payment.refresh_from_db()
    assert (payment.intent_id, money(booking)) == (own.id if heard else "", ("held", "unpaid", 0))
    assert heard is False or digest() == rows
    assert "did not make it" in caplog.text
    assert checkout.start(booking.pk).intent.id == own.id
    assert till.pay(own.id) == "succeeded"
    checkout.look(payment.pk, own.id)
    assert money(booking) == ("confirmed", "paid", PRICE)
    checkout.look(payment.pk, foreign)
    payment.refresh_from_db()
    assert (payment.intent_id, money(booking)) == (own.id, ("confirmed", "paid", PRICE))


def test_page_of_the_attempts_own_is_believed_before_its_answer(till, in_alpha):
    """R20 with Checkout: what its page made is the attempt's own, what bears a copy of its metadata is not."""
    booking = room(in_alpha)
    payment = unanswered(booking, "session")
    page = attempts.create_session(payment, asking.label(payment), asking.ways(payment))
    foreign = forge(till, attempts.metadata_of(payment))
    checkout.look(payment.pk, foreign)
    assert money(booking) == ("held", "unpaid", 0)
    assert till.pay_page(page.url) == 303
    [own] = [each for each in till.intents() if each.id != foreign and each.status == "succeeded"]
    checkout.look(payment.pk, own.id)
    payment.refresh_from_db()
    assert (payment.intent_id, payment.session_id) == (own.id, page.id)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_paid_intent_of_an_answer_that_never_came_is_not_lost(till, in_alpha):
    """Stripe made it, said 500 and keeps that: it proves itself by its key; what comes second goes back."""
    booking = room(in_alpha)
    till.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "effect": True})
    with pytest.raises(ProviderTrouble):
        checkout.start(booking.pk)
    first = Payment.objects.get()
    [unheard] = till.intents()
    assert till.pay(unheard.id) == "succeeded"
    second = checkout.start(booking.pk)
    checkout.look(first.pk, unheard.id)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert till.pay(second.intent.id) == "succeeded"
    checkout.look(second.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert refunds_of(second.payment) == [(PRICE, "twice")]


def test_open_intent_of_an_attempt_that_is_over_is_closed_when_it_is_seen(till, in_alpha):
    booking = room(in_alpha)
    till.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "effect": True})
    with pytest.raises(ProviderTrouble):
        checkout.start(booking.pk)
    [unheard] = till.intents()
    checkout.look(Payment.objects.get().pk, unheard.id)
    assert till.intent(unheard.id).status == "canceled"
    assert again(booking).state == "held"
