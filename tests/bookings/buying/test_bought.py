"""A pack or a membership is paid by card: once, on the terms that were shown, matched as money of bookings is (R26)."""

from datetime import timedelta

import pytest

from accounts.models import User
from billing.payments.models import Payment
from bookings import asking, buying, checkout, following
from bookings.models import CustomerFile, HoursEntry, Purchase
from bookings.moves import RECEIPT
from bookings.purchases.granting import today
from kernel.errors import Forbidden, NotFound, Refused
from schemas.clock import database_now
from tests.bookings.buying.scene import (
    again,
    begun,
    bought,
    days_of,
    minutes_of,
    money,
    paid,
    papers_of,
    refunds_of,
    started,
)
from tests.bookings.paying.scenes import forge, perform
from tests.till import Till
from venues.models import Membership, MembershipPlan, Pack


def test_paid_pack_is_in_the_account_with_its_receipt(till: Till, guest: User, pack: Pack) -> None:
    purchase = bought(till, guest, pack)
    perform(RECEIPT)
    assert (money(purchase), minutes_of(guest)) == (("paid", 20_000), [600])
    assert [(entry.minutes, entry.booking_id) for entry in HoursEntry.objects.all()] == [(600, None)]
    assert papers_of(purchase) == [("receipt", 20_000, 3193)]
    payment = Payment.objects.get(booking_id=purchase.pk)
    assert (payment.purpose, payment.amount_minor, payment.fee_minor) == ("purchase", 20_000, 2000)
    [intent] = till.intents()
    assert intent.metadata["forecourt_purchase"] == str(purchase.pk)
    assert "forecourt_booking" not in intent.metadata


def test_hours_last_as_long_as_was_agreed(till: Till, guest: User, pack: Pack) -> None:
    purchase = begun(guest, pack)
    attempt = paid(till, purchase)
    Pack.objects.update(minutes=60, price_minor=1, valid_days=1)
    checkout.look(attempt.pk)
    account = again(purchase).account
    assert (account.minutes_left, account.valid_until) == (600, today(database_now()) + timedelta(days=365))


def test_membership_begins_today_and_another_one_follows_it(till: Till, guest: User, club: MembershipPlan) -> None:
    first = bought(till, guest, club)
    assert days_of(guest) == [(0, 29)]
    second = bought(till, guest, club)
    assert days_of(guest) == [(0, 59)]
    day = today(database_now())
    assert (first.last_day, second.first_day) == (day + timedelta(days=29), day + timedelta(days=30))


def test_told_as_often_as_one_likes_it_is_given_once(till: Till, guest: User, pack: Pack) -> None:
    """R22"""
    purchase = begun(guest, pack)
    attempt = paid(till, purchase)
    for _time in range(3):
        checkout.look(attempt.pk)
        following.follow(attempt.pk)
    assert (money(purchase), minutes_of(guest), refunds_of(purchase)) == (("paid", 20_000), [600], [])


def test_two_tabs_are_one_purchase_and_one_intent(till: Till, guest: User, pack: Pack) -> None:
    """I4"""
    first, second = begun(guest, pack), begun(guest, pack)
    assert first == second
    assert started(first).intent.id == started(second).intent.id
    assert Purchase.objects.count() == Payment.objects.count() == 1


def test_other_terms_are_another_purchase_and_money_for_the_old_one_goes_back(
    till: Till, guest: User, pack: Pack
) -> None:
    old = begun(guest, pack)
    attempt = paid(till, old)
    Pack.objects.update(price_minor=25_000)
    new = begun(guest, pack)
    checkout.look(attempt.pk)
    assert (money(old), money(new), minutes_of(guest)) == (("dropped", 0), ("open", 0), [])
    assert refunds_of(old) == [(20_000, "cancelled", "wanted")]


def test_attempt_for_terms_that_are_over_is_closed_at_stripe(till: Till, guest: User, pack: Pack) -> None:
    attempt = started(begun(guest, pack)).payment
    Pack.objects.update(price_minor=25_000)
    begun(guest, pack)
    perform("payment")
    attempt.refresh_from_db()
    assert (attempt.state, [intent.status for intent in till.intents()]) == ("cancelled", ["canceled"])


@pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_authenticationRequired"])
def test_refused_or_asked_card_gives_nothing_and_can_be_tried_again(
    till: Till, guest: User, pack: Pack, card: str
) -> None:
    purchase = begun(guest, pack)
    opened = started(purchase)
    till.pay(opened.intent.id, card)
    assert checkout.look(opened.payment.pk).state == "open"
    assert (money(purchase), minutes_of(guest)) == (("open", 0), [])
    assert started(purchase).intent.id == opened.intent.id


def test_money_of_somebody_else_buys_nothing(till: Till, guest: User, pack: Pack) -> None:
    """R26, T34: another amount with the same names on it."""
    purchase = begun(guest, pack)
    opened = started(purchase)
    forged = forge(till, dict(opened.intent.metadata), 100)
    checkout.look(opened.payment.pk, forged)
    assert (money(purchase), minutes_of(guest)) == (("open", 0), [])
    assert checkout.find(till.scope, {**opened.intent.metadata, "forecourt_purchase": str(opened.payment.pk)}) is None


def test_member_without_end_can_buy_no_days(till: Till, guest: User, club: MembershipPlan) -> None:
    Membership.objects.create(group=club.group, user=guest)
    with pytest.raises(Refused) as refused:
        begun(guest, club)
    assert (refused.value.code, Purchase.objects.count()) == ("member_already", 0)


def test_money_of_who_became_a_member_without_end_meanwhile_goes_back(
    till: Till, guest: User, club: MembershipPlan
) -> None:
    purchase = begun(guest, club)
    attempt = paid(till, purchase)
    Membership.objects.create(group=club.group, user=guest)
    checkout.look(attempt.pk)
    assert (money(purchase), days_of(guest)) == (("open", 0), [(None, None)])
    assert refunds_of(purchase) == [(3000, "twice", "wanted")]


def test_what_is_not_on_sale_cannot_be_bought(till: Till, guest: User, pack: Pack) -> None:
    Pack.objects.update(is_active=False)
    with pytest.raises(NotFound):
        begun(guest, pack)
    Pack.objects.update(is_active=True)
    purchase = begun(guest, pack)
    Pack.objects.update(is_active=False)
    with pytest.raises(Refused) as refused:
        buying.ask(purchase.pk, "intent", asking.Payer())
    assert (refused.value.code, Payment.objects.count()) == ("purchase_over", 0)


def test_who_is_blocked_buys_nothing(till: Till, guest: User, pack: Pack) -> None:
    CustomerFile.objects.create(customer=guest, blocked_at=database_now())
    with pytest.raises(Forbidden) as refused:
        begun(guest, pack)
    assert (refused.value.code, Purchase.objects.count()) == ("customer_blocked", 0)
