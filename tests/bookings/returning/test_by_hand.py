"""Staff give money back: of live bookings by lowering the price, of cancelled ones by lowering the fee."""

import pytest

from billing.payments.models import Refund
from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingChange, BookingEvent, BookingLine
from bookings.records import Actor
from tests.bookings.api.desk import ADMIN, OWN, under
from tests.bookings.api.desk import booked as booked_on_site
from tests.bookings.api.desk import paid as paid_at_desk
from tests.bookings.returning.scene import Card, at_stripe, money, paid, pay, refunds_of, work_off
from tests.bookings.scenes import digest


def give(home, booking, amount, who="owner", note="They waited"):
    """Status, code and body of a refund by hand."""
    answer = home(who).post(f"{ADMIN}{booking.pk}/refunds/", {"amount": amount, "note": note})
    told = answer.json()
    return answer.status_code, told.get("code"), told


@pytest.mark.parametrize("charge_type", ["direct", "destination"])
def test_goodwill_lowers_the_price_and_goes_back_by_itself(stripe, in_alpha, guest, home, charge_type):
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest)
    Booking.objects.filter(pk=booking.pk).update(tax_minor=399)
    BookingLine.objects.filter(booking=booking).update(vat=1900)
    status, _code, told = give(home, booking, "5.00")
    assert (status, told["refundable"], told["online"], told["under_way"]) == (201, "20.00", "20.00", "5.00")
    assert [(row["amount"], row["state"], row["note"], row["asked_by"]) for row in told["refunds"]] == [
        ("5.00", "wanted", "They waited", f"Olga Owner {in_alpha.canary}")
    ]
    row = Booking.objects.get(pk=booking.pk)
    assert (row.total_minor, row.tax_minor, row.due_minor, row.revision) == (2000, 319, 0, 1)
    lines = BookingLine.objects.filter(booking=booking).values_list("kind", "amount_minor", "vat")
    assert list(lines) == [("rate", 2500, 1900), ("agreed", -500, 1900)]
    assert work_off() == ["refund"]
    assert money(booking) == ("partially_refunded", 2000, 0, 0)
    assert refunds_of(booking) == [(500, 50, "by_hand", "succeeded")]
    assert at_stripe(stripe, payment) == (500, 50, 500 if charge_type == "destination" else 0)
    assert home("guest").get(f"{OWN}{booking.pk}/").json()["status"] == "paid"
    [happened] = BookingEvent.objects.filter(booking=booking, act="refunded")
    assert (happened.actor_kind, happened.actor_id) == ("staff", in_alpha.users["owner"])
    [lowered] = BookingEvent.objects.filter(booking=booking, act="changed")
    changes = BookingChange.objects.filter(event=lowered).values_list("field", "before", "after")
    assert list(changes) == [
        ("total_minor", "2500", "2000"),
        ("tax_minor", "399", "319"),
        ("refunding_minor", "0", "500"),
    ]


def test_tax_is_lowered_at_each_rate_in_proportion(stripe, in_alpha, guest, home):
    booking, _payment = paid(stripe, in_alpha, guest)
    BookingLine.objects.filter(booking=booking).update(amount_minor=1500, vat=1900)
    BookingLine.objects.create(booking=booking, position=9, kind="extra", label="Tea", amount_minor=1000, vat=700)
    assert give(home, booking, "10.00")[0] == 201
    lines = BookingLine.objects.filter(booking=booking, kind="agreed").values_list("amount_minor", "vat")
    assert sorted(lines) == [(-600, 1900), (-400, 700)]
    row = Booking.objects.get(pk=booking.pk)
    assert (row.total_minor, row.tax_minor) == (1500, 144 + 39)


def test_a_live_booking_that_is_refunded_as_a_whole_is_refunded(stripe, in_alpha, guest, home):
    booking, payment = paid(stripe, in_alpha, guest)
    assert give(home, booking, "25.00")[0] == 201
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)
    row = Booking.objects.get(pk=booking.pk)
    assert (row.state, row.total_minor, row.tax_minor) == ("confirmed", 0, 0)
    assert home("guest").get(f"{OWN}{booking.pk}/").json()["status"] == "refunded"
    assert at_stripe(stripe, payment)[:2] == (2500, 250)


def test_of_a_cancelled_booking_the_fee_that_is_kept_gets_lower(stripe, in_alpha, guest, home):
    booking, payment = paid(stripe, in_alpha, guest)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    assert money(booking) == ("partially_refunded", 1000, 0, 0)
    assert give(home, booking, "10.01")[:2] == (400, "amount_too_high")
    assert give(home, booking, "4.00")[0] == 201
    work_off()
    row = Booking.objects.get(pk=booking.pk)
    assert (row.fee_minor, row.owed_minor, *money(booking)) == (600, 0, "partially_refunded", 600, 0, 0)
    give(home, booking, "6.00")
    work_off()
    assert money(booking) == ("refunded", 0, 0, 0)
    assert at_stripe(stripe, payment)[:2] == (2500, 250)


def test_what_is_owed_already_is_given_first_and_costs_nothing_more(stripe, in_alpha, guest, home):
    """Before the clock came by, staff press the button: no more goes back than was owed."""
    booking, payment = paid(stripe, in_alpha, guest)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert give(home, booking, "15.00")[0] == 201
    assert work_off() == ["pay_back", "refund"]
    assert (Booking.objects.get(pk=booking.pk).fee_minor, at_stripe(stripe, payment)[0]) == (1000, 1500)
    assert refunds_of(booking) == [(1500, 150, "by_hand", "succeeded")]


def test_what_was_paid_at_the_desk_is_then_to_be_given_back_there(stripe, in_alpha, guest, home):
    booking = Booking.objects.get(pk=booked_on_site(home, in_alpha))
    paid_at_desk(home, str(booking.pk), "25.00")
    status, _code, told = give(home, booking, "5.00")
    assert (status, told["refundable"], told["online"], told["refund_due"]) == (201, "25.00", "0.00", "5.00")
    work_off()
    assert (money(booking), stripe.refunds()) == (("paid", 2500, 500, 0), [])
    paid_at_desk(home, str(booking.pk), "-5.00")
    assert money(booking) == ("paid", 2000, 0, 0)


def test_while_more_is_to_be_paid_what_was_paid_at_the_desk_makes_the_rest_less(stripe, in_alpha, guest, home):
    """Nothing is promised at the desk that the price needs; what is beyond it is."""
    booking = Booking.objects.get(pk=booked_on_site(home, in_alpha))
    paid_at_desk(home, str(booking.pk), "15.00")
    assert give(home, booking, "4.00")[2]["refund_due"] == "0.00"
    row = Booking.objects.get(pk=booking.pk)
    assert (row.total_minor, row.paid_minor, row.due_minor) == (2100, 1500, 600)
    assert give(home, booking, "8.00")[2]["refund_due"] == "2.00"
    row = Booking.objects.get(pk=booking.pk)
    assert (row.total_minor, row.due_minor, row.refund_due_minor) == (1300, 0, 200)
    assert row.returnable_minor == row.refund_due_minor


def test_who_gives_back_of_a_fee_claims_no_more_of_it(stripe, in_alpha, guest, home):
    """The fee is 20.00, 10.00 of it was paid at the desk: who gives back 4.00 keeps 6.00."""
    booking = Booking.objects.get(pk=booked_on_site(home, in_alpha))
    paid_at_desk(home, str(booking.pk), "10.00")
    under(booking.pk, {"minutes_before": 0, "percent": 8000})
    cancelling.cancel(Booking.objects.get(pk=booking.pk), Actor.of(guest), Cancellation())
    assert Booking.objects.get(pk=booking.pk).fee_minor == 2000
    assert give(home, booking, "4.00")[2]["refund_due"] == "4.00"
    row = Booking.objects.get(pk=booking.pk)
    assert (row.fee_minor, row.owed_minor, row.returnable_minor) == (600, 0, 400)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("25.01", "amount_too_high"),
        ("0.00", "amount_too_low"),
        ("-1.00", "invalid"),
        ("1.001", "invalid"),
        (5, "invalid"),
    ],
)
def test_what_makes_no_sense_changes_nothing(stripe, in_alpha, guest, home, amount, code):
    booking, _payment = paid(stripe, in_alpha, guest)
    before = digest()
    assert give(home, booking, amount)[:2] == (400, code)
    assert digest() == before
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("who", "note", "get", "post"),
    [
        ("owner", "", 200, (201, None)),
        ("front_desk", "They waited", 200, (201, None)),
        ("front_desk", " ", 200, (400, "reason_required")),
        ("accountant", "They waited", 200, (403, "permission_denied")),
        ("manager", "They waited", 403, (403, "permission_denied")),  # of another venue
        ("guest", "They waited", 403, (403, "permission_denied")),
        ("stranger", "They waited", 403, (403, "permission_denied")),
    ],
)
def test_who_may_give_back(stripe, in_alpha, guest, home, who, note, get, post):
    booking, _payment = paid(stripe, in_alpha, guest)
    assert home(who).get(f"{ADMIN}{booking.pk}/refunds/").status_code == get
    before = digest()
    assert give(home, booking, "5.00", who, note)[:2] == post
    assert (digest() == before) == (post[0] != 201)


def test_the_customer_sees_what_goes_back(stripe, in_alpha, guest, home):
    booking, _payment = paid(stripe, in_alpha, guest)
    give(home, booking, "5.00")
    work_off()
    [row] = home("guest").get(f"{OWN}{booking.pk}/refunds/").json()
    assert list(row) == ["id", "amount", "currency", "state", "reason", "created_at", "updated_at"]
    assert (row["amount"], row["currency"], row["state"], row["reason"]) == ("5.00", "EUR", "succeeded", "by_hand")
    assert home("stranger").get(f"{OWN}{booking.pk}/refunds/").status_code == 403


def test_a_hold_is_cancelled_and_not_refunded(stripe, in_alpha, guest, home):
    booking, _payment = paid(stripe, in_alpha, guest, Card(amount_minor=500))
    Booking.objects.filter(pk=booking.pk).update(state="pending", pending_reason="approval")
    before = digest()
    assert give(home, booking, "5.00")[:2] == (400, "wrong_state")
    assert digest() == before


def test_of_two_payments_the_newest_is_used_up_first(stripe, in_alpha, guest, home):
    booking, first = paid(stripe, in_alpha, guest, Card(amount_minor=1000))
    second = pay(stripe, booking)
    give(home, booking, "16.00")
    work_off()
    assert (at_stripe(stripe, first)[0], at_stripe(stripe, second)[0]) == (100, 1500)
