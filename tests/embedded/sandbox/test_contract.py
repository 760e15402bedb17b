"""Everything that the sandbox answers has the shape that the installed SDK's classes declare."""

import typing

import pytest
import stripe

from embedded.sandbox import annotations, parameters, routes, shapes
from embedded.sandbox.problems import Problem
from tests.embedded.sandbox.test_paying import RETURN, visit
from tests.embedded.sandbox.venue import NO_REDIRECTS, TO_CREATE, refused

KINDS = {
    *("account", "application_fee", "balance_transaction", "bank_account", "charge", "customer", "dispute", "event"),
    *(
        "fee_refund",
        "payment_intent",
        "payment_method",
        "payout",
        "radar.early_fraud_warning",
        "refund",
        "setup_intent",
    ),
    *("transfer", "transfer_reversal", "webhook_endpoint"),
}
DEPTHS = {
    "payment_intents": ["data.latest_charge.balance_transaction", "data.payment_method", "data.customer"],
    "charges": ["data.application_fee", "data.refunds", "data.transfer", "data.payment_intent", "data.on_behalf_of"],
    "refunds": [
        "data.charge",
        "data.balance_transaction",
        "data.transfer_reversal",
        "data.failure_balance_transaction",
    ],
    "disputes": ["data.charge", "data.payment_intent"],
    "payouts": ["data.destination", "data.balance_transaction", "data.failure_balance_transaction"],
    "balance_transactions": ["data.source"],
    "setup_intents": ["data.payment_method"],
    "customers": [],
    "events": [],
}


def faults(thing):
    """What is wrong with an answer or with anything inside it."""
    return list(shapes.object_faults(thing if isinstance(thing, dict) else thing.to_dict()))


@pytest.fixture
def lived(sandbox, client, venue):
    """A sandbox in which a little of everything has happened."""
    client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["account.updated"], "connect": True}
    )
    customer = venue.api.customers.create({"name": "Ada", "address": {"city": "Munich"}, "metadata": {"a": "b"}})
    own = {"customer": customer.id, "setup_future_usage": "off_session"}
    paid = venue.pays(description="Court 1", receipt_email="ada@example.com", metadata={"booking": "1"}, **own)
    sepa = {"automatic_payment_methods": {"enabled": True}, "return_url": RETURN}
    venue.pays(card="pm_sepaDebit", **sepa)
    venue.pays(card="pm_sepaDebit_failure", **sepa)
    venue.pays(card="pm_card_authenticationRequired", **sepa)
    venue.pays(card="pm_card_authenticationRequired")
    ideal = venue.api.payment_methods.create({"type": "ideal"})
    visit(venue.pays(card=ideal.id, **sepa).next_action.redirect_to_url.url, {"do": "authorise"})
    visit(
        venue.pays(card=venue.api.payment_methods.create({"type": "ideal"}).id, **sepa).next_action.redirect_to_url.url,
        {"do": "fail"},
    )
    refused(lambda: venue.pays(card="pm_card_chargeDeclined"))
    venue.api.payment_intents.cancel(venue.pays(capture_method="manual").id)
    refund = venue.api.refunds.create({"payment_intent": paid.id, "amount": 1_000, "refund_application_fee": True})
    sandbox.outside("refund", refund=refund.id, outcome="failed")
    venue.api.refunds.create({"payment_intent": paid.id, "amount": 1_000, "refund_application_fee": True})
    for card in ("pm_card_createDispute", "pm_card_createDisputeInquiry", "pm_card_createIssuerFraudRecord"):
        venue.pays(card=card)
    venue.api.setup_intents.create({"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True, **sepa})
    refused(venue.api.setup_intents.create, {"payment_method": "pm_card_chargeDeclined", "confirm": True, **sepa})
    venue.api.setup_intents.create({"payment_method": "pm_card_authenticationRequired", "confirm": True, **sepa})
    data = {"amount": 5_000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    data |= {"transfer_data": {"destination": venue.id}, "application_fee_amount": 500, "on_behalf_of": venue.id}
    sent = client.v1.payment_intents.create({**data, "automatic_payment_methods": NO_REDIRECTS})
    back = {"reverse_transfer": True, "refund_application_fee": True, "amount": 1_000}
    client.v1.refunds.create({"payment_intent": sent.id, **back})
    client.v1.accounts.create(TO_CREATE)
    sandbox.control("account", account=venue.id, inactive=["transfers"])
    sandbox.control("clock", advance=4 * 86_400)
    for dispute in venue.api.disputes.list().data:
        venue.api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    sandbox.control("payout", account=venue.id, outcome="paid")
    venue.pays()
    sandbox.control("payout", account=venue.id, outcome="failed", include_pending=True)
    sandbox.control("deauthorize", account=client.v1.accounts.create(TO_CREATE).id)
    return venue


def test_every_object_in_the_state_keeps_to_the_sdks_class(sandbox, lived):
    state = sandbox.look("state")
    found = [each for kinds in state.values() for things in kinds.values() for each in things]
    assert {each["object"] for each in found} >= KINDS
    wrong = {fault for each in found for fault in faults(each)}
    inside = {fault for each in found if each["object"] == "event" for fault in faults(each["data"]["object"])}
    assert (sorted(wrong), sorted(inside)) == ([], [])


def test_every_event_type_is_one_of_stripes(sandbox, lived):
    known = set(typing.get_args(annotations.hints(stripe.Event)["type"]))
    sent = {each["type"] for kinds in sandbox.look("state").values() for each in kinds.get("event", {})}
    assert sent - known == set()
    assert len(sent) > 35


@pytest.mark.parametrize("platform", [False, True])
def test_every_list_and_expansion_keeps_to_it(sandbox, client, lived, platform):
    api = client.v1 if platform else lived.api
    for name, expand in DEPTHS.items():
        page = getattr(api, name).list({"limit": 100, "expand": expand})
        assert page.object == "list"
        assert [fault for each in page.data for fault in faults(each)] == [], name
    assert faults(api.balance.retrieve()) == []


def test_what_is_not_kept_as_an_object_keeps_to_it_too(client, lived):
    link = client.v1.account_links.create(
        {"account": lived.id, "type": "account_onboarding", "refresh_url": RETURN, "return_url": RETURN}
    )
    own = client.v1.accounts.retrieve_current()
    found = [link, own, *client.v1.accounts.capabilities.list(lived.id).data]
    found += [*client.v1.transfers.list({"expand": ["data.reversals", "data.destination_payment"]}).data]
    found += [*client.v1.application_fees.list({"expand": ["data.account", "data.charge"]}).data]
    found += [*client.v1.accounts.external_accounts.list(lived.id).data, *client.v1.accounts.list().data]
    assert [fault for each in found for fault in faults(each)] == []
    problem = refused(lambda: lived.pays(card="pm_card_chargeDeclined"))
    assert faults(problem.json_body["error"]["payment_intent"]) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"amount": "10"}, "refund.amount: '10' is not int"),
        ({"reason": "boredom"}, "refund.reason: 'boredom' is not one of"),
        ({"colour": "red"}, "refund.colour: is unknown"),
        ({"destination_details": {"type": "card", "card": {}}}, "refund.destination_details.card.type: is missing"),
        ({"charge": 7}, "refund.charge: 7 is not"),
    ],
)
def test_the_check_sees_what_is_wrong(change, fault):
    """The negative control of this file."""
    good = shapes.blank("refund", id="re_1", currency="eur")
    assert faults(good) == []
    (found,) = faults({**good, **change})
    assert found.startswith(fault)


def test_the_check_sees_a_field_that_is_missing():
    good = shapes.blank("refund", id="re_1", currency="eur")
    del good["amount"]
    assert faults(good) == ["refund.amount: is missing"]


@pytest.mark.parametrize("route", routes.table(), ids=lambda route: f"{route['method']} {route['path']}")
def test_every_route_takes_the_parameters_of_an_sdk_type(route):
    kind = annotations.parameters(route["params"])
    assert annotations.accepted(kind).keys() >= annotations.required(kind)
    with pytest.raises(Problem) as refusal:
        parameters.checked({"no_such_parameter": "1"}, route["params"])
    assert refusal.value.error["code"] == "parameter_unknown"
