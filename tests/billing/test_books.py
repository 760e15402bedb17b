"""I14: every movement on the Stripe balance is posted once, in entries that sum to zero and to the balance itself."""

from uuid import uuid4

import pytest
from django.db.models import Sum
from django_tenants.utils import tenant_context

from billing.gateway import intents, lists
from billing.gateway.charging import Place, Sale
from billing.payments import books, payouts
from billing.payments.models import Entry, Payout, PayoutItem, Posting
from tenants.models import OutgoingMail

TYPES = ("direct", "destination")


@pytest.fixture
def books_of(stripe, in_alpha):
    """Alpha's till, inside Alpha's schema."""
    return stripe


def paid(till, amount=2500, fee=125, currency="EUR"):
    """A charge of a customer of Alpha's; its intent's id."""
    place = Place(till.account.account_id, till.account.charge_type)
    made = intents.create(Sale(place, amount, fee, currency, "Court 1", {}), str(uuid4()))
    assert till.pay(made.id) == "succeeded"
    return made.id


def sums():
    """The books by account."""
    return dict(Entry.objects.values_list("account").annotate(Sum("amount_minor")).order_by("account"))


def balanced(till):
    """Entries sum to zero posting by posting, and those of the balance to what Stripe says lies there."""
    crooked = Posting.objects.annotate(sum=Sum("entries__amount_minor")).exclude(sum=0)
    assert not crooked.exists()
    here = {currency: amount for currency, amount in books.balances(till.account.account_id).items() if amount}
    there = {currency: amount for currency, amount in lists.balances(till.account.account_id).items() if amount}
    assert here == there


@pytest.mark.parametrize("charge_type", TYPES)
def test_a_charge_and_its_partial_refund_are_in_the_books_once(books_of, charge_type):
    till = books_of
    if charge_type == "destination":
        till.reconnect("destination")
    account = till.account.account_id
    intent = paid(till)
    assert books.read(account) == 1
    assert books.read(account) == 0
    refund = {"payment_intent": intent, "amount": 1000, "refund_application_fee": True}
    if charge_type == "destination":
        refund["reverse_transfer"] = True
    till.client.v1.refunds.create(refund, till.on)
    assert books.read(account) >= 1
    assert books.read_all(account) == 0
    found = sums()
    assert found[Entry.Account.CUSTOMERS] == -1500
    assert found[Entry.Account.PLATFORM_FEES] == 75
    charge = till.intent(intent).latest_charge.id
    assert set(Posting.objects.values_list("charge_id", flat=True)) == {charge}
    balanced(till)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 2500), ("KWD", 2500), ("HUF", 250_000), ("USD", 2500)])
def test_books_are_in_minor_units_of_each_currency(books_of, currency, amount):
    till = books_of
    if currency in {"JPY", "KWD"}:
        till.reconnect("direct", {"JPY": "JP", "KWD": "US"}[currency])
    paid(till, amount, 0, currency)
    books.read(till.account.account_id)
    assert -sums()[Entry.Account.CUSTOMERS] == amount
    balanced(till)


def test_a_lost_dispute_is_in_the_books(books_of):
    till = books_of
    intent = paid(till, fee=0)
    dispute = till.server.outside("dispute", payment_intent=intent)
    till.server.outside("close_dispute", dispute=dispute["id"], outcome="lost")
    books.read(till.account.account_id)
    assert sums()[Entry.Account.DISPUTES] == 2500
    balanced(till)


def test_a_payout_names_what_it_contains(books_of):
    """The owner sees what arrived when, for which payments."""
    till = books_of
    first, second = paid(till), paid(till, 4000, 200)
    made = till.server.outside("payout", account=till.account.account_id, include_pending=True)[0]
    payouts.refresh(till.account.account_id, made["id"])
    payouts.refresh(till.account.account_id, made["id"])
    row = Payout.objects.get()
    contained = PayoutItem.objects.filter(payout=row).values_list("posting__charge_id", "posting__net_minor")
    charges = {till.intent(each).latest_charge.id for each in (first, second)}
    assert {charge for charge, _net in contained} == charges
    assert sum(net for _charge, net in contained) == row.amount_minor
    assert (row.status, row.currency) == ("paid", "EUR")
    books.read(till.account.account_id)
    assert sums()[Entry.Account.BANK] == row.amount_minor
    assert sums().get(Entry.Account.BALANCE, 0) == 0
    balanced(till)


def test_a_payout_that_was_ordered_by_hand_is_noted_without_contents(books_of):
    """Stripe says of automatic ones alone what they contain."""
    till = books_of
    paid(till)
    account = till.account.account_id
    till.server.control("clock", advance=10 * 86_400)
    made = till.client.v1.payouts.create({"amount": 500, "currency": "eur"}, till.on)
    assert payouts.refresh_all(account) == 1
    payouts.refresh(account, made.id)
    assert not PayoutItem.objects.exists()
    assert (Payout.objects.get().amount_minor, Payout.objects.get().status) == (500, "pending")
    books.read(account)
    assert sums()[Entry.Account.BANK] == 500
    balanced(till)


def test_a_payout_that_failed_tells_the_owners_once(books_of):
    till = books_of
    paid(till)
    account, why = till.account.account_id, "account_closed"
    made = till.server.outside("payout", account=account, include_pending=True, outcome="failed", failure_code=why)[0]
    for _time in range(2):
        payouts.refresh(till.account.account_id, made["id"])
    assert payouts.refresh_all(till.account.account_id) == 0
    row = Payout.objects.get()
    assert (row.status, row.failure) == ("failed", "account_closed")
    told = OutgoingMail.objects.filter(key__startswith=f"payout:{made['id']}")
    assert told.count() == 1
    assert "account_closed" in told.get().text
    books.read(till.account.account_id)
    assert Entry.Account.BANK not in {account for account, amount in sums().items() if amount}
    balanced(till)


def test_two_tenants_books_are_two(stripe, alpha, beta):
    with tenant_context(alpha.tenant):
        paid(stripe)
        books.read(stripe.account.account_id)
        assert Posting.objects.count() == 1
    with tenant_context(beta.tenant):
        assert Posting.objects.count() == 0
        assert books.balances(stripe.account.account_id) == {}
