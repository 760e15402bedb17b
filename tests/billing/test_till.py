"""The sandbox that other tests pay at."""

from billing.gateway import charging, intents
from billing.gateway.charging import Place, Sale


def test_a_customer_of_alpha_can_pay(stripe):
    sale = Sale(Place(stripe.account.account_id, "direct"), 2500, 125, "EUR", "Court 1", {"forecourt_booking": "x"})
    made = intents.create(sale, "key")
    assert (made.status, made.amount_minor, made.currency) == ("requires_payment_method", 2500, "EUR")
    assert stripe.pay(made.id) == "succeeded"
    paid = intents.retrieve(sale.place, made.id)
    assert (paid.status, paid.amount_minor, paid.method, paid.is_live) == ("succeeded", 2500, "visa 4242", False)
    assert paid.metadata == {"forecourt_booking": "x"}
    assert stripe.intent(made.id).application_fee_amount == 125
    assert charging.of_intent(sale)["amount"] == 2500
