"""Something ends in the middle: between Stripe and our commit, before the answer, before a refund is noted."""

from pathlib import Path

import pytest

from accounts.models import User
from billing.payments import attempts
from billing.payments.models import Payment, Refund
from bookings import asking, buying, checkout, deskselling, returns
from bookings.models import Purchase
from kernel import failpoints
from tests.bookings.buying.scene import begun, bought, minutes_of, money, paid, refunds_of, started
from tests.bookings.paying.scenes import perform
from tests.till import Till
from venues.models import Pack


@pytest.fixture
def stumbles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this process's failpoints."""
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    return tmp_path


def test_answer_that_was_lost_is_asked_for_again_and_is_the_same_intent(
    till: Till, guest: User, pack: Pack, stumbles: Path
) -> None:
    purchase = begun(guest, pack)
    (stumbles / "checkout.created").write_text("raise")
    with pytest.raises(failpoints.Stumbled):
        started(purchase)
    assert Payment.objects.get().intent_id == ""
    [made] = till.intents()
    assert started(purchase).intent.id == made.id


def test_event_before_the_answer_finds_its_purchase(till: Till, guest: User, pack: Pack) -> None:
    """R20: Stripe made the intent, it is paid, and we have not heard its id."""
    purchase = begun(guest, pack)
    attempt = buying.ask(purchase.pk, "intent", asking.Payer(guest))
    made = attempts.create_intent(attempt, asking.label(attempt))
    assert till.pay(made.id) == "succeeded"
    assert checkout.find(till.scope, made.metadata) == attempt.pk
    checkout.look(attempt.pk, made.id)
    assert (money(purchase), minutes_of(guest)) == (("paid", 20_000), [600])


def test_worker_that_dies_before_the_commit_has_given_nothing(
    till: Till, guest: User, pack: Pack, stumbles: Path
) -> None:
    purchase = begun(guest, pack)
    attempt = paid(till, purchase)
    (stumbles / "checkout.applying").write_text("raise")
    with pytest.raises(failpoints.Stumbled):
        checkout.look(attempt.pk)
    assert (money(purchase), minutes_of(guest)) == (("open", 0), [])
    perform("payment")
    assert (money(purchase), minutes_of(guest)) == (("paid", 20_000), [600])


def test_refund_that_stripe_has_made_and_nobody_noted_is_made_once(
    till: Till, guest: User, pack: Pack, desk: User, stumbles: Path
) -> None:
    """R30"""
    purchase = bought(till, guest, pack)
    deskselling.take_back(purchase.pk, desk)
    refund = Refund.objects.get()
    (stumbles / "refund.made").write_text("raise")
    with pytest.raises(failpoints.Stumbled):
        returns.carry_out(refund.pk)
    assert (money(purchase), refunds_of(purchase)[0][2]) == (("returned", 20_000), "wanted")
    returns.carry_out(refund.pk)
    assert (money(purchase), refunds_of(purchase)) == (("returned", 0), [(20_000, "by_hand", "succeeded")])
    assert [each.amount for each in till.refunds()] == [20_000]


def test_page_at_stripe_is_paid_and_found(till: Till, guest: User, pack: Pack) -> None:
    """For those without scripts."""
    purchase = begun(guest, pack)
    opened = checkout.start_session(purchase.pk, ask=buying.ask)
    assert till.pay_page(opened.url) == 303
    checkout.look(opened.payment.pk)
    assert (money(purchase), minutes_of(guest)) == (("paid", 20_000), [600])
    assert Purchase.objects.count() == 1
