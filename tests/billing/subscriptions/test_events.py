"""What Stripe says about subscriptions takes effect once, in whatever order it comes (R24)."""

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from itertools import permutations

import pytest
from django_tenants.utils import tenant_context
from djstripe import models as mirror

from billing.gateway import subscriptions as gateway
from billing.subscriptions import acts, choosing, fees, tasks
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.models import PlatformFee, Subscription
from config.webhooks import HANDLERS
from kernel.errors import Busy, Invalid
from schemas.clock import database_now
from tenants.models import DueWork, InboxEvent, Tenant
from tests.billing.subscriptions.subscriber import Subscriber

MAIN = (
    "customer.subscription.created",
    "invoice.paid",
    "customer.subscription.updated",
    "customer.subscription.deleted",
)
FIELDS = ("status", "plan_id", "stripe_subscription", "past_due_since", "grace_until", "blocked_at", "ends_at")


@pytest.fixture
def owner(stripe) -> Subscriber:
    """Alpha on trial, with a card at Stripe."""
    return Subscriber.of(stripe)


def happen(owner: Subscriber, kind: str) -> None:
    """The worker handles an event about Alpha's customer."""
    now = database_now()
    kept = {"object_id": owner.customer, "is_live": False, "made_at": now, "received_at": now, "due_at": now}
    HANDLERS[kind](InboxEvent(provider="stripe", event_id=f"evt_{kind}", kind=kind, endpoint="platform", **kept))


def state(owner: Subscriber) -> tuple[object, ...]:
    """All that must not depend on the order."""
    row = Subscription.objects.values_list(*FIELDS).get(tenant=owner.tenant)
    tenant = Tenant.objects.values_list("most_resources", "most_bookings", "takes_public_bookings")
    return (*row, *tenant.get(pk=owner.tenant.pk))


def test_all_orders_of_the_main_events_end_in_the_same_state(owner):
    """R24: 24 orders, and one mail, of a subscription that was made, paid, changed and ended."""
    identity = owner.subscribe("starter")
    owner.till.client.v1.subscriptions.cancel(identity)
    before = Subscription.objects.get(tenant=owner.tenant)
    states = set()
    for order in permutations(MAIN):
        before.save()
        for kind in order:
            happen(owner, kind)
        states.add(state(owner))
    assert len(states) == 1
    assert states.pop()[0] == "canceled"
    assert owner.told() == ["Your plan has ended"]


def test_answer_that_was_overtaken_is_asked_for_again(owner, monkeypatch):
    """An old answer never wins: while this one was under way, another look wrote that it is active."""
    ask, answers = gateway.subscription_of, []

    def slow(customer_id: str):
        found = ask(customer_id)
        answers.append(found)
        if len(answers) == 1:
            owner.subscribe("pro")
            owner.look()
        return found

    monkeypatch.setattr(gateway, "subscription_of", slow)
    owner.look()
    assert [found and found.status for found in answers] == [None, "active", "active"]
    assert Subscription.objects.get(tenant=owner.tenant).status == "active"


def test_look_that_is_always_overtaken_gives_up_for_later(owner, monkeypatch):
    def overtaken(_customer_id: str) -> None:
        Subscription.objects.filter(tenant=owner.tenant).update(updated_at=database_now())

    monkeypatch.setattr(gateway, "subscription_of", overtaken)
    with pytest.raises(Busy):
        acts.refresh(owner.tenant.pk)


def test_bank_that_wants_a_confirmation_is_told_once_with_the_page_to_do_it(owner):
    owner.subscribe("pro")
    owner.card("pm_card_authenticationRequired")
    owner.advance(32)
    happen(owner, "invoice.payment_action_required")
    happen(owner, "invoice.payment_action_required")
    assert owner.told().count("Please confirm the payment of your plan") == 1


def test_upcoming_invoice_has_no_id_and_does_no_harm(owner):
    owner.subscribe("pro")
    happen(owner, "invoice.upcoming")
    assert state(owner)[0] == "active"


def test_checkout_keeps_what_is_left_of_the_trial(owner):
    """The card is given on Stripe's page; the first charge comes when our own trial would have ended."""
    Subscription.objects.filter(tenant=owner.tenant).update(stripe_customer="")
    ends = Subscription.objects.get(tenant=owner.tenant).trial_ends_at
    with tenant_context(owner.tenant):
        before = choosing.checkout(owner.tenant, Wanted("pro"))
        page = choosing.checkout(owner.tenant, Wanted("starter", is_yearly=True))
    card = {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "email": "o@example.org"}
    request = urllib.request.Request(page, urllib.parse.urlencode(card).encode())
    opener = urllib.request.build_opener(Stay())
    with pytest.raises(urllib.error.HTTPError, match="410"):
        opener.open(before)
    assert opener.open(request).headers["Location"].endswith("/desk/money/plan/return/")
    row = owner.look()
    assert (row.status, row.plan.code, row.is_yearly) == ("trialing", "starter", True)
    assert row.trial_ends_at == ends.replace(microsecond=0)
    with tenant_context(owner.tenant), pytest.raises(Exception, match="subscribed"):
        choosing.checkout(owner.tenant, Wanted("pro"))


def test_of_pages_that_were_opened_the_newest_stays_open(owner):
    """Somebody presses twice: nobody can pay for two plans."""
    with tenant_context(owner.tenant):
        for _time in range(3):
            choosing.checkout(owner.tenant, Wanted("pro"))
    sessions = owner.till.client.v1.checkout.sessions.list({"customer": owner.customer}).data
    assert [each.status for each in sessions] == ["open", "expired", "expired"]


class Stay(urllib.request.HTTPRedirectHandler):
    """Answers with the redirect itself."""

    def http_error_302(self, request, answer, code, message, headers):
        """As it is."""
        return answer

    http_error_303 = http_error_302


@dataclass(frozen=True)
class Vat:
    """A VAT id, what Stripe's register says, and whether VAT is then the tenant's own matter."""

    given: str
    verified: str
    exempt: str


@pytest.mark.parametrize(
    "vat",
    [
        Vat("atu 1234-5678", "verified", "reverse"),
        Vat("DE123456789", "verified", "none"),
        Vat("ATU00000000", "unverified", "none"),
    ],
)
def test_vat_id_is_verified_and_moves_the_tax(owner, vat):
    with tenant_context(owner.tenant):
        choosing.set_vat_id(owner.tenant, vat.given)
    owner.till.server.control("clock", advance=5)
    happen(owner, "customer.tax_id.updated")
    row = Subscription.objects.get(tenant=owner.tenant)
    assert row.vat_id_status == vat.verified
    assert owner.till.client.v1.customers.retrieve(owner.customer).tax_exempt == vat.exempt
    with tenant_context(owner.tenant):
        choosing.set_vat_id(owner.tenant, "")
    assert Subscription.objects.get(tenant=owner.tenant).vat_id == ""
    assert owner.till.client.v1.customers.retrieve(owner.customer).tax_exempt == "none"


def test_vat_id_that_the_register_has_not_answered_for_is_pending(owner):
    """One whose digits are all 2 never is, at the sandbox."""
    with tenant_context(owner.tenant):
        choosing.set_vat_id(owner.tenant, "ATU22222222")
    assert Subscription.objects.get(tenant=owner.tenant).vat_id_status == "pending"
    assert owner.till.client.v1.customers.retrieve(owner.customer).tax_exempt == "none"


def test_what_is_no_vat_id_is_refused(owner):
    with tenant_context(owner.tenant), pytest.raises(Invalid) as caught:
        choosing.set_vat_id(owner.tenant, "Musterstraße 1")
    assert caught.value.code == "vat_id_invalid"
    assert Subscription.objects.get(tenant=owner.tenant).vat_id == ""


def test_mirror_has_what_stripe_has_and_no_key(owner):
    """dj-stripe's rows are copies; the key in its table opens nothing."""
    identity = owner.subscribe("pro")
    owner.look()
    assert DueWork.objects.filter(kind=acts.MIRROR, schema_name=owner.tenant.schema_name).count() == 1
    for _time in range(2):
        with tenant_context(owner.tenant):
            tasks.copy_to_mirror(str(owner.tenant.pk))
    copied = mirror.Subscription.objects.get()
    assert (copied.id, copied.stripe_data["status"]) == (identity, "active")
    assert copied.customer.subscriber == owner.tenant
    assert mirror.SubscriptionItem.objects.get().price.product.name == "Pro"
    assert mirror.Invoice.objects.get().stripe_data["amount_paid"] == 7900
    assert [each.secret for each in mirror.APIKey.objects.all()] == ["sk_test_" + "opensNothing" * 3]
    owner.till.client.v1.subscriptions.cancel(identity)
    with tenant_context(owner.tenant):
        tasks.copy_to_mirror(str(owner.tenant.pk))
    assert mirror.Subscription.objects.get().stripe_data["status"] == "canceled"


def test_mirror_that_cannot_be_written_stops_nothing(owner, monkeypatch):
    """The plan stands; the copy is due work of its own, tried again later."""

    def broken(*_args: object) -> None:
        raise ValueError("dj-stripe does not understand this")

    monkeypatch.setattr(tasks.rows, "copy", broken)
    owner.subscribe("pro")
    assert owner.meaning() == ("active", "pro", True)
    with tenant_context(owner.tenant), pytest.raises(ValueError, match="does not understand"):
        tasks.copy_to_mirror(str(owner.tenant.pk))
    assert not mirror.Subscription.objects.exists()
    assert DueWork.objects.filter(kind=acts.MIRROR, schema_name=owner.tenant.schema_name).count() == 1
    assert owner.meaning() == ("active", "pro", True)


def test_platform_s_fees_are_rows_and_what_went_back_only_grows(stripe):
    v1, account = stripe.client.v1, stripe.account.account_id
    on = {"stripe_account": account}
    intent = v1.payment_intents.create(
        {
            "amount": 5000, "currency": "eur", "application_fee_amount": 100, "payment_method": "pm_card_visa",
            "confirm": True, "return_url": "https://example.org/",
        },
        on,
    )  # fmt: skip
    [fee] = [each["id"] for each in stripe.server.look("state")["acct_1SandboxPlatform"]["application_fee"]]
    fees.refresh(fee, account)
    row = PlatformFee.objects.get()
    assert (row.fee_id, row.tenant, row.amount_minor, row.refunded_minor) == (fee, stripe.tenant, 100, 0)
    v1.refunds.create({"payment_intent": intent.id, "amount": 2500, "refund_application_fee": True}, on)
    fees.refresh(fee, account)
    fees.refresh(fee, account)
    row.refresh_from_db()
    assert (row.amount_minor, row.refunded_minor, row.currency) == (100, 50, "EUR")
