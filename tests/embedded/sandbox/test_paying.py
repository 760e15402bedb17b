"""Payment intents: test cards, authentication, debits that take days, captures, and what Stripe refuses."""

import http.client
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import stripe

from tests.embedded.sandbox.venue import NO_REDIRECTS, Venue, refused

INTENT = {"amount": 1000, "currency": "eur"}
RETURN = "http://venue.localhost/return?booking=7"


def visit(url, form=None):
    """A browser without scripts: status, where it is sent, and the page."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    body, headers = (urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}) if form else (None, {})
    connection.request("POST" if form else "GET", f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, response.headers["Location"], page


def test_a_direct_charge_pays_venue_platform_and_stripe(sandbox, venue):
    paid = venue.pays(10_000, fee=1_000)
    assert (paid.status, paid.amount_received, paid.latest_charge.paid) == ("succeeded", 10_000, True)
    booked = paid.latest_charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net, booked.status) == (10_000, 1_175, 8_825, "pending")
    assert [(each.type, each.amount) for each in booked.fee_details] == [
        ("application_fee", 1_000),
        ("stripe_fee", 175),
    ]
    (fee,) = sandbox.client().v1.application_fees.list().data
    assert (fee.amount, fee.account, fee.charge) == (1_000, venue.id, paid.latest_charge.id)
    assert Venue(sandbox, "acct_1SandboxPlatform").ledger() == [("application_fee", 1_000, 1_000)]
    expected = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert venue.events()[-3:] == expected


def test_stripes_fee_can_be_nothing_or_the_platforms(sandbox):
    sandbox.control("settings", fee_basis_points=0, fee_fixed=0)
    assert Venue.onboarded(sandbox).pays(fee=None).latest_charge.balance_transaction.fee == 0
    sandbox.control("settings", fee_basis_points=150, fee_fixed=25)
    controller = {"losses": {"payments": "application"}, "fees": {"payer": "application"}}
    controller |= {"stripe_dashboard": {"type": "express"}}
    other = Venue.onboarded(sandbox, controller=controller)
    assert other.pays(fee=None).latest_charge.balance_transaction.fee == 0
    assert Venue(sandbox, "acct_1SandboxPlatform").ledger() == [("stripe_fee", -175, -175)]


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4000000000000341", "card_declined", "generic_decline"),
    ],
)
def test_a_card_that_is_declined_and_then_a_good_one(venue, card, code, decline):
    intent = venue.api.payment_intents.create({**INTENT, "automatic_payment_methods": NO_REDIRECTS})
    data = {"type": "card", "card": {"number": card, "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
    method = venue.api.payment_methods.create(data)
    problem = refused(venue.api.payment_intents.confirm, intent.id, {"payment_method": method.id})
    assert type(problem) is stripe.CardError
    assert (problem.http_status, problem.code, problem.error.decline_code) == (402, code, decline)
    assert problem.error.payment_intent.status == "requires_payment_method"
    after = venue.api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert after.last_payment_error.decline_code == decline
    assert (after.latest_charge.status, after.latest_charge.failure_code) == ("failed", code)
    assert venue.events()[-3:] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert venue.ledger() == []
    paid = venue.api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_numbers_that_are_no_test_cards(client):
    for number, code in [("4242424242424241", "incorrect_number"), ("4111111111111111", "card_declined")]:
        card = {"number": number, "exp_month": 12, "exp_year": 2040}
        assert refused(client.v1.payment_methods.create, {"type": "card", "card": card}).code == code
    old = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 1, "exp_year": 2020}}
    assert refused(client.v1.payment_methods.create, old).code == "invalid_expiry_year"


@pytest.mark.parametrize(
    ("decision", "status", "redirected"),
    [("authorise", "succeeded", "succeeded"), ("fail", "requires_payment_method", "failed")],
)
def test_three_d_secure_by_redirect(venue, decision, status, redirected):
    """R18's page."""
    card = "pm_card_authenticationRequired"
    asked = venue.pays(card=card, automatic_payment_methods={"enabled": True}, return_url=RETURN)
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    url = asked.next_action.redirect_to_url.url
    shown = visit(url)
    assert (shown[0], "Authorise" in shown[2], "100.00 EUR" in shown[2]) == (200, True, True)
    sent, location, _ = visit(url, {"do": decision})
    assert (sent, location.split("?")[0]) == (303, RETURN.split("?", maxsplit=1)[0])
    query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert query == {
        "booking": "7",
        "payment_intent": asked.id,
        "payment_intent_client_secret": asked.client_secret,
        "redirect_status": redirected,
    }
    after = venue.api.payment_intents.retrieve(asked.id)
    assert (after.status, after.next_action) == (status, None)
    assert visit(url, {"do": "authorise"})[0] == 303
    assert venue.api.payment_intents.retrieve(asked.id).status == status


def test_three_d_secure_by_stripe_js_and_a_card_without_funds(sandbox, venue):
    asked = venue.pays(card="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    assert (asked.status, asked.next_action.type) == ("requires_action", "use_stripe_sdk")
    after = sandbox.outside("authenticate", intent=asked.id)
    assert (after["status"], after["last_payment_error"]["decline_code"]) == (
        "requires_payment_method",
        "insufficient_funds",
    )


def test_a_saved_card_off_session(sandbox, venue):
    customer = venue.api.customers.create({})
    setup = venue.api.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": RETURN,
        }
    )
    assert setup.status == "requires_action"
    sandbox.outside("authenticate", intent=setup.id)
    (saved,) = venue.api.customers.payment_methods.list(customer.id).data
    off = {"customer": customer.id, "off_session": True}
    assert venue.pays(card=saved.id, **off).status == "succeeded"
    problem = refused(lambda: venue.pays(card="pm_card_authenticationRequired", **off))
    assert (problem.code, problem.error.payment_intent.status) == ("authentication_required", "requires_payment_method")
    venue.api.payment_methods.detach(saved.id)
    assert refused(lambda: venue.pays(card=saved.id)).http_status == 400


def test_a_card_is_saved_by_paying_and_a_used_one_is_gone(venue):
    customer = venue.api.customers.create({})
    paid = venue.pays(customer=customer.id, setup_future_usage="off_session")
    (saved,) = venue.api.customers.payment_methods.list(customer.id).data
    assert saved.id == paid.payment_method
    once = venue.pays()
    assert "may not be used again" in refused(lambda: venue.pays(card=once.payment_method)).user_message
    assert (
        refused(venue.api.payment_methods.attach, "pm_card_chargeDeclined", {"customer": customer.id}).code
        == "card_declined"
    )
    assert (
        venue.api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id}).customer
        == customer.id
    )


@pytest.mark.parametrize(
    ("token", "status"), [("pm_sepaDebit", "succeeded"), ("pm_sepaDebit_failure", "requires_payment_method")]
)
def test_a_debit_takes_days(sandbox, venue, token, status):
    """R19."""
    paid = venue.pays(card=token, automatic_payment_methods={"enabled": True}, return_url=RETURN)
    assert (paid.status, paid.latest_charge.status) == ("processing", "pending")
    assert refused(venue.api.payment_intents.cancel, paid.id).code == "payment_intent_unexpected_state"
    assert venue.events()[-2:] == ["charge.pending", "payment_intent.processing"]
    assert venue.ledger() == []
    sandbox.control("clock", advance=3 * 86_400)
    assert venue.api.payment_intents.retrieve(paid.id).status == status
    kinds = {"succeeded": ["charge.succeeded", "payment_intent.succeeded"]}
    assert venue.events()[-2:] == kinds.get(status, ["charge.failed", "payment_intent.payment_failed"])
    assert venue.ledger() == ([("payment", 10_000, 8_825)] if status == "succeeded" else [])


def test_a_debit_can_be_decided_at_once(sandbox, venue):
    paid = venue.pays(card="pm_sepaDebit_failure", automatic_payment_methods={"enabled": True}, return_url=RETURN)
    assert sandbox.outside("debit", payment_intent=paid.id, outcome="succeeds")["status"] == "succeeded"
    sandbox.control("clock", advance=4 * 86_400)
    assert venue.api.payment_intents.retrieve(paid.id).status == "succeeded"


def test_a_bank_redirect(sandbox, venue):
    data = {"type": "ideal"}
    intent = venue.api.payment_intents.create({**INTENT, "automatic_payment_methods": {"enabled": True}})
    asked = venue.api.payment_intents.confirm(intent.id, {"payment_method_data": data, "return_url": RETURN})
    assert asked.status == "requires_action"
    visit(asked.next_action.redirect_to_url.url, {"do": "authorise"})
    assert venue.api.payment_intents.retrieve(intent.id).status == "succeeded"


def test_money_is_reserved_and_captured_later(venue):
    held = venue.pays(capture_method="manual")
    assert (held.status, held.amount_capturable, held.latest_charge.captured) == ("requires_capture", 10_000, False)
    assert venue.events()[-1] == "payment_intent.amount_capturable_updated"
    assert venue.ledger() == []
    assert refused(venue.api.payment_intents.capture, held.id, {"amount_to_capture": 10_001}).http_status == 400
    paid = venue.api.payment_intents.capture(held.id, {"amount_to_capture": 6_000, "application_fee_amount": 600})
    assert (paid.status, paid.amount_received) == ("succeeded", 6_000)
    assert venue.ledger() == [("charge", 6_000, 6_000 - 600 - 115)]
    assert venue.events()[-2:] == ["charge.captured", "payment_intent.succeeded"]
    released = venue.api.payment_intents.cancel(venue.pays(capture_method="manual").id)
    assert released.status == "canceled"
    assert len(venue.ledger()) == 1


def test_what_is_over_cannot_be_changed(venue):
    """R17: `payment_intent_unexpected_state` both ways round."""
    paid = venue.pays()
    for call in (
        venue.api.payment_intents.cancel,
        venue.api.payment_intents.confirm,
        venue.api.payment_intents.capture,
    ):
        problem = refused(call, paid.id)
        assert (problem.http_status, problem.code) == (400, "payment_intent_unexpected_state")
        assert problem.error.payment_intent.status == "succeeded"
    assert refused(venue.api.payment_intents.update, paid.id, {"amount": 1}).code == "payment_intent_unexpected_state"
    gone = venue.api.payment_intents.create(INTENT)
    canceled = venue.api.payment_intents.cancel(gone.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    late = {"payment_method": "pm_card_visa", "return_url": RETURN}
    assert refused(venue.api.payment_intents.confirm, gone.id, late).code == "payment_intent_unexpected_state"
    assert venue.events()[-1] == "payment_intent.canceled"
    assert len(venue.ledger()) == 1


def test_an_intent_is_changed_before_it_is_paid(venue):
    intent = venue.api.payment_intents.create({**INTENT, "application_fee_amount": 100, "metadata": {"booking": "1"}})
    changed = venue.api.payment_intents.update(
        intent.id, {"amount": 2_000, "application_fee_amount": 200, "metadata": {"quote": "2"}}
    )
    assert (changed.amount, changed.application_fee_amount) == (2_000, 200)
    assert changed.metadata.to_dict() == {"booking": "1", "quote": "2"}
    paid = venue.api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "return_url": RETURN})
    assert paid.amount_received == 2_000


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (17_499, "huf", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (0, "eur", "parameter_invalid_integer"),
        (-5, "eur", "parameter_invalid_integer"),
        (1_005, "kwd", "parameter_invalid_integer"),
        (1_050, "isk", "parameter_invalid_integer"),
    ],
)
def test_amounts_that_a_currency_does_not_allow(venue, amount, currency, code):
    problem = refused(venue.api.payment_intents.create, {"amount": amount, "currency": currency})
    assert (problem.http_status, problem.code, problem.param) == (400, code, "amount")


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "jpy"), (1_010, "kwd"), (17_500, "huf"), (50, "chf"), (50, "usd")]
)
def test_the_smallest_amounts_are_paid(venue, amount, currency):
    paid = venue.pays(amount, fee=None, currency=currency)
    assert (paid.status, paid.latest_charge.balance_transaction.currency) == ("succeeded", currency)


def test_a_currency_that_the_country_does_not_charge(sandbox):
    brazil = Venue.onboarded(sandbox, country="BR")
    assert refused(brazil.api.payment_intents.create, INTENT).code == "currency_not_supported"
    assert brazil.pays(currency="brl").status == "succeeded"


def test_application_fees_that_stripe_refuses(client, venue):
    no_one = refused(client.v1.payment_intents.create, {**INTENT, "application_fee_amount": 10})
    assert (no_one.http_status, no_one.param) == (400, "application_fee_amount")
    for fee in (0, 1_001):
        problem = refused(venue.api.payment_intents.create, {**INTENT, "application_fee_amount": fee})
        assert problem.param == "application_fee_amount"


def test_confirming_needs_a_method_and_a_way_back(client):
    intent = client.v1.payment_intents.create(INTENT)
    assert (
        refused(client.v1.payment_intents.confirm, intent.id, {"return_url": RETURN}).code
        == "payment_intent_unexpected_state"
    )
    assert (
        refused(client.v1.payment_intents.confirm, intent.id, {"payment_method": "pm_card_visa"}).param == "return_url"
    )
    assert refused(client.v1.payment_intents.create, {**INTENT, "off_session": True}).param == "off_session"


def test_authentication_can_be_asked_for(venue):
    options = {"card": {"request_three_d_secure": "any"}}
    asked = venue.pays(payment_method_options=options)
    assert asked.status == "requires_action"
    assert asked.payment_method_options.card.request_three_d_secure == "any"


def test_what_the_sandbox_does_not_do_is_refused_and_not_ignored(client):
    hooks = {"inputs": {"tax": {"calculation": "x"}}}
    assert refused(client.v1.payment_intents.create, {**INTENT, "hooks": hooks}).param == "hooks"
    assert refused(client.v1.refunds.list, {"created": {"gte": 1}, "charge": "ch_1", "limit": 0}).http_status == 400


def test_fee_and_ledger_of_a_charge_come_later(sandbox, venue):
    """`automatic_async`: what is null at `payment_intent.succeeded` arrives with `charge.updated`."""
    sandbox.control("settings", late_seconds=5)
    first, second = venue.pays(), venue.pays()
    assert (first.status, first.latest_charge.balance_transaction, first.latest_charge.application_fee) == (
        "succeeded",
        None,
        None,
    )
    assert venue.ledger() == []
    venue.api.refunds.create({"payment_intent": second.id, "refund_application_fee": True})
    assert venue.ledger() == [("charge", 10_000, 8_825), ("refund", -10_000, -9_000)]
    sandbox.control("clock", advance=6)
    charge = venue.api.charges.retrieve(first.latest_charge.id, {"expand": ["balance_transaction"]})
    assert charge.balance_transaction.net == 8_825
    assert venue.events()[-1] == "charge.updated"
    assert len(venue.ledger()) == 3


def test_stripe_js_pays_with_the_number_of_a_card(sandbox, venue):
    intent = venue.api.payment_intents.create(INTENT)
    form = {
        "key": sandbox.publishable_key,
        "_stripe_account": venue.id,
        "client_secret": intent.client_secret,
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": "4242 4242 4242 4242",
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "40",
        "payment_method_data[card][cvc]": "123",
        "use_stripe_sdk": "true",
    }
    url = f"{sandbox.url}/v1/payment_intents/{intent.id}/confirm"
    assert visit(url, {**form, "client_secret": "guessed"})[0] == 404
    assert visit(url, form)[0] == 200
    assert venue.api.payment_intents.retrieve(intent.id).status == "succeeded"
