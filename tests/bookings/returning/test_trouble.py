"""Refunds that Stripe answers badly, late or never: one refund, or none and the money still owed (R30, I5)."""

from datetime import timedelta

import pytest

from billing.gateway import refunds as gateway
from billing.payments.models import Payment, Refund
from bookings import cancelling, returns
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.api.desk import ADMIN, under
from tests.bookings.returning.scene import BY_CARD, Card, at_stripe, mails, money, paid, refunds_of, work_off

REFUNDS = {"method": "POST", "path": "/v1/refunds"}


def given_up(till, world, guest, how=BY_CARD, percent=0):
    """A paid booking that was cancelled a moment ago."""
    booking, payment = paid(till, world, guest, how)
    under(booking.pk, {"minutes_before": 0, "percent": percent})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    return booking, payment


@pytest.mark.parametrize("charge_type", ["direct", "destination"])
@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        ({"do": "timeout_before"}, ["refund: APIConnectionError", "refund"]),
        ({"do": "timeout_after"}, ["refund: APIConnectionError", "refund"]),
        ({"do": "status", "status": 429}, ["refund: RateLimitError", "refund"]),
        ({"do": "status", "status": 409}, ["refund"]),
        ({"do": "status", "status": 500}, ["refund: APIError", "refund"]),  # kept under the key: another key
        ({"do": "status", "status": 500, "effect": True}, ["refund"]),  # made all the same: found by its name
    ],
    ids=str,
)
def test_one_refund_whatever_happens_on_the_way(stripe, in_alpha, guest, charge_type, fault, tries):
    """R30: the answer was cut off after Stripe had done it, or before, or Stripe failed."""
    stripe.reconnect(charge_type)
    booking, payment = given_up(stripe, in_alpha, guest, percent=4000)
    stripe.faults({**REFUNDS, **fault, "times": 1})
    assert work_off() == ["pay_back", *tries]
    assert at_stripe(stripe, payment) == (1500, 150, 1500 if charge_type == "destination" else 0)
    assert (len(stripe.refunds()), refunds_of(booking)) == (1, [(1500, 150, "cancelled", "succeeded")])
    assert money(booking) == ("partially_refunded", 1000, 0, 0)
    assert BookingEvent.objects.filter(booking=booking, act="refunded").count() == 1


def test_news_that_overtakes_the_answer_is_the_same_refund(stripe, in_alpha, guest):
    """The event comes while our own call hangs: it is known by its name, and the call that is made again finds it."""
    booking, payment = given_up(stripe, in_alpha, guest)
    stripe.faults({**REFUNDS, "do": "timeout_after", "times": 1})
    assert work_off(again=False) == ["pay_back", "refund: APIConnectionError"]
    for _time in range(2):
        returns.look(payment.pk)
        assert money(booking) == ("refunded", 0, 0, 0)
    assert work_off() == ["refund"]
    assert refunds_of(booking) == [(2500, 250, "cancelled", "succeeded")]


def test_after_a_day_stripe_has_forgotten_the_key_and_is_asked_first(stripe, in_alpha, guest):
    booking, _payment = given_up(stripe, in_alpha, guest)
    stripe.faults({**REFUNDS, "do": "timeout_after", "times": 1})
    work_off(again=False)
    Refund.objects.update(created_at=database_now() - timedelta(hours=25))
    stripe.server.control("clock", advance=25 * 3600)
    assert work_off() == ["refund"]
    assert (len(stripe.refunds()), money(booking)) == (1, ("refunded", 0, 0, 0))


def test_a_refund_that_waits_for_money_and_fails_is_owed_again(stripe, in_alpha, guest, home):
    """The venue's balance does not cover it: pending, and failed days later; people decide what then (7)."""
    stripe.server.control("settings", refunds="pending")
    booking, payment = given_up(stripe, in_alpha, guest)
    work_off()
    assert (money(booking), refunds_of(booking)) == (("refunded", 0, 0, 0), [(2500, 250, "cancelled", "pending")])
    [made] = stripe.refunds()
    stripe.server.outside("refund", refund=made.id, outcome="failed", reason="insufficient_funds")
    for _time in range(3):
        returns.look(payment.pk)
    assert money(booking) == ("paid", 2500, 2500, 0)
    assert Refund.objects.get().failure == "insufficient_funds"
    assert Payment.objects.get(pk=payment.pk).refunded_minor == 0
    assert [key.partition(":")[0] for key, _to in mails("refund-failed:")] == ["refund-failed"]
    assert work_off() == ["pay_back"]  # which does not try again by itself
    assert len(stripe.refunds()) == 1
    stripe.server.control("settings", refunds="by_balance")
    answer = home("owner").post(f"{ADMIN}{booking.pk}/refunds/", {"amount": "15.00"})
    assert answer.status_code == 201
    work_off()
    assert money(booking) == ("paid", 1000, 1000, 0)
    answer = home("front_desk").post(f"{ADMIN}{booking.pk}/payments/", {"amount": "-10.00", "way": "cash"})
    assert (answer.status_code, money(booking)) == (201, ("refunded", 0, 0, 0))


def test_a_refund_that_fails_two_days_after_it_succeeded_is_owed_again(stripe, in_alpha, guest):
    """refund.failed: the money came back to the venue; the owner hears of it."""
    booking, payment = given_up(stripe, in_alpha, guest, Card(card="pm_card_refundFail"), percent=4000)
    work_off()
    assert money(booking) == ("partially_refunded", 1000, 0, 0)
    stripe.server.control("clock", advance=3 * 86400)
    returns.look(payment.pk)
    assert money(booking) == ("paid", 2500, 1500, 0)
    assert refunds_of(booking) == [(1500, 150, "cancelled", "failed")]
    assert at_stripe(stripe, payment)[0] == 0
    told = BookingEvent.objects.filter(booking=booking, act="refunded").values_list("why", flat=True)
    assert [why.partition(":")[0] for why in told] == ["15.00", "15.00"]
    assert len(mails("refund-failed:")) == 1


def test_a_refund_that_stripe_will_never_make_is_left_to_people(stripe, in_alpha, guest):
    """A code, a letter to the owner, and it stays owed: the desk can give it back in another way."""
    booking, payment = given_up(stripe, in_alpha, guest)
    Payment.objects.filter(pk=payment.pk).update(intent_id="pi_unknown")
    assert work_off() == ["pay_back", "refund", "pay_back"]
    assert (money(booking), Refund.objects.get().failure) == (("paid", 2500, 2500, 0), "gone")
    assert len(mails("refund-failed:")) == 1
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert (work_off(), Refund.objects.count()) == ([], 1)


def test_an_account_that_is_gone_leaves_the_refund_to_people(stripe, in_alpha, guest):
    booking, payment = given_up(stripe, in_alpha, guest)
    stripe.server.outside("deauthorize", account=payment.account_id)
    work_off()
    assert (money(booking), Refund.objects.get().failure) == (("paid", 2500, 2500, 0), "account_revoked")
    assert len(mails("refund-failed:")) == 1


def test_a_pending_refund_that_goes_through_is_told_once(stripe, in_alpha, guest):
    stripe.server.control("settings", refunds="pending")
    booking, payment = given_up(stripe, in_alpha, guest)
    work_off()
    stripe.server.outside("refund", refund=stripe.refunds()[0].id, outcome="succeeded")
    for _time in range(2):
        returns.look(payment.pk)
    assert refunds_of(booking) == [(2500, 250, "cancelled", "succeeded")]
    assert money(booking) == ("refunded", 0, 0, 0)
    assert BookingEvent.objects.filter(booking=booking, act="refunded").count() == 1


def test_old_news_changes_nothing(stripe, in_alpha, guest):
    """R24: what was read before it failed is applied after it failed."""
    booking, payment = given_up(stripe, in_alpha, guest)
    work_off()
    old = gateway.of(gateway.Charged(payment.account_id, payment.intent_id, "EUR"))
    stripe.server.outside("refund", refund=old[0].refund_id, outcome="failed", reason="unknown")
    returns.look(payment.pk)
    returns._count(payment, old)
    assert money(booking) == ("paid", 2500, 2500, 0)
    assert refunds_of(booking)[0][3] == "failed"


def test_of_a_refund_that_waits_for_an_hour_the_owner_hears_once(stripe, in_alpha, guest):
    """I13: nothing is given up without somebody knowing."""
    given_up(stripe, in_alpha, guest)
    stripe.faults({**REFUNDS, "do": "timeout_before", "times": 3})
    work_off(again=False)
    assert mails("refund-late:") == []
    Refund.objects.update(created_at=database_now() - timedelta(hours=2))
    for _time in range(2):
        work_off(again=False)
    assert len(mails("refund-late:")) == 1
    assert work_off() == ["refund"]


def test_without_a_key_nothing_is_lost(stripe, in_alpha, guest, settings):
    """The platform's own key is wrong for an hour: the refunds wait."""
    booking, _payment = given_up(stripe, in_alpha, guest)
    good, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_live_wrong"
    assert work_off(again=False)[-1].startswith("refund: AuthenticationError")
    assert money(booking) == ("paid", 2500, 0, 2500)
    assert DueWork.objects.filter(kind="refund").count() == 1
    settings.STRIPE_SECRET_KEY = good
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)
    assert Booking.objects.get(pk=booking.pk).state == "cancelled"
