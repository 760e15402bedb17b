"""Subscriptions in the sandbox: trials, renewals, retries to exhaustion, changes with proration, ends."""

from datetime import UTC, datetime

import pytest

from tests.embedded.sandbox.subscriber import DAY, HOUR, YEARLY, Subscriber, price
from tests.embedded.sandbox.venue import refused

HOUR_OF_DAY = round(HOUR / DAY, 2)


@pytest.fixture
def api(client):
    return client.v1


@pytest.fixture
def pro(api):
    return price(api, 4_900)


@pytest.fixture
def enterprise(api):
    return price(api, 19_900, name="Enterprise")


@pytest.fixture
def ada(sandbox):
    return Subscriber.on(sandbox)


def test_a_trial_warns_three_days_before_and_is_billed_an_hour_after_its_end(ada, pro):
    subscription = ada.subscribes(pro, trial_period_days=14, metadata={"tenant": "t_1"})
    assert (subscription.status, subscription.trial_end) == ("trialing", ada.begun + 14 * DAY)
    ada.waits_until(14 + HOUR_OF_DAY + 0.01)
    now = ada.sees(subscription)
    assert (now.status, now.latest_invoice.status, now.latest_invoice.total) == ("active", "paid", 4_900)
    assert now.latest_invoice.parent.subscription_details.metadata.tenant == "t_1"
    assert ada.invoices() == [("subscription_create", "paid", 0), ("subscription_cycle", "paid", 4_900)]
    assert ada.events("customer.subscription", "invoice.", "payment_intent", "charge") == [
        ("customer.subscription.created", 0),
        ("invoice.created", 0),
        ("invoice.finalized", 0),
        ("invoice.updated", 0),
        ("invoice.paid", 0),
        ("invoice.payment_succeeded", 0),
        ("invoice.upcoming", 7),
        ("customer.subscription.trial_will_end", 11),
        ("invoice.created", 14),
        ("customer.subscription.updated", 14),
        ("payment_intent.created", 14.04),
        ("invoice.finalized", 14.04),
        ("charge.succeeded", 14.04),
        ("payment_intent.succeeded", 14.04),
        ("invoice.updated", 14.04),
        ("invoice.paid", 14.04),
        ("invoice.payment_succeeded", 14.04),
    ]


def test_a_trial_shorter_than_three_days_warns_at_once(ada, pro):
    ada.subscribes(pro, trial_end=ada.begun + DAY)
    ada.waits_until(0.1)
    assert ("customer.subscription.trial_will_end", 0) in ada.events("customer.subscription.trial")


@pytest.mark.parametrize(
    ("wanted", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_that_ends_without_a_card_does_what_was_agreed(sandbox, pro, wanted, status):
    bob = Subscriber.on(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": wanted}}
    subscription = bob.subscribes(pro, trial_period_days=7, trial_settings=settings)
    bob.waits_until(8)
    assert bob.sees(subscription).status == status
    if status == "paused":
        bob.uses("pm_card_visa")
        assert bob.api.subscriptions.resume(subscription.id).status == "active"
        assert [name for name, _ in bob.events("customer.subscription")][-3:] == [
            "customer.subscription.paused",
            "customer.subscription.updated",
            "customer.subscription.resumed",
        ]


@pytest.mark.parametrize(("after", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
def test_a_renewal_that_fails_is_tried_four_times_and_then_given_up(sandbox, ada, pro, after, status):
    sandbox.control("settings", after_retries=after)
    subscription = ada.subscribes(pro)
    ada.uses("pm_card_chargeCustomerFail")
    period = (subscription["items"].data[0].current_period_end - ada.begun) / DAY
    ada.waits_until(period + 1)
    failing = ada.sees(subscription)
    assert (failing.status, failing.latest_invoice.attempt_count) == ("past_due", 1)
    assert failing.latest_invoice.next_payment_attempt == ada.begun + int(period * DAY) + HOUR + 3 * DAY
    ada.waits_until(period + 16)
    ended = ada.sees(subscription)
    assert (ended.status, ended.latest_invoice.status, ended.latest_invoice.attempt_count) == (status, "open", 4)
    assert ended.latest_invoice.next_payment_attempt is None
    days = [round(day - period, 2) for name, day in ada.events("invoice.payment_failed")]
    assert days == [0.04, 3.04, 8.04, 15.04]
    if after == "cancel":
        assert ended.cancellation_details.reason == "payment_failed"


def test_a_new_card_recovers_a_subscription_that_is_past_due(ada, pro):
    subscription = ada.subscribes(pro)
    ada.uses("pm_card_chargeCustomerFail")
    ada.waits_until(32)
    assert ada.sees(subscription).status == "past_due"
    ada.uses("pm_card_visa")
    ada.waits_until(36)
    assert ada.sees(subscription).status == "active"
    assert ada.invoices()[-1] == ("subscription_cycle", "paid", 4_900)


def test_a_card_that_wants_its_owner_leaves_the_first_payment_open_until_he_has_come(sandbox, client, pro):
    bob = Subscriber.on(sandbox, card="pm_card_authenticationRequired")
    subscription = bob.subscribes(pro)
    assert subscription.status == "incomplete"
    asked = {"expand": ["confirmation_secret", "payments"]}
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice, asked)
    (payment,) = invoice.payments.data
    assert invoice.confirmation_secret.client_secret.startswith(payment.payment.payment_intent)
    assert [name for name, _ in bob.events("invoice.payment_")] == [
        "invoice.payment_action_required",
        "invoice.payment_failed",
    ]
    sandbox.control("authenticate", intent=payment.payment.payment_intent, outcome="authorise")
    assert bob.sees(subscription).status == "active"


def test_a_first_payment_that_never_comes_expires_after_23_hours(ada, pro):
    subscription = ada.subscribes(pro, payment_behavior="default_incomplete")
    ada.waits_until(1)
    now = ada.sees(subscription)
    assert (now.status, now.latest_invoice.status) == ("incomplete_expired", "void")


def test_without_a_card_or_with_a_bad_one_nothing_is_made(sandbox, pro):
    bob = Subscriber.on(sandbox, card=None)
    assert refused(lambda: bob.subscribes(pro)).code == "resource_missing"
    bob.uses("pm_card_chargeCustomerFail")
    refusal = refused(lambda: bob.subscribes(pro, payment_behavior="error_if_incomplete"))
    assert (refusal.http_status, refusal.code) == (402, "card_declined")
    assert bob.api.subscriptions.list({"customer": bob.id, "status": "all"}).data == []
    assert bob.invoices() == []


# ---- Changes ---------------------------------------------------------------------------------------------------------


def test_an_upgrade_charges_the_rest_of_the_period_as_the_preview_said(sandbox, pro, enterprise):
    june = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    ada = Subscriber.on(sandbox, begun=june)
    subscription = ada.subscribes(pro)
    ada.waits_until(10)  # a third of June
    (item,) = subscription["items"].data
    details = {
        "items": [{"id": item.id, "price": enterprise.id}],
        "proration_behavior": "always_invoice",
        "proration_date": june + 10 * DAY,
    }
    asked = {"customer": ada.id, "subscription": subscription.id, "subscription_details": details}
    preview = ada.api.invoices.create_preview(asked)
    expected = [
        ("Unused time on Pro after 11 Jun 2026", -3_267),
        ("Remaining time on Enterprise after 11 Jun 2026", 13_267),
    ]
    assert [(line.description, line.amount) for line in preview.lines.data] == expected
    assert (preview.total, preview.amount_due) == (10_000, 10_000)
    assert len(ada.invoices()) == 1
    changed = ada.switches(subscription, enterprise, proration_date=june + 10 * DAY)
    assert changed["items"].data[0].price.id == enterprise.id
    assert changed["items"].data[0].current_period_end == item.current_period_end
    assert ada.invoices()[-1] == ("subscription_update", "paid", 10_000)


def test_a_downgrade_is_credited_and_the_credit_pays_the_next_invoices(ada, pro, enterprise):
    subscription = ada.subscribes(enterprise)
    changed = ada.switches(subscription, pro)
    assert ada.invoices()[-1] == ("subscription_update", "paid", -15_000)
    assert ada.api.customers.retrieve(ada.id).balance == -15_000
    ada.waits_until(32)
    latest = ada.sees(changed).latest_invoice
    assert (latest.total, latest.amount_due, latest.starting_balance, latest.ending_balance) == (
        4_900,
        0,
        -15_000,
        -10_100,
    )


def test_an_upgrade_that_cannot_be_charged_leaves_everything_as_it_was(ada, pro, enterprise):
    subscription = ada.subscribes(pro)
    ada.uses("pm_card_chargeCustomerFail")
    asked = {"payment_behavior": "error_if_incomplete"}
    assert refused(lambda: ada.switches(subscription, enterprise, **asked)).code == "card_declined"
    assert ada.sees(subscription)["items"].data[0].price.id == pro.id
    assert ada.invoices() == [("subscription_create", "paid", 4_900)]
    cheaper = price(ada.api, 900, name="Starter")
    assert ada.switches(subscription, cheaper, **asked)["items"].data[0].price.id == cheaper.id


def test_another_interval_begins_a_new_period_now(ada, pro):
    subscription = ada.subscribes(pro)
    ada.waits_until(5)
    yearly = ada.switches(subscription, price(ada.api, 49_000, YEARLY))
    assert yearly["items"].data[0].current_period_start == ada.begun + 5 * DAY
    assert yearly["items"].data[0].current_period_end - ada.begun in {370 * DAY, 371 * DAY}
    reason, status, total = ada.invoices()[-1]
    assert (reason, status) == ("subscription_update", "paid")
    assert 49_000 - 4_900 < total < 49_000


def test_from_free_to_paid_bills_now(ada, pro):
    subscription = ada.subscribes(price(ada.api, 0, name="Free"))
    assert subscription.status == "active"
    ada.waits_until(3)
    ada.switches(subscription, pro)
    assert ada.invoices() == [("subscription_create", "paid", 0), ("subscription_update", "paid", 4_900)]


def test_ending_a_trial_now_bills_now(ada, pro):
    subscription = ada.subscribes(pro, trial_period_days=14)
    assert ada.api.subscriptions.update(subscription.id, {"trial_end": "now"}).status == "active"
    assert ada.invoices()[-1] == ("subscription_update", "paid", 4_900)


# ---- Ends ------------------------------------------------------------------------------------------------------------


def test_cancelling_at_the_end_can_be_taken_back_and_else_ends_without_an_invoice(ada, pro):
    subscription = ada.subscribes(pro)
    end = subscription["items"].data[0].current_period_end
    leaving = ada.api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (leaving.status, leaving.cancel_at, leaving.canceled_at) == ("active", end, ada.begun)
    back = ada.api.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    ada.api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    ada.waits_until(32)
    gone = ada.sees(subscription)
    assert (gone.status, gone.ended_at) == ("canceled", end)
    assert ada.invoices() == [("subscription_create", "paid", 4_900)]
    assert [name for name, _ in ada.events("customer.subscription")][-1] == "customer.subscription.deleted"


def test_cancelling_now_ends_now_and_lists_leave_it_out(ada, pro):
    subscription = ada.api.subscriptions.cancel(ada.subscribes(pro).id)
    assert subscription.status == "canceled"
    assert ada.api.subscriptions.list({"customer": ada.id}).data == []
    assert [each.id for each in ada.api.subscriptions.list({"customer": ada.id, "status": "all"}).data] == [
        subscription.id
    ]
    assert refused(lambda: ada.switches(subscription, pro)).http_status == 400


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_while_collection_is_paused_invoices_are_not_collected(ada, pro, behavior, status):
    subscription = ada.subscribes(pro)
    ada.api.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    ada.waits_until(33)
    now = ada.sees(subscription)
    assert (now.status, now.latest_invoice.status, now.latest_invoice.amount_paid) == ("active", status, 0)


def test_a_pause_of_collection_ends_when_it_was_to_end(ada, pro):
    subscription = ada.subscribes(pro)
    pause = {"behavior": "void", "resumes_at": ada.begun + 20 * DAY}
    ada.api.subscriptions.update(subscription.id, {"pause_collection": pause})
    ada.waits_until(33)
    assert ada.sees(subscription).pause_collection is None
    assert ada.invoices()[-1] == ("subscription_cycle", "paid", 4_900)


def test_an_invoice_that_is_sent_is_overdue_after_its_days(ada, pro):
    subscription = ada.subscribes(pro, collection_method="send_invoice", days_until_due=14)
    assert (subscription.status, ada.sees(subscription).latest_invoice.status) == ("active", "open")
    ada.waits_until(15)
    assert ada.events("invoice.overdue") == [("invoice.overdue", 14)]


def test_deleting_a_customer_ends_the_subscription(ada, pro):
    subscription = ada.subscribes(pro)
    ada.api.customers.delete(ada.id)
    assert ada.api.subscriptions.retrieve(subscription.id).status == "canceled"


# ---- Clocks and VAT ids ----------------------------------------------------------------------------------------------


def test_the_sandboxs_own_clock_drives_customers_without_a_test_clock(sandbox, api, pro):
    customer = api.customers.create({"email": "x@example.com"})
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    asked = {"customer": customer.id, "items": [{"price": pro.id}], "default_payment_method": method.id}
    subscription = api.subscriptions.create(asked)
    sandbox.control("clock", advance=100 * DAY)
    found = api.invoices.list({"subscription": subscription.id}).data
    assert [(each.status, each.number[-4:]) for each in found] == [("paid", f"000{n}") for n in (4, 3, 2, 1)]
    starts = [datetime.fromtimestamp(each.lines.data[0].period.start, UTC).day for each in found]
    assert len(set(starts)) <= 2  # the same day of each month, or its last


def test_a_clock_only_goes_forward_and_takes_its_customers_with_it(ada, pro):
    subscription = ada.subscribes(pro)
    clocks = ada.api.test_helpers.test_clocks
    assert refused(clocks.advance, ada.clock, {"frozen_time": ada.begun}).param == "frozen_time"
    assert "two intervals" in str(refused(clocks.advance, ada.clock, {"frozen_time": ada.begun + 90 * DAY}))
    clocks.delete(ada.clock)
    assert refused(ada.api.customers.retrieve, ada.id).code == "resource_missing"
    assert refused(ada.api.subscriptions.retrieve, subscription.id).code == "resource_missing"


@pytest.mark.parametrize(
    ("number", "status", "country"),
    [("DE111111111", "verified", "DE"), ("ATU00000000", "unverified", "AT"), ("EL222222222", "pending", "GR")],
)
def test_a_vat_id_is_looked_up_by_its_number(sandbox, api, number, status, country):
    customer = api.customers.create()
    made = api.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": number})
    assert (made.verification.status, made.country, made.value) == ("pending", country, number)
    sandbox.control("clock", advance=2)
    (found,) = api.customers.tax_ids.list(customer.id).data
    assert found.verification.status == status
    assert (
        refused(api.customers.tax_ids.create, customer.id, {"type": "eu_vat", "value": "DE12"}).code == "tax_id_invalid"
    )
    api.customers.tax_ids.delete(customer.id, found.id)
    assert api.customers.tax_ids.list(customer.id).data == []


def test_a_lookup_key_names_one_price_and_moves_when_told(api, pro):
    first = price(api, 100, lookup_key="pro_month")
    data = {"product": pro.product, "unit_amount": 200, "currency": "eur", "lookup_key": "pro_month"}
    assert refused(api.prices.create, data).code == "resource_already_exists"
    second = api.prices.create({**data, "transfer_lookup_key": True})
    assert [each.id for each in api.prices.list({"lookup_keys": ["pro_month"]}).data] == [second.id]
    assert api.prices.retrieve(first.id).lookup_key is None
