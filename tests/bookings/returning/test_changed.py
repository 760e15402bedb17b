"""A change that makes a paid booking cheaper returns the difference, once; what comes next counts with what is here."""

from bookings import cancelling, changes
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from tests.bookings.returning.scene import at_stripe, credit_notes, money, paid, refunds_of, work_off
from tests.bookings.scenes import at


def test_an_hour_less_comes_back(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest, minutes=120)
    changes.change(booking, Change(end=at(11)), Actor.of(guest))
    assert money(booking) == ("paid", 5000, 2500, 0)
    assert work_off() == ["pay_back", "refund"]
    assert money(booking) == ("partially_refunded", 2500, 0, 0)
    assert refunds_of(booking) == [(2500, 250, "changed", "succeeded")]
    assert (at_stripe(stripe, payment)[:2], credit_notes(booking)) == ((2500, 250), [-2500])


def test_longer_again_while_it_is_on_its_way_is_to_be_paid(stripe, in_alpha, guest):
    """What is planned goes back; the new price counts with what is left."""
    booking, payment = paid(stripe, in_alpha, guest, minutes=120)
    changes.change(booking, Change(end=at(11)), Actor.of(guest))
    stripe.faults({"path": "/v1/refunds", "do": "timeout_before"})
    work_off(again=False)
    changes.change(booking, Change(end=at(12)), Actor.of(guest))
    row = Booking.objects.get(pk=booking.pk)
    assert (money(booking), row.due_minor) == (("deposit_paid", 5000, 0, 2500), 2500)
    stripe.faults()
    work_off()
    row = Booking.objects.get(pk=booking.pk)
    assert (money(booking), row.due_minor) == (("deposit_paid", 2500, 0, 0), 2500)
    assert at_stripe(stripe, payment)[0] == 2500


def test_longer_again_before_it_is_planned_costs_nothing(stripe, in_alpha, guest):
    booking, _payment = paid(stripe, in_alpha, guest, minutes=120)
    changes.change(booking, Change(end=at(11)), Actor.of(guest))
    changes.change(booking, Change(end=at(12)), Actor.of(guest))
    assert (work_off(), money(booking)) == (["pay_back"], ("paid", 5000, 0, 0))


def test_cancelled_while_the_difference_is_on_its_way_only_the_rest_follows(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest, minutes=120)
    changes.change(booking, Change(end=at(11)), Actor.of(guest))
    stripe.faults({"path": "/v1/refunds", "do": "timeout_after", "times": 1})
    work_off(again=False)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert money(booking)[1:] == (5000, 2500, 2500)
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)
    assert at_stripe(stripe, payment)[:2] == (5000, 500)
    assert [(amount, reason) for amount, _fee, reason, _state in refunds_of(booking)] == [
        (2500, "changed"),
        (2500, "cancelled"),
    ]


def test_after_goodwill_the_customer_asks_the_venue_before_changing(stripe, in_alpha, guest, home):
    """The price was agreed on: working it out anew would take the goodwill away."""
    booking, _payment = paid(stripe, in_alpha, guest, minutes=120)
    home("owner").post(f"/api/v1/admin/bookings/{booking.pk}/refunds/", {"amount": "5.00"})
    answer = home("guest").post(f"/api/v1/bookings/{booking.pk}/reschedule/", {"end_datetime": at(11).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (400, "price_agreed")
