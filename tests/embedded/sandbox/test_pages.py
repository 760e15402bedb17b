"""The pages of the sandbox that stand for Stripe's billing portal and the page of an invoice. They need no script."""

import pytest

from tests.embedded.sandbox.subscriber import Subscriber, price
from tests.embedded.sandbox.test_paying import visit
from tests.embedded.sandbox.venue import refused

CARD = {"expiry": "1234", "cvc": "123"}
GOOD, DECLINED, CHALLENGED = "4242424242424242", "4000000000000002", "4000002760003184"


@pytest.fixture
def ada(sandbox):
    return Subscriber.on(sandbox)


def portal(subscriber: Subscriber) -> str:
    asked = {"customer": subscriber.id, "return_url": "http://platform.localhost/plan"}
    return subscriber.api.billing_portal.sessions.create(asked).url


def test_the_portal_changes_the_plan_ends_it_and_takes_that_back(ada):
    starter, pro = price(ada.api, 900, name="Starter"), price(ada.api, 4_900)
    subscription = ada.subscribes(starter)
    url = portal(ada)
    _, _, text = visit(url)
    assert "Starter, 9.00 EUR, active" in text
    assert 'href="http://platform.localhost/plan"' in text
    assert "<script" not in text
    visit(url, {"do": "change", "subscription": subscription.id, "price": pro.id})
    assert ada.sees(subscription)["items"].data[0].price.id == pro.id
    assert ada.invoices()[-1] == ("subscription_update", "paid", 4_000)
    visit(url, {"do": "cancel", "subscription": subscription.id})
    assert ada.sees(subscription).cancel_at_period_end is True
    assert "Do not cancel" in visit(url)[2]
    visit(url, {"do": "renew", "subscription": subscription.id})
    assert ada.sees(subscription).cancel_at_period_end is False


@pytest.mark.parametrize("number", [GOOD, CHALLENGED])
def test_the_portal_takes_a_new_card(ada, number):
    subscription = ada.subscribes(price(ada.api, 900))
    url = portal(ada)
    assert "Your card was declined." in visit(url, {"do": "card", "number": DECLINED, **CARD})[2]
    status, where, text = visit(url, {"do": "card", "number": number, **CARD})
    if number == CHALLENGED:
        assert status == 303
        text = visit(visit(where, {"do": "authorise"})[1])[2]
    assert "Your card is saved." in text
    customer = ada.api.customers.retrieve(ada.id, {"expand": ["invoice_settings.default_payment_method"]})
    assert customer.invoice_settings.default_payment_method.card.last4 == number[-4:]
    assert ada.sees(subscription).status == "active"


def test_a_change_that_the_card_refuses_is_told_and_changes_nothing(ada):
    starter = price(ada.api, 900, name="Starter")
    subscription = ada.subscribes(starter)
    ada.uses("pm_card_chargeCustomerFail")
    pro = price(ada.api, 4_900)
    text = visit(portal(ada), {"do": "change", "subscription": subscription.id, "price": pro.id})[2]
    assert "Your card was declined." in text
    assert ada.sees(subscription)["items"].data[0].price.id == starter.id
    assert ada.invoices() == [("subscription_create", "paid", 900)]


def test_an_open_invoice_is_paid_on_its_page_and_the_subscription_recovers(ada):
    subscription = ada.subscribes(price(ada.api, 4_900))
    ada.uses("pm_card_chargeCustomerFail")
    ada.waits_until(33)
    late = ada.sees(subscription)
    assert late.status == "past_due"
    page = late.latest_invoice.hosted_invoice_url
    assert "due 49.00 EUR" in visit(page)[2]
    assert "Your card was declined." in visit(page, {"number": DECLINED, **CARD})[2]
    _, bank, _ = visit(page, {"number": CHALLENGED, **CARD})
    _, back, _ = visit(bank, {"do": "fail"})
    assert "unable to authenticate" in visit(back)[2]
    assert "This invoice is paid." in visit(page, {"number": GOOD, **CARD})[2]
    now = ada.sees(subscription)
    assert (now.status, now.latest_invoice.status) == ("active", "paid")
    assert visit(now.latest_invoice.invoice_pdf)[2].startswith("%PDF-1.4")


def test_invoices_are_made_finalized_paid_voided_and_given_up_by_hand(ada):
    api = ada.api
    api.invoice_items.create({"customer": ada.id, "amount": 1_200, "currency": "eur", "description": "Set-up"})
    asked = {"customer": ada.id, "pending_invoice_items_behavior": "include"}
    draft = api.invoices.create(asked)
    assert (draft.status, draft.total, draft.number, draft.hosted_invoice_url) == ("draft", 1_200, None, None)
    opened = api.invoices.finalize_invoice(draft.id)
    assert (opened.status, opened.amount_due, opened.number[-5:]) == ("open", 1_200, "-0001")
    assert refused(api.invoices.delete, draft.id).code == "invoice_not_editable"
    ada.uses("pm_card_chargeCustomerFail")
    assert refused(api.invoices.pay, draft.id).code == "card_declined"
    paid = api.invoices.pay(draft.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1_200, 0)
    assert refused(api.invoices.void_invoice, draft.id).code == "invoice_not_editable"
    second, third = api.invoices.create({"customer": ada.id}), api.invoices.create({"customer": ada.id})
    for each in (second, third):
        api.invoice_items.create({"customer": ada.id, "amount": 500, "currency": "eur", "invoice": each.id})
        api.invoices.finalize_invoice(each.id)
    assert api.invoices.void_invoice(second.id).status == "void"
    assert api.invoices.mark_uncollectible(third.id).status == "uncollectible"
    assert api.invoices.pay(third.id, {"paid_out_of_band": True}).status == "paid"
