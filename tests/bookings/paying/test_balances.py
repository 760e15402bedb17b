"""Deposits and what is left to pay, links to pay it, and what cannot be paid online at all."""

from datetime import timedelta

import pytest

from billing import accounts
from billing.payments import attempts
from billing.payments.models import Payment
from billing.subscriptions.models import Plan, StripeAccount, Subscription
from bookings import checkout, following, lifecycle
from bookings.api import payment_shapes
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import PaymentWay
from kernel.errors import Forbidden, Refused
from schemas.clock import database_now
from tenants.models import DueWork, OutgoingMail, Tenant
from tests.bookings.paying.scenes import PRICE, again, money, paid, perform, room, with_deposit
from tests.bookings.scenes import GUEST, digest, held, let_lapse, slot
from venues.models import Rate, Resource, Venue


def test_a_deposit_confirms_and_the_rest_is_a_payment_of_its_own(till, in_alpha):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    first = checkout.start(booking.pk)
    assert (first.payment.purpose, first.intent.amount_minor) == ("booking", 500)
    till.pay(first.intent.id)
    checkout.look(first.payment.pk)
    assert money(booking) == ("confirmed", "deposit_paid", 500)
    assert again(booking).paid_at is None
    rest = checkout.start(booking.pk)
    assert (rest.payment.purpose, rest.intent.amount_minor) == ("balance", 2000)
    till.pay(rest.intent.id)
    checkout.look(rest.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert again(booking).paid_at is not None


def test_when_the_rest_is_due_a_link_is_mailed_once(stripe, in_alpha):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    checkout.look(paid(stripe, booking).pk)
    due_at = again(booking).balance_due_at
    assert DueWork.objects.get(kind="balance", object_id=str(booking.pk)).due_at == due_at
    letters = OutgoingMail.objects.filter(key__startswith=f"balance:{booking.pk}")
    following.ask_for_balance(booking.pk)
    assert not letters.exists()
    Booking.objects.filter(pk=booking.pk).update(balance_due_at=database_now() - timedelta(seconds=1))
    perform("balance")
    following.ask_for_balance(booking.pk)
    letter = letters.get()
    assert letter.to == again(booking).customer.email
    assert "€20.00" in letter.text
    assert f"/bookings/{booking.pk}/" in letter.text


def test_nobody_is_asked_for_what_is_paid(stripe, in_alpha):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    checkout.look(paid(stripe, booking).pk)
    checkout.look(paid(stripe, booking).pk)
    Booking.objects.filter(pk=booking.pk).update(balance_due_at=database_now())
    following.ask_for_balance(booking.pk)
    assert not OutgoingMail.objects.filter(key__startswith="balance:").exists()


@pytest.mark.parametrize("way", ["on_site", "invoice"])
def test_who_pays_the_venue_in_another_way_is_not_asked_for_a_rest(stripe, in_alpha, way):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    state = {"state": "confirmed", "hold_expires_at": None, "confirmed_at": database_now()}
    Booking.objects.filter(pk=booking.pk).update(payment_way=way, balance_due_at=database_now(), **state)
    following.ask_for_balance(booking.pk)
    assert not OutgoingMail.objects.filter(key__startswith="balance:").exists()
    told = payment_shapes.money(again(booking), [], database_now())
    assert (told["overdue"], told["due"]) == (False, "25.00")
    Booking.objects.filter(pk=booking.pk).update(payment_way="online")
    assert payment_shapes.money(again(booking), [], database_now())["overdue"] is True


def test_link_is_not_mailed_while_nobody_could_pay_with_it(stripe, in_alpha):
    booking = room(in_alpha)
    accounts.disconnect(stripe.tenant)
    with pytest.raises(Refused) as refused:
        following.mail_link(booking, database_now())
    assert refused.value.code == "payment_unavailable"
    assert not OutgoingMail.objects.filter(key__startswith="pay-link:").exists()


def refusal(booking: Booking) -> str:
    """The code with which paying is refused; nothing has changed."""
    rows, attempts = digest(), Payment.objects.count()
    with pytest.raises(Refused) as refused:
        checkout.start(booking.pk)
    assert digest() == rows
    assert Payment.objects.count() == attempts
    return refused.value.code


def test_what_is_paid_is_not_paid_again(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    checkout.look(payment.pk)
    assert refusal(booking) == "already_paid"


def test_paid_and_not_told_yet_is_found_out_by_asking(stripe, in_alpha):
    booking = room(in_alpha)
    paid(stripe, booking)
    with pytest.raises(Refused) as refused:
        checkout.start(booking.pk)
    assert refused.value.code == "already_paid"
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_a_hold_that_is_over_is_not_paid(stripe, in_alpha):
    booking = room(in_alpha)
    let_lapse(booking)
    assert refusal(booking) == "hold_expired"
    following.let_time_pass(booking.pk)
    assert refusal(booking) == "hold_expired"


def test_what_costs_nothing_is_not_paid(stripe, in_alpha):
    Rate.objects.filter(resource=in_alpha.annex_room).update(amount_minor=0)
    assert refusal(room(in_alpha)) == "nothing_due"


def test_what_is_paid_on_site_only_is_not_paid_online(stripe, in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False)
    assert refusal(held(in_alpha.court_1, slot(10))) == "payment_unavailable"


def test_before_the_venue_says_yes_nothing_is_paid_and_then_it_is(stripe, in_alpha):
    Resource.objects.filter(pk=in_alpha.annex_room).update(needs_approval=True, pays_on_site=False)
    booking = room(in_alpha)
    assert refusal(booking) == "approval_required"
    lifecycle.submit(booking, GUEST, Actor.of(None))
    assert refusal(booking) == "approval_required"
    lifecycle.confirm(booking, Actor.of(None))
    assert money(booking) == ("pending", "unpaid", 0)
    checkout.look(paid(stripe, booking).pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


@pytest.mark.parametrize("state", ["cancelled", "no_show"])
def test_what_was_given_up_is_not_paid(stripe, in_alpha, state):
    booking = room(in_alpha)
    Booking.objects.filter(pk=booking.pk).update(state=state, hold_expires_at=None)
    assert refusal(booking) == "wrong_state"


@pytest.mark.parametrize("how", ["disconnected", "card_payments"])
def test_without_an_account_that_charges_the_hold_stays(stripe, in_alpha, how):
    booking = room(in_alpha)
    changed = {"disconnected_at": database_now()} if how == "disconnected" else {"card_payments": "inactive"}
    StripeAccount.objects.update(**changed)
    assert refusal(booking) == "payment_unavailable"
    assert again(booking).state == "held"
    lifecycle.submit(booking, GUEST, Actor.of(None))
    assert (again(booking).state, again(booking).payment_way) == ("confirmed", PaymentWay.ON_SITE)


def test_a_tenant_that_was_suspended_takes_no_money(stripe, in_alpha):
    booking = room(in_alpha)
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(state="suspended")
    with pytest.raises(Forbidden):
        checkout.start(booking.pk)
    assert not Payment.objects.exists()


def priced(in_alpha, currency: str, minor: int) -> Booking:
    """A hold of the room that costs so much in a currency."""
    Venue.objects.filter(pk=in_alpha.annex).update(currency=currency)
    Rate.objects.filter(resource=in_alpha.annex_room).update(amount_minor=minor)
    return room(in_alpha)


@pytest.mark.parametrize(
    ("currency", "minor", "at_stripe"),
    [("JPY", 2500, 2500), ("KWD", 7500, 7500), ("ISK", 2500, 250_000), ("HUF", 990_000, 990_000)],
)
def test_currencies_with_other_decimals(till, in_alpha, currency, minor, at_stripe):
    booking = priced(in_alpha, currency, minor)
    start = checkout.start(booking.pk)
    assert till.intent(start.intent.id).amount == at_stripe
    assert (start.intent.amount_minor, start.intent.currency) == (minor, currency)
    assert till.pay(start.intent.id) == "succeeded"
    checkout.look(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", minor)


def test_what_stripe_cannot_move_is_refused(stripe, in_alpha):
    assert refusal(priced(in_alpha, "KWD", 7501)) == "amount_not_chargeable"


def test_less_than_stripe_takes_is_refused(stripe, in_alpha):
    assert refusal(priced(in_alpha, "EUR", 49)) == "amount_too_small"


@pytest.mark.parametrize(("minor", "fee"), [(2500, 125), (2530, 127), (1, 0)])
def test_the_platforms_fee_is_a_part_of_it(till, in_alpha, minor, fee):
    """5 %, rounded as money is: halves up."""
    plan = Plan.objects.create(code="x", name="X", fee=500)
    Subscription.objects.create(tenant=in_alpha.tenant, plan=plan, updated_at=database_now())
    if minor == 1:
        assert attempts.fee_of(minor, 500, "EUR") == fee
        return
    booking = priced(in_alpha, "EUR", minor)
    start = checkout.start(booking.pk)
    assert till.intent(start.intent.id).application_fee_amount == start.payment.fee_minor == fee
