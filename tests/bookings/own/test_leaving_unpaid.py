"""Erasure of somebody who is buying: what a bank decides on is waited for, the rest cannot be paid any more."""

import pytest

from accounts.models import User
from billing.payments.models import Document, Payment, Refund
from bookings import checkout
from bookings.models import Purchase, WaitlistEntry
from bookings.moves import FOLLOW, RECEIPT
from bookings.own import erasing
from bookings.own.wiping import Whose
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.billing.debits import debit
from tests.bookings.buying.scene import again, begun, bought, minutes_of, paid, started
from tests.bookings.paying.scenes import perform
from tests.bookings.scenes import slot
from tests.till import Till
from tests.worlds import World
from venues.models import Pack


@pytest.fixture
def till(stripe: Till, in_alpha: World) -> Till:
    """Alpha at the Stripe sandbox."""
    return stripe


@pytest.fixture
def pack(in_alpha: World) -> Pack:
    """Ten hours for 200.00."""
    return Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")


def test_what_a_bank_decides_on_is_waited_for_and_nothing_is_changed(
    till: Till, in_alpha: World, guest: User, pack: Pack
) -> None:
    period = slot(18)
    entry = WaitlistEntry.objects.create(
        resource_id=in_alpha.court_1, earliest=period.start, latest=period.end, minutes=60, customer=guest,
        created_at=database_now(),
    )  # fmt: skip
    purchase = begun(guest, pack)
    opened = started(purchase)
    debit(till, opened.intent.id)
    checkout.look(opened.payment.pk)
    with pytest.raises(Refused) as refusal:
        erasing.erase(Whose(guest.email, guest))
    assert refusal.value.code == "payment_open"
    assert again(purchase).state == Purchase.State.OPEN
    assert User.objects.get(pk=guest.pk).is_active
    assert WaitlistEntry.objects.get(pk=entry.pk).state == "waiting"
    till.server.outside("debit", payment_intent=opened.intent.id, outcome="succeeds")
    checkout.look(opened.payment.pk)
    assert minutes_of(guest) == [600]
    erasing.erase(Whose(guest.email, guest))
    assert again(purchase).state == Purchase.State.PAID


def test_what_was_begun_cannot_be_paid_any_more(till: Till, guest: User, pack: Pack) -> None:
    purchase = begun(guest, pack)
    opened = started(purchase)
    erasing.erase(Whose(guest.email, guest))
    assert again(purchase).state == Purchase.State.DROPPED
    perform(FOLLOW)
    assert till.intent(opened.intent.id).status == "canceled"
    assert Payment.objects.get().state == Payment.State.CANCELLED


def test_money_that_comes_all_the_same_goes_back_and_nobody_is_written_to(till: Till, guest: User, pack: Pack) -> None:
    purchase = begun(guest, pack)
    payment = paid(till, purchase)
    erasing.erase(Whose(guest.email, guest))
    perform(FOLLOW)
    assert (again(purchase).state, minutes_of(guest)) == (Purchase.State.DROPPED, [])
    perform("refund")
    assert list(Refund.objects.values_list("payment", "amount_minor", "state")) == [(payment.pk, 20_000, "succeeded")]
    assert not OutgoingMail.objects.filter(to__contains="erased-").exists()


def test_receipt_that_is_written_afterwards_names_nobody(till: Till, guest: User, pack: Pack) -> None:
    bought(till, guest, pack)
    erasing.erase(Whose(guest.email, guest))
    perform(RECEIPT)
    paper = Document.objects.get()
    assert (paper.total_minor, paper.buyer, paper.buyer_email) == (20_000, "", "")
    assert not OutgoingMail.objects.filter(to__contains="erased-").exists()


def test_buyer_is_told_that_the_bank_refused(till: Till, guest: User, pack: Pack) -> None:
    opened = started(begun(guest, pack))
    debit(till, opened.intent.id)
    checkout.look(opened.payment.pk)
    till.server.outside("debit", payment_intent=opened.intent.id, outcome="fails")
    checkout.look(opened.payment.pk)
    checkout.look(opened.payment.pk)
    letter = OutgoingMail.objects.get(to=guest.email)
    assert letter.subject == "Your payment for Ten hours did not go through"
    assert f"/packs/{opened.payment.booking_id}/pay/" in letter.text
