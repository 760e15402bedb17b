"""Disputes: no refund meanwhile, nothing returned twice in either order, and the owners told in time (R31)."""

from datetime import timedelta

import pytest

from billing.payments.models import Dispute, Payment, Refund
from bookings import cancelling, contested, returns
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent, StaffNote
from bookings.records import Actor
from schemas.clock import database_now
from tenants import speech
from tenants.models import DueWork, OutgoingMail
from tenants.zones import zone
from tests.bookings.api.desk import ADMIN, OWN, under
from tests.bookings.returning.scene import at_stripe, mails, money, paid, refunds_of, work_off

CHARGE_TYPES = ("direct", "destination")


def disputed(till, payment, **order):
    """The customer's bank complains, and we hear of it twice; Stripe's id of the dispute."""
    told = till.server.outside("dispute", payment_intent=payment.intent_id, **order)
    for _time in range(2):
        contested.look_at_disputes(payment.pk)
    return told["id"]


def decided(till, payment, dispute_id, outcome):
    """The bank decides, and we hear of it twice."""
    till.server.outside("close_dispute", dispute=dispute_id, outcome=outcome)
    for _time in range(2):
        contested.look_at_disputes(payment.pk)


def transferred(till):
    """What has been transferred to the venue and not reversed, in all."""
    transfers = till.server.look("state")["acct_1SandboxPlatform"].get("transfer", [])
    return sum(each["amount"] - each["amount_reversed"] for each in transfers)


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_what_is_owed_waits_for_the_bank(stripe, in_alpha, guest, charge_type, outcome):
    """Disputed first, cancelled then: goes out once it is won, and not at all once it is lost."""
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest)
    dispute = disputed(stripe, payment)
    assert money(booking) == ("disputed", 2500, 0, 0)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    assert (money(booking), stripe.refunds()) == (("disputed", 2500, 1500, 0), [])
    assert transferred(stripe) == 0
    decided(stripe, payment, dispute, outcome)
    work_off()
    row = Booking.objects.get(pk=booking.pk)
    if outcome == "won":
        assert money(booking) == ("partially_refunded", 1000, 0, 0)
        assert at_stripe(stripe, payment)[:2] == (1500, 150)
        assert transferred(stripe) == (1000 if charge_type == "destination" else 0)
    else:
        assert (money(booking), row.owed_minor) == (("refunded", 0, 0, 0), 1000)
        assert (stripe.refunds(), refunds_of(booking), transferred(stripe)) == ([], [], 0)
    assert BookingEvent.objects.filter(booking=booking, act="disputed").count() == 2
    assert [key.partition(":")[0] for key, _to in mails("dispute")] == ["dispute-opened", f"dispute-{outcome}"]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_after_a_refund_only_the_rest_is_disputed(stripe, in_alpha, guest, outcome):
    """Refunded first, disputed then: never more is returned than was paid (I5)."""
    booking, payment = paid(stripe, in_alpha, guest)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    dispute = disputed(stripe, payment)
    assert money(booking) == ("disputed", 1000, 0, 0)
    assert Dispute.objects.get().amount_minor == 1000
    decided(stripe, payment, dispute, outcome)
    kept = 1000 if outcome == "won" else 0
    assert money(booking) == ("partially_refunded" if kept else "refunded", kept, 0, 0)
    assert at_stripe(stripe, payment)[0] + (1000 - kept) <= 2500
    assert work_off() == []


def test_a_refund_on_its_way_meets_the_dispute_at_stripe(stripe, in_alpha, guest):
    """Planned a moment before the bank complained: Stripe refuses, it is owed again, and goes out once it is won."""
    booking, payment = paid(stripe, in_alpha, guest)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    returns.pay_back(booking.pk)
    told = stripe.server.outside("dispute", payment_intent=payment.intent_id)
    assert set(work_off()) == {"refund", "disputes", "pay_back"}
    assert Refund.objects.get().failure == "charge_disputed"
    assert money(booking) == ("disputed", 2500, 2500, 0)
    assert (mails("refund-failed:"), len(mails("dispute-opened:"))) == ([], 1)
    decided(stripe, payment, told["id"], "won")
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)
    assert at_stripe(stripe, payment)[0] == 2500


def test_by_hand_it_is_refused_while_the_bank_has_the_money(stripe, in_alpha, guest, home):
    booking, payment = paid(stripe, in_alpha, guest)
    dispute = disputed(stripe, payment)
    told = home("owner").get(f"{ADMIN}{booking.pk}/refunds/").json()
    assert (told["is_disputed"], told["refundable"], told["online"]) == (True, "0.00", "0.00")
    answer = home("owner").post(f"{ADMIN}{booking.pk}/refunds/", {"amount": "5.00"})
    assert (answer.status_code, answer.json()["code"]) == (400, "dispute_open")
    assert (money(booking), Refund.objects.count()) == (("disputed", 2500, 0, 0), 0)
    decided(stripe, payment, dispute, "won")
    assert money(booking) == ("paid", 2500, 0, 0)
    assert home("owner").post(f"{ADMIN}{booking.pk}/refunds/", {"amount": "5.00"}).status_code == 201


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
def test_the_venue_s_transfer_follows_the_money(stripe, in_alpha, guest, charge_type):
    """With destination charges the platform's balance is debited: it takes the transfer back, and gives it again."""
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest)
    whole = 2500 if charge_type == "destination" else 0
    assert transferred(stripe) == whole
    dispute = disputed(stripe, payment)
    work_off()
    assert (transferred(stripe), Dispute.objects.get().withdrawn_minor) == (0, 2500)
    decided(stripe, payment, dispute, "won")
    work_off()
    for _time in range(2):
        contested.move_transfer(Dispute.objects.get().pk)
    assert (transferred(stripe), Dispute.objects.get().withdrawn_minor) == (whole, 0)
    assert money(booking) == ("paid", 2500, 0, 0)


def test_a_won_dispute_that_the_platform_cannot_pay_for_now_is_tried_every_day_until_it_can(stripe, in_alpha, guest):
    """Destination charges: the platform's balance is short. Never given up, and seen by the reconciliation."""
    stripe.reconnect("destination")
    booking, payment = paid(stripe, in_alpha, guest)
    dispute = disputed(stripe, payment)
    work_off()
    decided(stripe, payment, dispute, "won")
    stripe.faults({"method": "POST", "path": "/v1/transfers", "do": "status", "status": 400, "times": 2})
    row = Dispute.objects.get()
    for _day in range(2):
        DueWork.objects.filter(kind="dispute_transfer").update(due_at=database_now())
        assert contested.move_transfer(row.pk) != ""
        work = DueWork.objects.get(kind="dispute_transfer")
        assert not work.is_dead
        assert timedelta(hours=23) < work.due_at - database_now() <= timedelta(days=1)
    assert transferred(stripe) == 0
    work_off()
    assert (transferred(stripe), money(booking)) == (2500, ("paid", 2500, 0, 0))


def test_a_live_booking_whose_dispute_is_lost_is_to_be_paid_again(stripe, in_alpha, guest, home):
    booking, payment = paid(stripe, in_alpha, guest)
    dispute = disputed(stripe, payment)
    decided(stripe, payment, dispute, "lost")
    row = Booking.objects.get(pk=booking.pk)
    assert (money(booking), row.due_minor) == (("unpaid", 0, 0, 0), 2500)
    assert home("guest").get(f"{OWN}{booking.pk}/").json()["status"] == "confirmed"
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert (work_off(), stripe.refunds()) == ([], [])


def test_an_inquiry_freezes_nothing(stripe, in_alpha, guest):
    """No money is away yet, and a refund may settle it: Stripe allows that."""
    booking, payment = paid(stripe, in_alpha, guest)
    disputed(stripe, payment, inquiry=True)
    assert money(booking) == ("paid", 2500, 0, 0)
    assert len(mails("dispute-opened:")) == 1
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)


def test_the_owner_hears_until_when_to_answer(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    disputed(stripe, payment, reason="product_not_received")
    dispute = Dispute.objects.get()
    letter = OutgoingMail.objects.get(key__startswith="dispute-opened:")
    here = zone("Europe/Berlin")
    until = f"{speech.day(dispute.evidence_due_at, here)}, {speech.clock(dispute.evidence_due_at, here)}"
    assert booking.reference_code in letter.subject
    assert all(words in letter.text for words in ("€25.00", "product not received", until))
    assert letter.to == f"owner@{in_alpha.canary}.example"


def test_of_money_that_was_returned_only_the_owner_hears(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    Booking.objects.filter(pk=booking.pk).update(paid_minor=0, payment_state="unpaid")
    Payment.objects.filter(pk=payment.pk).update(applied_at=None, returned_at=payment.succeeded_at)
    disputed(stripe, payment)
    assert (money(booking), len(mails("dispute-opened:"))) == (("unpaid", 0, 0, 0), 1)


def test_a_warning_of_fraud_proposes_a_refund_once(stripe, in_alpha, guest):
    """radar.early_fraud_warning.created: a note for the team and a letter, before there is a dispute."""
    booking, payment = paid(stripe, in_alpha, guest)
    stripe.server.outside("early_fraud_warning", payment_intent=payment.intent_id)
    for _time in range(2):
        contested.look_at_warnings(payment.pk)
    [note] = StaffNote.objects.filter(booking=booking)
    assert "made with stolen card" in note.text
    assert len(mails("fraud:")) == 1
    assert money(booking) == ("paid", 2500, 0, 0)
