"""What is sold has the shape that the SDK's classes declare too: products to invoices, Checkout, portal, clocks."""

import typing

import pytest
import stripe

from embedded.sandbox import annotations
from tests.embedded.sandbox.subscriber import Subscriber, price
from tests.embedded.sandbox.test_checkout import CHALLENGED, DECLINED, pays, session_of, subscribing
from tests.embedded.sandbox.test_contract import faults
from tests.embedded.sandbox.test_pages import portal
from tests.embedded.sandbox.venue import refused

KINDS = {
    "billing_portal.configuration",
    "billing_portal.session",
    "checkout.session",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "price",
    "product",
    "subscription",
    "tax_id",
    "test_helpers.test_clock",
}
DEPTHS = {
    "subscriptions": [
        "data.latest_invoice.payments",
        "data.customer",
        "data.default_payment_method",
        "data.test_clock",
    ],
    "invoices": ["data.confirmation_secret", "data.payments", "data.customer", "data.default_payment_method"],
    "invoice_items": ["data.invoice", "data.customer"],
    "invoice_payments": ["data.invoice", "data.payment.payment_intent"],
    "prices": ["data.product"],
    "products": ["data.default_price"],
}


@pytest.fixture
def lived(sandbox, venue) -> Subscriber:
    """A subscriber to whom a little of everything has happened."""
    ada = Subscriber.on(sandbox)
    api = ada.api
    pro, enterprise = price(api, 4_900, lookup_key="pro"), price(api, 19_900, name="Enterprise")
    api.products.update(pro.product, {"default_price": pro.id, "marketing_features": [{"name": "Reports"}]})
    api.customers.tax_ids.create(ada.id, {"type": "eu_vat", "value": "DE111111111"})
    trial = ada.subscribes(
        pro,
        trial_period_days=14,
        description="Trial",
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    ada.waits_until(20)
    ada.switches(trial, enterprise, proration_behavior="create_prorations")
    api.subscriptions.update(trial.id, {"pause_collection": {"behavior": "void"}})
    api.subscriptions.update(trial.id, {"pause_collection": ""})
    ada.uses("pm_card_chargeCustomerFail")
    ada.waits_until(50)
    bob = Subscriber.on(sandbox, card="pm_card_authenticationRequired")
    bob.subscribes(pro)
    bob.subscribes(pro, collection_method="send_invoice", days_until_due=14)
    api.invoice_items.create({"customer": bob.id, "amount": 900, "currency": "eur"})
    api.invoices.create({"customer": bob.id, "pending_invoice_items_behavior": "include"})
    carl = Subscriber.on(sandbox)
    api.subscriptions.cancel(carl.subscribes(pro).id, {"prorate": True, "invoice_now": True})
    for number in (DECLINED, CHALLENGED, "4242424242424242"):
        pays(session_of(venue), number)
        pays(subscribing(api, api.customers.create({"email": "x@example.com"}).id, pro), number)
    pays(session_of(venue), method="sepa_debit", iban="DE62370400440532013001")
    venue.api.checkout.sessions.expire(session_of(venue).id)
    portal(ada)
    sandbox.control("clock", advance=8 * 86_400)
    return ada


def test_every_object_of_billing_and_its_events_keep_to_the_sdks_classes(sandbox, lived):
    state = sandbox.look("state")
    found = [each for kinds in state.values() for things in kinds.values() for each in things]
    assert {each["object"] for each in found} >= KINDS
    told = [each["data"]["object"] for each in found if each["object"] == "event"]
    upcoming = [each for each in told if each["object"] == "invoice" and "id" not in each]
    assert len(upcoming) >= 2
    wrong = {fault for each in [*found, *told] for fault in faults(each)}
    assert wrong == {"invoice.id: is missing"}  # of the upcoming ones
    known = set(typing.get_args(annotations.hints(stripe.Event)["type"]))
    assert {each["type"] for kinds in state.values() for each in kinds.get("event", [])} - known == set()


def test_every_list_of_billing_and_its_expansions_keep_to_it(lived):
    for name, expand in DEPTHS.items():
        page = getattr(lived.api, name).list({"limit": 100, "expand": expand})
        assert len(page.data) >= 2
        assert [fault for each in page.data for fault in faults(each)] == [], name


def test_what_billing_answers_without_keeping_it_keeps_to_it(venue, lived):
    api = lived.api
    (subscription, *_) = api.subscriptions.list({"customer": lived.id}).data
    found = [api.invoices.create_preview({"subscription": subscription.id})]
    found += [*api.subscription_items.list({"subscription": subscription.id}).data]
    found += [*api.invoices.line_items.list(subscription.latest_invoice).data]
    found += [*api.billing_portal.configurations.list().data, *api.customers.tax_ids.list(lived.id).data]
    sessions = venue.api.checkout.sessions.list({"expand": ["data.line_items", "data.payment_intent"]}).data
    found += [*sessions, *venue.api.checkout.sessions.line_items.list(sessions[0].id).data]
    assert [fault for each in found for fault in faults(each)] == []


def test_what_stripe_does_and_the_sandbox_does_not_is_refused_by_name(lived):
    (pro,) = lived.api.prices.list({"lookup_keys": ["pro"]}).data
    refusal = refused(lambda: lived.subscribes(pro, application_fee_percent=10))
    assert (refusal.http_status, refusal.param) == (400, "application_fee_percent")


def test_what_is_taxed_keeps_to_it(sandbox):
    ada = Subscriber.on(sandbox)
    api = ada.api
    api.customers.update(ada.id, {"address": {"country": "FR", "postal_code": "69001"}})
    pro = price(api, 4_900, tax_behavior="exclusive", product_data={"name": "Pro", "tax_code": "txcd_10103001"})
    taxed = {"automatic_tax": {"enabled": True}}
    begun = ada.subscribes(pro, **taxed)
    wanted = {"mode": "subscription", "customer": ada.id, "success_url": "https://x.example/", **taxed}
    wanted |= {"line_items": [{"price": pro.id, "quantity": 1}], "tax_id_collection": {"enabled": True}}
    refusal = refused(lambda: api.checkout.sessions.create(wanted))
    assert (refusal.http_status, refusal.param) == (400, "customer_update")
    page = api.checkout.sessions.create({**wanted, "customer_update": {"address": "auto", "name": "auto"}})
    found = [begun, page, api.tax.settings.retrieve(), *api.tax_rates.list().data]
    found += [*api.invoices.list({"customer": ada.id}).data, api.invoices.create_preview({"subscription": begun.id})]
    assert [fault for each in found for fault in faults(each)] == []
    assert [each.total for each in found if each.object == "invoice"] == [5880, 5880]
