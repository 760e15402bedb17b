"""Destination charges, transfers, payouts, balances: money between accounts and out to banks."""

import pytest

from tests.embedded.sandbox.venue import NO_REDIRECTS, Venue, platform_ledger, refused

CHARGE = {
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "automatic_payment_methods": NO_REDIRECTS,
}


def to_venue(client, venue, amount=10_000, **more):
    """A destination charge on the platform."""
    data = {"destination": venue.id, **more.pop("data", {})}
    asked = {**CHARGE, "amount": amount, "transfer_data": data, "on_behalf_of": venue.id, "expand": ["latest_charge"]}
    return client.v1.payment_intents.create({**asked, **more})


def test_a_destination_charge_is_sent_on_and_pays_its_fee_there(sandbox, client, venue):
    paid = to_venue(client, venue, application_fee_amount=1_000)
    assert platform_ledger(sandbox) == [
        ("charge", 10_000, 9_825),
        ("transfer", -10_000, -10_000),
        ("application_fee", 1_000, 1_000),
    ]
    assert venue.ledger() == [("payment", 10_000, 9_000)]
    transfer = client.v1.transfers.retrieve(paid.latest_charge.transfer, {"expand": ["destination_payment"]})
    assert (transfer.destination, transfer.source_transaction) == (venue.id, paid.latest_charge.id)
    payment = transfer.destination_payment
    assert (payment.id[:3], payment.source_transfer, payment.amount) == ("py_", transfer.id, 10_000)
    assert refused(venue.api.charges.retrieve, paid.latest_charge.id).code == "resource_missing"


def test_only_a_part_may_be_sent_on(sandbox, client, venue):
    to_venue(client, venue, data={"amount": 8_500})
    assert venue.ledger() == [("payment", 8_500, 8_500)]
    assert platform_ledger(sandbox)[1:] == [("transfer", -8_500, -8_500)]
    both = {"application_fee_amount": 100, "data": {"amount": 100}}
    assert refused(lambda: to_venue(client, venue, **both)).param == "transfer_data[amount]"
    assert len(venue.ledger()) == 1


@pytest.mark.parametrize(("amount", "sent_back", "fee"), [(10_000, 10_000, 1_000), (3_333, 3_333, 333), (5, 5, 1)])
def test_refunds_of_destination_charges_take_transfer_and_fee_back(sandbox, client, venue, amount, sent_back, fee):
    """RELIABILITY 7: `reverse_transfer` and `refund_application_fee`."""
    paid = to_venue(client, venue, application_fee_amount=1_000)
    both = {"reverse_transfer": True, "refund_application_fee": True}
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": amount, **both})
    transfer = client.v1.transfers.retrieve(paid.latest_charge.transfer)
    assert transfer.amount_reversed == sent_back
    (reversal,) = client.v1.transfers.reversals.list(transfer.id).data
    assert (reversal.id, reversal.source_refund) == (refund.transfer_reversal, refund.id)
    assert venue.ledger()[-1] == ("payment_refund", -sent_back, fee - sent_back)
    assert platform_ledger(sandbox)[3:] == [
        ("transfer_refund", sent_back, sent_back),
        ("application_fee_refund", -fee, -fee),
        ("refund", -amount, -amount),
    ]


def test_a_refund_alone_leaves_the_transfer_with_the_venue(sandbox, client, venue):
    paid = to_venue(client, venue, application_fee_amount=1_000)
    client.v1.refunds.create({"payment_intent": paid.id})
    assert venue.ledger() == [("payment", 10_000, 9_000)]
    assert platform_ledger(sandbox)[-1] == ("refund", -10_000, -10_000)


def test_a_venue_that_cannot_receive_gets_no_destination_charge(sandbox, client, venue):
    sandbox.control("account", account=venue.id, inactive=["transfers"])
    problem = refused(lambda: to_venue(client, venue))
    assert (problem.http_status, problem.code) == (400, "insufficient_capabilities_for_transfer")
    assert refused(lambda: to_venue(client, Venue(sandbox, "acct_1Nobody"))).code == "resource_missing"
    assert client.v1.charges.list().data == []


def test_transfers_by_hand(sandbox, client, venue):
    order = {"amount": 3_000, "currency": "eur", "destination": venue.id}
    assert refused(client.v1.transfers.create, order).code == "balance_insufficient"
    client.v1.payment_intents.create({**CHARGE, "amount": 10_000, "payment_method": "pm_card_bypassPending"})
    transfer = client.v1.transfers.create({**order, "metadata": {"month": "2026-11"}})
    assert venue.ledger() == [("payment", 3_000, 3_000)]
    client.v1.transfers.reversals.create(transfer.id, {"amount": 1_000})
    problem = refused(client.v1.transfers.reversals.create, transfer.id, {"amount": 2_001})
    assert problem.param == "amount"
    client.v1.transfers.reversals.create(transfer.id)
    assert client.v1.transfers.retrieve(transfer.id).reversed is True
    assert sum(each[2] for each in venue.ledger()) == 0


# ---- Payouts ---------------------------------------------------------------------------------------------------------


def test_money_becomes_available_after_two_days(sandbox, venue):
    venue.pays(fee=None)
    balance = venue.api.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 9_825)
    sandbox.control("clock", advance=2 * 86_400)
    balance = venue.api.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (9_825, 0)
    assert venue.events()[-1] == "balance.available"


def test_a_payout_names_its_transactions(sandbox, venue):
    first, second = venue.pays(), venue.pays(5_000, fee=None)
    venue.api.refunds.create({"payment_intent": second.id, "amount": 1_000})
    assert sandbox.outside("payout", account=venue.id, outcome="paid") == []
    sandbox.control("clock", advance=2 * 86_400)
    late = venue.pays(7_000)
    (payout,) = sandbox.outside("payout", account=venue.id)
    assert (payout["status"], payout["automatic"], payout["amount"]) == ("paid", True, 8_825 + 4_900 - 1_000)
    found = venue.api.balance_transactions.list({"payout": payout["id"]}).data
    sources = {each.source for each in found if each.type == "charge"}
    assert sources == {first.latest_charge.id, second.latest_charge.id}
    assert late.latest_charge.id not in sources
    assert sorted(each.type for each in found) == ["charge", "charge", "payout", "refund"]
    assert sum(each.net for each in found) == 0
    assert venue.events()[-3:] == ["payout.created", "payout.paid", "payout.reconciliation_completed"]


def test_a_payout_fails_and_the_money_is_back(sandbox, venue):
    venue.pays(fee=None)
    order = {"account": venue.id, "include_pending": True, "outcome": "failed", "failure_code": "no_account"}
    (payout,) = sandbox.outside("payout", **order)
    assert (payout["status"], payout["failure_code"]) == ("failed", "no_account")
    assert venue.ledger()[1:] == [("payout", -9_825, -9_825), ("payout_failure", 9_825, 9_825)]
    assert venue.api.balance.retrieve().available[0].amount == 9_825
    assert venue.events()[-1] == "payout.failed"
    (again,) = sandbox.outside("payout", account=venue.id)
    assert again["amount"] == 9_825
    sandbox.outside("finish_payout", payout=again["id"], outcome="failed")
    assert venue.api.balance.retrieve().available[0].amount == 9_825


def test_payouts_by_hand(sandbox, venue):
    venue.pays(fee=None, card="pm_card_bypassPending")
    venue.pays(40_000, fee=None, card="pm_card_bypassPending", currency="huf")
    assert refused(venue.api.payouts.create, {"amount": 9_826, "currency": "eur"}).code == "balance_insufficient"
    assert refused(venue.api.payouts.create, {"amount": 10_050, "currency": "huf"}).param == "amount"
    payout = venue.api.payouts.create({"amount": 5_000, "currency": "eur"})
    assert (payout.status, payout.automatic) == ("pending", False)
    assert (
        venue.api.payouts.cancel(venue.api.payouts.create({"amount": 1_000, "currency": "eur"}).id).status == "canceled"
    )
    sandbox.control("clock", advance=2 * 86_400)
    assert venue.api.payouts.retrieve(payout.id).status == "paid"
    assert venue.api.balance.retrieve().available[0].amount == 4_825


@pytest.mark.parametrize("currency", ["eur", "usd", "jpy", "kwd", "chf", "huf"])
def test_every_cent_is_somewhere(sandbox, client, currency):
    """I14 in each currency: what customers paid = venue + platform + Stripe + refunds."""
    venue = Venue.onboarded(sandbox)
    paid = 0
    for number in range(4):
        amount = 20_000 + number * 3_330
        intent = venue.pays(amount, fee=1_230 + number * 10, currency=currency)
        back = amount // 3 // 10 * 10
        venue.api.refunds.create({"payment_intent": intent.id, "amount": back, "refund_application_fee": True})
        paid += amount - back
    stripe = sum(
        line.amount
        for each in venue.api.balance_transactions.list({"limit": 100}).data
        for line in each.fee_details
        if line.type == "stripe_fee"
    )
    kept = sum(each[2] for each in venue.ledger())
    earned = sum(each[2] for each in platform_ledger(sandbox))
    assert kept + earned + stripe == paid


def test_one_long_jump_does_what_many_small_ones_do(sandbox, venue):
    """What falls due happens at its own time: a debit of three days is booked then and available two days later."""
    sepa = {"automatic_payment_methods": {"enabled": True}, "return_url": "http://venue.localhost/"}
    venue.pays(fee=None, card="pm_sepaDebit", **sepa)
    start = sandbox.look("clock")["now"]
    sandbox.control("clock", advance=30 * 86_400)
    (booked,) = venue.api.balance_transactions.list().data
    assert booked.created - start == 3 * 86_400
    assert booked.status == "available"
    assert venue.api.balance.retrieve().available[0].amount == 9_825
    assert venue.events()[-3:] == ["charge.succeeded", "payment_intent.succeeded", "balance.available"]


def test_events_are_listed_for_thirty_days(sandbox, client):
    client.v1.customers.create({})
    sandbox.control("clock", advance=30 * 86_400 - 5)
    assert len(client.v1.events.list().data) == 1
    sandbox.control("clock", advance=10)
    assert client.v1.events.list().data == []
