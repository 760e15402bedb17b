"""Checkout in the sandbox: what may be sold, what the page does with each card, what the session says afterwards."""

import pytest

from tests.embedded.sandbox.subscriber import DAY, price
from tests.embedded.sandbox.test_paying import visit
from tests.embedded.sandbox.venue import Venue, refused

OK, BACK = "http://shop.localhost/ok?session={CHECKOUT_SESSION_ID}", "http://shop.localhost/back"
CARD = {"method": "card", "expiry": "12/34", "cvc": "123", "email": "ada@example.com"}
GOOD, DECLINED, CHALLENGED = "4242 4242 4242 4242", "4000000000000002", "4000002760003184"


def session_of(venue: Venue, **more):
    item = {"currency": "eur", "unit_amount": 2_500, "product_data": {"name": "Court 1"}}
    asked = {
        "mode": "payment",
        "line_items": [{"quantity": 2, "price_data": item}],
        "success_url": OK,
        "cancel_url": BACK,
    }
    data = {"application_fee_amount": 100, "metadata": {"booking": "7"}, "description": "Court 1"}
    return venue.api.checkout.sessions.create({**asked, "payment_intent_data": data, **more})


def subscribing(api, customer, to, **data):
    asked = {"mode": "subscription", "line_items": [{"price": to.id, "quantity": 1}], "success_url": OK}
    asked |= {"customer": customer, "cancel_url": BACK, "subscription_data": {"metadata": {"tenant": "t_1"}, **data}}
    return api.checkout.sessions.create(asked)


def pays(session, number=GOOD, **fields):
    """Fill in the page; status, where it leads, and what it says."""
    return visit(session.url, {**CARD, "number": number, **fields})


@pytest.fixture
def api(client):
    return client.v1


def test_a_session_has_no_intent_until_somebody_pays_and_tells_the_whole_story_after(venue):
    session = session_of(venue, metadata={"booking": "7"}, client_reference_id="7")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.expires_at - session.created) == (5_000, DAY)
    status, where, text = visit(session.url)
    assert (status, where) == (200, None)
    assert "Pay 50.00 EUR" in text
    assert f'href="{BACK}"' in text
    assert "<script" not in text
    status, where, _ = pays(session)
    assert (status, where) == (303, OK.replace("{CHECKOUT_SESSION_ID}", session.id))
    done = venue.api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.customer_details.email == "ada@example.com"
    assert done.payment_intent.metadata.to_dict() == {"booking": "7"}
    assert done.payment_intent.latest_charge.application_fee_amount == 100
    assert [(each.description, each.quantity, each.amount_total) for each in done.line_items.data] == [
        ("Court 1", 2, 5_000)
    ]
    assert venue.events()[-3:] == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    assert "has been paid" in visit(session.url or f"{venue.sandbox.url}/c/pay/{session.id}")[2]


def test_a_declined_card_is_told_on_the_page_and_another_one_pays_with_the_same_intent(venue):
    session = session_of(venue)
    status, where, text = pays(session, DECLINED)
    assert (status, where) == (402, None)
    assert "Your card was declined." in text
    intent = venue.api.checkout.sessions.retrieve(session.id).payment_intent
    assert "Your card number is incomplete." in pays(session, "")[2]
    assert pays(session)[0] == 303
    done = venue.api.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, done.payment_intent) == ("paid", intent)
    assert len(venue.api.payment_intents.list().data) == 1


def test_authentication_fails_and_can_be_tried_again(venue):
    session = session_of(venue)
    _, bank, _ = pays(session, CHALLENGED)
    _, back, _ = visit(bank, {"do": "fail"})
    assert "unable to authenticate" in visit(back)[2]
    _, bank, _ = visit(back.partition("?")[0], {**CARD, "number": CHALLENGED})
    _, back, _ = visit(bank, {"do": "authorise"})
    assert visit(back)[1] == OK.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert venue.api.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("iban", "told", "status"),
    [("DE89370400440532013000", "succeeded", "paid"), ("DE62370400440532013001", "failed", "unpaid")],
)
def test_a_direct_debit_completes_unpaid_and_is_settled_days_later(sandbox, venue, iban, told, status):
    """R19"""
    session = session_of(venue)
    assert pays(session, method="sepa_debit", iban=iban)[0] == 303
    waiting = venue.api.checkout.sessions.retrieve(session.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    sandbox.control("clock", advance=5 * DAY)
    assert venue.api.checkout.sessions.retrieve(session.id).payment_status == status
    assert f"checkout.session.async_payment_{told}" in venue.events()


def test_it_expires_when_told_or_in_time_and_then_nobody_pays(sandbox, venue):
    session, other = session_of(venue), session_of(venue)
    pays(session, DECLINED)
    expired = venue.api.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert venue.api.payment_intents.retrieve(expired.payment_intent).status == "canceled"
    assert pays(session)[0] == 410
    assert "status in" in str(refused(venue.api.checkout.sessions.expire, session.id))
    sandbox.control("clock", advance=DAY + 2)
    assert venue.api.checkout.sessions.retrieve(other.id).status == "expired"
    assert venue.events().count("checkout.session.expired") == 2


def test_less_than_half_an_hour_and_more_than_a_day_are_refused(sandbox, venue):
    now = sandbox.look("clock")["now"]
    for at in (now + 29 * 60, now + DAY + 60):
        assert refused(lambda at=at: session_of(venue, expires_at=at)).param == "expires_at"
    assert session_of(venue, expires_at=now + 30 * 60 + 2).status == "open"


def test_what_cannot_be_sold_is_refused(venue, other_venue, api):
    monthly = price(venue.api, 1_000)
    assert "recurring" in str(refused(lambda: session_of(venue, line_items=[{"price": monthly.id, "quantity": 1}])))
    little = {"currency": "eur", "unit_amount": 10, "product_data": {"name": "Sweet"}}
    refusal = refused(lambda: session_of(venue, line_items=[{"price_data": little, "quantity": 1}]))
    assert refusal.code == "amount_too_small"
    assert refused(lambda: session_of(venue, customer="cus_nobody")).code == "resource_missing"
    assert refused(lambda: session_of(venue, colour="red")).code == "parameter_unknown"
    to = {"transfer_data": {"destination": "acct_nobody"}}
    assert refused(lambda: session_of(venue, payment_intent_data=to)).http_status == 400
    assert venue.api.checkout.sessions.list().data == []
    theirs = session_of(other_venue)
    assert refused(venue.api.checkout.sessions.retrieve, theirs.id).http_status == 404


def test_setting_up_keeps_the_card(venue):
    customer = venue.api.customers.create()
    asked = {"mode": "setup", "currency": "eur", "customer": customer.id, "success_url": OK, "cancel_url": BACK}
    session = venue.api.checkout.sessions.create(asked)
    assert pays(session)[0] == 303
    done = venue.api.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert (done.payment_status, done.setup_intent.status) == ("no_payment_required", "succeeded")
    assert len(venue.api.customers.payment_methods.list(customer.id).data) == 1


@pytest.mark.parametrize("number", [GOOD, CHALLENGED])
@pytest.mark.parametrize(("trial", "status"), [({}, "active"), ({"trial_period_days": 14}, "trialing")])
def test_a_subscription_begins_with_its_card(api, number, trial, status):
    customer = api.customers.create({"email": "owner@example.com"})
    session = subscribing(api, customer.id, price(api, 4_900), **trial)
    _, where, _ = pays(session, number)
    if number == CHALLENGED:
        _, where, _ = visit(visit(where, {"do": "authorise"})[1])
    assert where == OK.replace("{CHECKOUT_SESSION_ID}", session.id)
    asked = {"expand": ["subscription.latest_invoice", "subscription.default_payment_method"]}
    done = api.checkout.sessions.retrieve(session.id, asked)
    begun = done.subscription
    assert (done.payment_status, begun.status) == ("no_payment_required" if trial else "paid", status)
    assert (begun.latest_invoice.status, begun.latest_invoice.total) == ("paid", 0 if trial else 4_900)
    assert begun.default_payment_method.customer == customer.id
    assert begun.metadata.to_dict() == {"tenant": "t_1"}


def test_a_declined_card_begins_no_subscription(api):
    customer = api.customers.create({"email": "owner@example.com"})
    for trial in ({}, {"trial_period_days": 14}):
        session = subscribing(api, customer.id, price(api, 4_900), **trial)
        assert pays(session, DECLINED)[0] == 402
        assert api.checkout.sessions.retrieve(session.id).status == "open"
    assert api.subscriptions.list({"customer": customer.id, "status": "all"}).data == []


def test_a_trial_that_is_nearly_over_cannot_begin_on_the_page(sandbox, api):
    """Stripe wants 48 hours at least: docs.stripe.com/api/checkout/sessions/create, subscription_data.trial_end."""
    customer = api.customers.create()
    at = sandbox.look("clock")["now"] + 47 * 3_600
    refusal = refused(lambda: subscribing(api, customer.id, price(api, 4_900), trial_end=at))
    assert refusal.param == "subscription_data[trial_end]"
