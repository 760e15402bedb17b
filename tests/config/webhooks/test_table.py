"""The routing table: each event calls what it should, with what it should."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from billing import accounts
from billing.gateway import lists, sessions
from billing.payments import books, payouts
from billing.payments.models import Payment
from billing.subscriptions import acts as plans
from billing.subscriptions import fees
from billing.subscriptions.models import StripeAccount
from bookings import checkout, contested, returns
from config import webhooks
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import InboxEvent, OutgoingMail
from tests.config.webhooks.arriving import told
from tests.config.webhooks.letters import ACCOUNT, event
from tests.databases import ROOT
from tests.worlds import World

PAYMENT = UUID("00000000-0000-0000-0000-00000000000a")
BOOKING = UUID("00000000-0000-0000-0000-00000000000b")

LOOK = ("checkout.look", PAYMENT, "pi_1")
REFUNDS = ("returns.look", PAYMENT)
DISPUTES = ("contested.look_at_disputes", PAYMENT)
WARNINGS = ("contested.look_at_warnings", PAYMENT)
BOOKS = ("books.read_soon", ACCOUNT)
PAYOUT = ("payouts.refresh", ACCOUNT, "po_1")
STANDING = ("accounts.refresh", ACCOUNT)
PLAN = ("acts.refresh_customer", "cus_1")
FEE = ("fees.refresh", "fee_1", "")
NOTHING: tuple[()] = ()

INTENT = {"id": "pi_1", "object": "payment_intent"}
CHARGE = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
REFUND = {"id": "re_1", "object": "refund", "payment_intent": "pi_1"}
DISPUTE = {"id": "du_1", "object": "dispute", "payment_intent": "pi_1"}
WARNING = {"id": "issfr_1", "object": "radar.early_fraud_warning", "payment_intent": "pi_1"}
SESSION = {"id": "cs_1", "object": "checkout.session", "payment_intent": None}
PERSON = {"id": "person_1", "object": "person"}
BANK = {"id": "ba_1", "object": "bank_account"}
PAID_OUT = {"id": "po_1", "object": "payout"}
SUBSCRIPTION = {"id": "sub_1", "object": "subscription", "customer": "cus_1"}
TAX_ID = {"id": "txi_1", "object": "tax_id", "customer": "cus_1"}
INVOICE = {"id": "in_1", "object": "invoice", "customer": "cus_1"}
TRANSFER = {"id": "tr_1", "object": "transfer", "destination": ACCOUNT}

Call = tuple[Any, ...]
EXPECTED: dict[str, tuple[dict[str, Any], tuple[Call, ...]]] = {
    "payment_intent.amount_capturable_updated": (INTENT, (LOOK,)),
    "payment_intent.canceled": (INTENT, (LOOK,)),
    "payment_intent.payment_failed": (INTENT, (LOOK,)),
    "payment_intent.processing": (INTENT, (LOOK,)),
    "payment_intent.requires_action": (INTENT, (LOOK,)),
    "payment_intent.succeeded": (INTENT, (LOOK, BOOKS)),
    "checkout.session.async_payment_failed": (SESSION, (LOOK,)),
    "checkout.session.async_payment_succeeded": (SESSION, (LOOK, BOOKS)),
    "checkout.session.completed": (SESSION, (LOOK, BOOKS)),
    "checkout.session.expired": (SESSION, (LOOK,)),
    "charge.refunded": (CHARGE, (LOOK, REFUNDS, BOOKS)),
    "refund.created": (REFUND, (LOOK, REFUNDS, BOOKS)),
    "refund.failed": (REFUND, (LOOK, REFUNDS, BOOKS)),
    "refund.updated": (REFUND, (LOOK, REFUNDS, BOOKS)),
    "charge.dispute.closed": (DISPUTE, (LOOK, REFUNDS, DISPUTES, BOOKS)),
    "charge.dispute.created": (DISPUTE, (LOOK, REFUNDS, DISPUTES, BOOKS)),
    "charge.dispute.funds_reinstated": (DISPUTE, (LOOK, REFUNDS, DISPUTES, BOOKS)),
    "charge.dispute.funds_withdrawn": (DISPUTE, (LOOK, REFUNDS, DISPUTES, BOOKS)),
    "charge.dispute.updated": (DISPUTE, (LOOK, REFUNDS, DISPUTES, BOOKS)),
    "radar.early_fraud_warning.created": (WARNING, (LOOK, WARNINGS)),
    "radar.early_fraud_warning.updated": (WARNING, (LOOK, WARNINGS)),
    "balance.available": ({"object": "balance"}, (BOOKS,)),
    "payout.canceled": (PAID_OUT, (PAYOUT,)),
    "payout.created": (PAID_OUT, (PAYOUT,)),
    "payout.failed": (PAID_OUT, (PAYOUT,)),
    "payout.paid": (PAID_OUT, (PAYOUT,)),
    "payout.reconciliation_completed": (PAID_OUT, (PAYOUT,)),
    "payout.updated": (PAID_OUT, (PAYOUT,)),
    "transfer.created": (TRANSFER, (BOOKS,)),
    "transfer.reversed": (TRANSFER, (BOOKS,)),
    "transfer.updated": (TRANSFER, (BOOKS,)),
    "account.application.deauthorized": ({"id": "ca_1", "object": "application"}, (STANDING,)),
    "account.external_account.created": (BANK, (STANDING,)),
    "account.external_account.deleted": (BANK, (STANDING,)),
    "account.external_account.updated": (BANK, (STANDING,)),
    "account.updated": ({"id": ACCOUNT, "object": "account"}, (STANDING,)),
    "capability.updated": ({"id": "card_payments", "object": "capability"}, (STANDING,)),
    "person.created": (PERSON, (STANDING,)),
    "person.deleted": (PERSON, (STANDING,)),
    "person.updated": (PERSON, (STANDING,)),
    "customer.subscription.created": (SUBSCRIPTION, (PLAN,)),
    "customer.subscription.deleted": (SUBSCRIPTION, (PLAN,)),
    "customer.subscription.paused": (SUBSCRIPTION, (PLAN,)),
    "customer.subscription.resumed": (SUBSCRIPTION, (PLAN,)),
    "customer.subscription.trial_will_end": (SUBSCRIPTION, (PLAN,)),
    "customer.subscription.updated": (SUBSCRIPTION, (PLAN,)),
    "customer.tax_id.created": (TAX_ID, (PLAN,)),
    "customer.tax_id.deleted": (TAX_ID, (PLAN,)),
    "customer.tax_id.updated": (TAX_ID, (PLAN,)),
    "entitlements.active_entitlement_summary.updated": ({"customer": "cus_1"}, (PLAN,)),
    "invoice.created": (INVOICE, (PLAN,)),
    "invoice.finalization_failed": (INVOICE, (PLAN,)),
    "invoice.finalized": (INVOICE, (PLAN,)),
    "invoice.marked_uncollectible": (INVOICE, (PLAN,)),
    "invoice.paid": (INVOICE, (PLAN,)),
    "invoice.payment_action_required": (INVOICE, (("acts.action_required", "cus_1"),)),
    "invoice.payment_failed": (INVOICE, (PLAN,)),
    "invoice.upcoming": ({"object": "invoice", "customer": "cus_1"}, (PLAN,)),
    "invoice.voided": (INVOICE, (PLAN,)),
    "application_fee.created": ({"id": "fee_1"}, (FEE,)),
    "application_fee.refund.updated": ({"id": "fr_1", "fee": "fee_1"}, (FEE,)),
    "application_fee.refunded": ({"id": "fee_1"}, (FEE,)),
    "payment_method.automatically_updated": ({"id": "pm_1"}, NOTHING),
    "payment_method.detached": ({"id": "pm_1"}, NOTHING),
    "review.closed": ({"id": "prv_1"}, NOTHING),
    "review.opened": ({"id": "prv_1"}, NOTHING),
}
OUTSIDE = frozenset({"accounts.refresh", "acts.refresh_customer", "acts.action_required", "fees.refresh"})
"""They need no tenant, or enter it themselves."""


@dataclass
class Calls:
    """What was called, in order, and in which schema."""

    made: list[Call] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)

    def spy(self, name: str) -> Any:
        """A function that remembers its arguments; times are left out."""

        def call(*arguments: Any) -> Any:
            self.made.append((name, *(each for each in arguments if not hasattr(each, "tzinfo"))))
            self.schemas.add(current_schema())
            return True

        return call


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Spies in place of what the effects call."""
    calls = Calls()
    for module, names in {
        accounts: ("refresh",),
        books: ("read_soon",),
        checkout: ("look",),
        contested: ("look_at_disputes", "look_at_warnings"),
        fees: ("refresh",),
        payouts: ("refresh",),
        plans: ("refresh_customer", "action_required"),
        returns: ("look",),
    }.items():
        for name in names:
            monkeypatch.setattr(module, name, calls.spy(f"{module.__name__.rpartition('.')[2]}.{name}"))
    monkeypatch.setattr(lists, "balances", lambda account_id: {"EUR": 0})
    return calls


@pytest.fixture
def known(alpha: World) -> World:
    """Alpha has an account, and an attempt whose intent is `pi_1`."""
    now = database_now()
    StripeAccount.objects.create(tenant=alpha.tenant, account_id=ACCOUNT, country="DE", connected_at=now)
    with tenant_context(alpha.tenant):
        Payment.objects.create(
            pk=PAYMENT, booking_id=BOOKING, number=1, purpose="booking", amount_minor=2500, currency="EUR",
            charge_type="direct", account_id=ACCOUNT, is_live=False, intent_id="pi_1", created_at=now, updated_at=now,
        )  # fmt: skip
    return alpha


@pytest.fixture
def at_stripe(known: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page at Stripe was for that attempt."""
    page = type("Page", (), {"mode": "payment", "intent_id": "pi_1", "customer_id": ""})()
    page.metadata = {
        "forecourt_tenant": known.tenant.schema_name,
        "forecourt_booking": str(BOOKING),
        "forecourt_payment": str(PAYMENT),
    }
    monkeypatch.setattr(sessions, "retrieve", lambda place, session_id: page)


def test_every_row_is_expected() -> None:
    assert EXPECTED.keys() == webhooks.TABLE.keys()


@pytest.mark.parametrize("kind", EXPECTED)
def test_event_calls_what_it_should(kind: str, known: World, at_stripe: None, calls: Calls) -> None:
    thing, expected = EXPECTED[kind]
    account = ACCOUNT if webhooks.CONNECT in webhooks.TABLE[kind].endpoints else None
    outcome = told(event(kind, data={"object": thing}, account=account))
    assert calls.made == list(expected)
    inside = {known.tenant.schema_name} if expected and expected[0][0] not in OUTSIDE else set()
    assert calls.schemas - {"public"} == inside
    assert outcome[kind][0] == ("done" if expected else "ignored")


@pytest.mark.parametrize("kind", EXPECTED)
def test_event_of_the_other_mode_calls_nothing(kind: str, known: World, calls: Calls, settings: Settings) -> None:
    settings.STRIPE_LIVE = True
    account = ACCOUNT if webhooks.CONNECT in webhooks.TABLE[kind].endpoints else None
    outcome = told(event(kind, data={"object": EXPECTED[kind][0]}, account=account))
    assert outcome[kind] == ("ignored", "of test mode")
    assert calls.made == []


@pytest.mark.parametrize("kind", [kind for kind in EXPECTED if webhooks.CONNECT in webhooks.TABLE[kind].endpoints])
def test_event_of_an_unknown_account_calls_nothing_and_is_told(
    kind: str, known: World, calls: Calls, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = type("Page", (), {"mode": "payment", "metadata": {"forecourt_payment": str(PAYMENT)}, "intent_id": ""})
    monkeypatch.setattr(sessions, "retrieve", lambda place, session_id: page)
    outcome = told(event(kind, data={"object": EXPECTED[kind][0]}, account="acct_1Nobody"))
    rejected = ("rejected", "unknown account")
    assert outcome[kind] == (rejected if EXPECTED[kind][1] else outcome[kind])
    assert calls.made == []
    assert ("rejected: unknown account" in caplog.text) == bool(EXPECTED[kind][1])


def test_kind_that_is_not_in_the_table_is_kept_as_ignored(known: World, calls: Calls) -> None:
    assert told(event("topup.created")) == {"topup.created": ("ignored", "nobody listens to this kind")}
    assert calls.made == []
    assert InboxEvent.objects.get().state == "ignored"


def test_charge_without_an_intent_is_for_the_books_alone(known: World, calls: Calls) -> None:
    """Made by the venue at Stripe's dashboard."""
    told(event("charge.refunded", data={"object": {**CHARGE, "payment_intent": None}}))
    assert calls.made == [BOOKS]


@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_action_required", "invoice.finalization_failed"])
def test_customer_of_nobody_is_ignored(known: World, kind: str) -> None:
    assert told(event(kind, data={"object": INVOICE}, account=None))[kind] == ("ignored", "nobody's customer")


def test_invoice_that_cannot_be_finalized_is_told_to_people(
    known: World, calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    told(event("invoice.finalization_failed", data={"object": INVOICE}, account=None))
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "stripe event evt_1Abc: an invoice of customer cus_1 cannot be finalized"
    ]


def test_balance_below_zero_is_told_to_the_owners_and_to_us(
    known: World, calls: Calls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lists, "balances", lambda account_id: {"EUR": -1, "USD": 5})
    told(event("balance.available", data={"object": {"object": "balance"}}))
    assert calls.made == [BOOKS]
    assert f"stripe account {ACCOUNT}: balance below zero in EUR" in caplog.text
    [letter] = OutgoingMail.objects.filter(key__startswith="balance-below-zero:evt_1Abc")
    assert letter.to == f"owner@{known.canary}.example"


def test_page_on_which_a_plan_was_bought_is_looked_at_as_a_plan(
    known: World, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = type("Page", (), {"mode": "subscription", "customer_id": "cus_1"})
    monkeypatch.setattr(sessions, "retrieve", lambda place, session_id: page)
    told(event("checkout.session.completed", data={"object": SESSION}, account=None))
    assert calls.made == [PLAN]


def test_docs_list_the_rows_of_the_table() -> None:
    text = (ROOT / "docs/stripe.md").read_text()
    section = text.partition("## Webhooks")[2].partition("\n## ")[0]
    listed = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", "\n".join(re.findall(r"^\| `.*", section, re.MULTILINE)))
    assert sorted(listed) == sorted(webhooks.TABLE)
