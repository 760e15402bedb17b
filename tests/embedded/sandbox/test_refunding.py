"""Refunds and disputes of direct charges: proportional fees, what fails, what is refused; the ledger adds up."""

import pytest

from tests.embedded.sandbox.venue import Venue, platform_ledger, refused

CARD_FEE = 175  # of 100.00


def net(ledger):
    return sum(each[2] for each in ledger)


def test_a_full_refund_gives_the_fee_back(sandbox, venue):
    """RELIABILITY 7: `refund_application_fee=true` on the connected account."""
    paid = venue.pays(10_000, fee=1_000)
    refund = venue.api.refunds.create(
        {"payment_intent": paid.id, "refund_application_fee": True, "reason": "duplicate"}
    )
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 10_000, paid.latest_charge.id)
    charge = venue.api.charges.retrieve(refund.charge, {"expand": ["refunds", "application_fee"]})
    assert (charge.refunded, charge.amount_refunded, charge.application_fee.amount_refunded) == (True, 10_000, 1_000)
    assert [each.id for each in charge.refunds.data] == [refund.id]
    assert venue.ledger() == [("charge", 10_000, 8_825), ("refund", -10_000, -9_000)]
    assert platform_ledger(sandbox) == [("application_fee", 1_000, 1_000), ("application_fee_refund", -1_000, -1_000)]
    assert venue.events()[-2:] == ["charge.refunded", "refund.created"]
    (told,) = [each for each in sandbox.client().v1.events.list().data if each.type == "application_fee.refunded"]
    assert told.data.object.refunded is True


def test_the_venue_keeps_paying_the_fee_unless_it_is_given_back(sandbox, venue):
    paid = venue.pays(10_000, fee=1_000)
    venue.api.refunds.create({"payment_intent": paid.id})
    assert venue.ledger() == [("charge", 10_000, 8_825), ("refund", -10_000, -10_000)]
    assert platform_ledger(sandbox) == [("application_fee", 1_000, 1_000)]


def test_partial_refunds_are_proportional_and_never_more_than_was_paid(sandbox, venue):
    """I5."""
    paid = venue.pays(10_001, fee=333)
    for amount, fee in [(3_333, 111), (3_333, 111), (3_335, 111)]:
        venue.api.refunds.create({"charge": paid.latest_charge.id, "amount": amount, "refund_application_fee": True})
        assert platform_ledger(sandbox)[-1] == ("application_fee_refund", -fee, -fee)
    problem = refused(venue.api.refunds.create, {"payment_intent": paid.id})
    assert (problem.http_status, problem.code) == (400, "charge_already_refunded")
    assert net(platform_ledger(sandbox)) == 0
    assert net(venue.ledger()) == -CARD_FEE


def test_more_than_is_left_is_refused(venue):
    paid = venue.pays()
    venue.api.refunds.create({"payment_intent": paid.id, "amount": 9_000})
    problem = refused(venue.api.refunds.create, {"payment_intent": paid.id, "amount": 1_001})
    assert (problem.http_status, problem.param) == (400, "amount")
    assert len(venue.api.refunds.list({"payment_intent": paid.id}).data) == 1


def test_a_fee_that_is_not_there_makes_the_refund_fail(venue):
    """alf.io #739: the refund never happens."""
    paid = venue.pays(fee=None)
    problem = refused(venue.api.refunds.create, {"payment_intent": paid.id, "refund_application_fee": True})
    assert "has no application fee" in problem.user_message
    assert (
        "does not have an associated transfer"
        in refused(venue.api.refunds.create, {"payment_intent": paid.id, "reverse_transfer": True}).user_message
    )
    assert venue.api.refunds.list().data == []
    assert len(venue.ledger()) == 1


def test_what_was_not_paid_cannot_be_refunded(venue):
    intent = venue.api.payment_intents.create({"amount": 1000, "currency": "eur"})
    assert (
        "does not have a successful charge"
        in refused(venue.api.refunds.create, {"payment_intent": intent.id}).user_message
    )
    assert refused(venue.api.refunds.create, {}).code == "parameter_missing"


def test_one_key_refunds_once(sandbox, venue):
    """R30."""
    paid = venue.pays()
    sandbox.control("faults", rules=[{"path": "/v1/refunds", "do": "timeout_after"}])
    order = ({"payment_intent": paid.id, "amount": 2_500}, {"idempotency_key": "t:b:refund:1"})
    refused(venue.api.refunds.create, *order)
    assert venue.api.refunds.create(*order).amount == 2_500
    assert [each.amount for each in venue.api.refunds.list().data] == [2_500]


def test_a_refund_fails_after_it_had_succeeded(sandbox, venue):
    paid = venue.pays()
    refund = venue.api.refunds.create({"payment_intent": paid.id, "amount": 4_000, "refund_application_fee": True})
    sandbox.outside("refund", refund=refund.id, outcome="failed", reason="lost_or_stolen_card")
    failed = venue.api.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert failed.failure_balance_transaction.amount == 4_000
    charge = venue.api.charges.retrieve(paid.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert venue.events()[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert venue.ledger()[1:] == [("refund", -4_000, -3_600), ("refund_failure", 4_000, 4_000)]
    assert venue.api.refunds.create({"payment_intent": paid.id}).amount == 10_000


@pytest.mark.parametrize(
    ("card", "first", "then"),
    [("pm_card_pendingRefund", "pending", "succeeded"), ("pm_card_refundFail", "succeeded", "failed")],
)
def test_test_cards_for_refunds(sandbox, venue, card, first, then):
    refund = venue.api.refunds.create({"payment_intent": venue.pays(card=card).id})
    assert refund.status == first
    sandbox.control("clock", advance=3 * 86_400)
    assert venue.api.refunds.retrieve(refund.id).status == then
    assert net(venue.ledger()) == (-1_175 if then == "succeeded" else 8_825)


def test_after_a_payout_a_refund_waits_for_money(sandbox, venue):
    """RELIABILITY 7: balance insufficient, `pending`, later `failed` or `succeeded`."""
    paid = [venue.pays() for _ in range(2)]
    sandbox.control("payout", account=venue.id, include_pending=True)
    refunds = [venue.api.refunds.create({"payment_intent": each.id, "refund_application_fee": True}) for each in paid]
    assert [(each.status, each.pending_reason) for each in refunds] == [("pending", "insufficient_funds")] * 2
    assert net(venue.ledger()) == 0
    sandbox.outside("refund", refund=refunds[0].id, outcome="failed", reason="insufficient_funds")
    sandbox.outside("refund", refund=refunds[1].id, outcome="succeeded")
    assert [venue.api.charges.retrieve(each.latest_charge.id).refunded for each in paid] == [False, True]
    assert net(venue.ledger()) == -9_000
    assert net(platform_ledger(sandbox)) == 1_000


def test_waiting_refunds_go_through_when_money_comes(sandbox, venue):
    paid = venue.pays()
    sandbox.control("payout", account=venue.id, include_pending=True)
    refund = venue.api.refunds.create({"payment_intent": paid.id})
    assert refund.status == "pending"
    venue.pays(20_000)
    sandbox.control("clock", advance=86_400)
    assert venue.api.refunds.retrieve(refund.id).status == "succeeded"
    assert "pending_reason" not in venue.api.refunds.retrieve(refund.id)


def test_only_refunds_that_wait_for_the_payer_are_canceled(sandbox, venue):
    sandbox.control("settings", refunds="requires_action")
    refund = venue.api.refunds.create({"payment_intent": venue.pays().id})
    assert venue.api.refunds.cancel(refund.id).status == "canceled"
    sandbox.control("settings", refunds="by_balance")
    done = venue.api.refunds.create({"payment_intent": venue.pays().id})
    assert refused(venue.api.refunds.cancel, done.id).http_status == 400


# ---- Disputes --------------------------------------------------------------------------------------------------------


def test_a_dispute_takes_the_money_and_blocks_refunds(sandbox, venue):
    """R31."""
    paid = venue.pays()
    venue.api.refunds.create({"payment_intent": paid.id, "amount": 4_000})
    dispute = sandbox.outside("dispute", payment_intent=paid.id, reason="product_not_received")
    assert (dispute["status"], dispute["amount"], dispute["reason"]) == (
        "needs_response",
        6_000,
        "product_not_received",
    )
    assert venue.ledger()[-1] == ("adjustment", -6_000, -7_500)
    assert venue.events()[-3:] == ["charge.updated", "charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert venue.api.charges.retrieve(paid.latest_charge.id).disputed is True
    problem = refused(venue.api.refunds.create, {"payment_intent": paid.id, "amount": 1})
    assert (problem.http_status, problem.code) == (400, "charge_disputed")
    assert [each.id for each in venue.api.disputes.list({"payment_intent": paid.id}).data] == [dispute["id"]]


@pytest.mark.parametrize(
    ("outcome", "last"), [("won", ("adjustment", 10_000, 11_500)), ("lost", ("adjustment", -10_000, -11_500))]
)
def test_a_dispute_ends(sandbox, venue, outcome, last):
    paid = venue.pays()
    dispute = sandbox.outside("dispute", charge=paid.latest_charge.id)
    sandbox.outside("close_dispute", dispute=dispute["id"], outcome=outcome)
    assert venue.api.disputes.retrieve(dispute["id"]).status == outcome
    assert venue.ledger()[-1] == last
    events = ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    assert venue.events()[-len(events) :] == (
        events if outcome == "won" else ["charge.dispute.funds_withdrawn", events[1]]
    )
    if outcome == "won":
        assert venue.api.refunds.create({"payment_intent": paid.id}).amount == 10_000
    else:
        assert refused(venue.api.refunds.create, {"payment_intent": paid.id}).code == "charge_disputed"


def test_evidence_decides(sandbox, venue):
    paid = venue.pays(card="pm_card_createDispute")
    sandbox.control("clock", advance=2)
    (dispute,) = venue.api.disputes.list({"charge": paid.latest_charge.id}).data
    sent = venue.api.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "metadata": {"booking": "7"}})
    assert (sent.status, sent.evidence.customer_name, sent.evidence_details.submission_count) == (
        "under_review",
        "Ada",
        1,
    )
    won = venue.api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert won.status == "won"
    accepted = venue.pays(card="pm_card_createDispute")
    sandbox.control("clock", advance=2)
    other = venue.api.disputes.list({"charge": accepted.latest_charge.id}).data[0]
    assert venue.api.disputes.close(other.id).status == "lost"
    assert refused(venue.api.disputes.close, other.id).http_status == 400


def test_inquiries_and_warnings_take_nothing(sandbox, venue):
    asked = venue.pays(card="pm_card_createDisputeInquiry")
    warned = venue.pays(card="pm_card_createIssuerFraudRecord")
    before = venue.ledger()
    sandbox.control("clock", advance=2)
    assert venue.api.disputes.list().data[0].status == "warning_needs_response"
    (warning,) = venue.api.radar.early_fraud_warnings.list({"charge": warned.latest_charge.id}).data
    assert (warning.actionable, warning.payment_intent) == (True, warned.id)
    assert "radar.early_fraud_warning.created" in venue.events()
    assert venue.ledger() == before
    assert venue.api.refunds.create({"payment_intent": asked.id}).status == "succeeded"
    assert sandbox.outside("early_fraud_warning", payment_intent=asked.id)["actionable"] is False


def test_the_platform_gives_a_fee_back_by_itself(sandbox, client):
    venue = Venue.onboarded(sandbox)
    paid = venue.pays(fee=1_000)
    fee = paid.latest_charge.application_fee
    made = client.v1.application_fees.refunds.create(fee, {"amount": 400})
    assert client.v1.application_fees.retrieve(fee).amount_refunded == 400
    assert client.v1.application_fees.refunds.list(fee).data[0].id == made.id
    assert net(platform_ledger(sandbox)) == 600
    assert net(venue.ledger()) == 8_825 + 400
    assert refused(client.v1.application_fees.refunds.create, fee, {"amount": 601}).param == "amount"
    client.v1.application_fees.refunds.create(fee)
    assert refused(client.v1.application_fees.refunds.create, fee).code == "application_fee_already_refunded"
