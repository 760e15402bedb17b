"""Vouchers, gift credit, prepaid hours and stock of bookings that are changed."""

from datetime import timedelta

import pytest

from bookings import cancelling, lifecycle
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.lifecycle import Taking
from bookings.models import (
    Answer,
    BookingExtra,
    CreditEntry,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    VoucherUse,
)
from bookings.records import Actor
from bookings.requests import ExtraWish, Payment
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.changing import (
    again,
    beside,
    booked,
    changed,
    court,
    extra,
    history,
    money,
    previewed,
    refused,
    wish,
)
from tests.bookings.scenes import at, held, slot
from venues.models import CustomField, Pack, Quota, Voucher

YESTERDAY = timedelta(days=2)


def spent(booking):
    """Entries of gift credit, in order."""
    return list(CreditEntry.objects.filter(booking=booking).order_by("pk").values_list("amount_minor", flat=True))


def minutes(booking):
    """Entries of prepaid minutes, in order."""
    return list(HoursEntry.objects.filter(booking=booking).order_by("pk").values_list("minutes", flat=True))


def test_voucher_stays_used_once_and_good_though_used_up_over_and_withdrawn(in_alpha, guest, staff):
    """SimplyBook cannot move what was booked with a code."""
    first = court()
    voucher = Voucher.objects.create(code="HALF", percent_off=5000, most_uses=1)
    booking = booked(wish(first, slot(10), guest, payment=Payment(voucher="half")), "paid", staff)
    assert booking.total_minor == 1250
    Voucher.objects.update(valid_until=database_now().date() - YESTERDAY, is_active=False)
    new = changed(booking, Change(end=at(12)), Actor.of(guest))
    assert money(new) == (2500, 0, 1250, 1250, 0, "deposit_paid")
    [use] = VoucherUse.objects.all()
    assert (use.voucher_id, use.booking_id, use.amount_minor) == (voucher.pk, booking.pk, 2500)
    with pytest.raises(Refused, match="voucher_unknown"):
        held(first.pk, slot(15), customer=guest, payment=Payment(voucher="HALF"))


def test_voucher_does_not_go_where_it_is_not_good(in_alpha, guest, staff):
    first = court()
    second = beside(first, "second")
    Voucher.objects.create(code="TEN", amount_minor=1000, currency="EUR", minimum_minor=5000).resources.set([first])
    booking = booked(wish(first, slot(10, minutes=120), guest, payment=Payment(voucher="TEN")), "paid", staff)
    assert refused(booking, Change(resource_id=second.pk), Actor.of(guest)) == "voucher_elsewhere"
    assert refused(booking, Change(end=at(11)), Actor.of(guest)) == "voucher_minimum"


def test_gift_credit_is_taken_and_given_back_as_differences(in_alpha, guest, staff):
    first = court()
    credit = GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=6000, created_at=database_now())
    actor = Actor.of(guest)
    booking = booked(wish(first, slot(10, minutes=120), guest, payment=Payment(credit="GIFT")), "confirmed", staff)
    assert money(booking) == (5000, 5000, 0, 0, 0, "paid")
    said = previewed(booking, Change(end=at(13)), actor)
    assert (said.credit_delta_minor, said.due_now_minor) == (1000, 1500)
    assert money(changed(booking, Change(end=at(13)), actor)) == (7500, 6000, 0, 1500, 0, "deposit_paid")
    GiftCredit.objects.update(valid_until=database_now().date() - YESTERDAY)
    said = previewed(booking, Change(end=at(11)), actor)
    assert (said.credit_delta_minor, said.refund_minor) == (-3500, 0)
    assert money(changed(booking, Change(end=at(11)), actor)) == (2500, 2500, 0, 0, 0, "paid")
    # What is over pays no more than it did.
    assert money(changed(booking, Change(end=at(12)), actor)) == (5000, 2500, 0, 2500, 0, "deposit_paid")
    credit.refresh_from_db()
    assert (spent(booking), credit.balance_minor) == ([-5000, -1000, 3500], 3500)
    cancelling.cancel(booking, actor, Cancellation())
    credit.refresh_from_db()
    assert credit.balance_minor == 6000


def test_gift_credit_does_not_replace_money_that_was_paid(in_alpha, guest, staff):
    first = court()
    GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=1000, created_at=database_now())
    booking = booked(wish(first, slot(10), guest, payment=Payment(credit="GIFT")), "confirmed", staff)
    lifecycle.pay_on_site(booking, Taking(1500), staff)
    GiftCredit.objects.update(balance_minor=9000)
    new = changed(booking, Change(start=at(15)), Actor.of(guest))
    assert money(new) == (2500, 1000, 1500, 0, 0, "paid")
    assert money(changed(booking, Change(end=at(17)), Actor.of(guest))) == (5000, 3500, 1500, 0, 0, "paid")


def test_prepaid_minutes_are_taken_and_given_back_as_differences(in_alpha, guest, staff):
    first = court()
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=20000, currency="EUR")
    account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=150, created_at=database_now())
    actor = Actor.of(guest)
    request = wish(first, slot(10, minutes=120), guest, payment=Payment(hours_account=account.pk))
    booking = booked(request, "confirmed", staff)
    assert money(booking) == (0, 0, 0, 0, 0, "not_required")
    assert money(changed(booking, Change(end=at(13)), actor)) == (1250, 0, 0, 1250, 0, "unpaid")
    HoursAccount.objects.update(valid_until=database_now().date() - YESTERDAY)
    assert money(changed(booking, Change(end=at(11)), actor)) == (0, 0, 0, 0, 0, "not_required")
    assert money(changed(booking, Change(end=at(12)), actor)) == (2500, 0, 0, 2500, 0, "unpaid")
    account.refresh_from_db()
    assert (minutes(booking), account.minutes_left) == ([-120, -30, 90], 90)


def test_extras_are_the_full_new_list_and_required_ones_stay(in_alpha, guest, staff):
    first = court()
    cleaning = extra("Cleaning", first, 1500, is_required=True)
    racket, ball = extra("Racket", first, 500), extra("Ball", first, 100)
    booking = booked(wish(first, slot(10), guest, extras=(ExtraWish(racket.pk, 2),)), "paid", staff)
    assert booking.total_minor == 5000
    new = changed(booking, Change(extras=(ExtraWish(ball.pk, 3),)), Actor.of(guest))
    assert money(new) == (4300, 0, 5000, 0, 700, "paid")
    found = dict(BookingExtra.objects.filter(booking=booking).values_list("product_id", "quantity"))
    assert found == {cleaning.pk: 1, ball.pk: 3}
    assert refused(booking, Change(extras=(ExtraWish(ball.pk, 21),)), Actor.of(guest)) == "extra_quantity"


def test_stock_moves_with_the_booking_and_own_pieces_are_not_in_the_way(in_alpha, guest, stranger, staff):
    first = court()
    second = beside(first, "second")
    racket = extra("Racket", first, 500, stock=4)
    racket.offers.create(resource=second, least=1, most=20)
    booking = booked(wish(first, slot(10), guest, extras=(ExtraWish(racket.pk, 3),)), "confirmed", staff)
    actor = Actor.of(guest)
    booked(wish(second, slot(11), stranger, extras=(ExtraWish(racket.pk, 2),)), "confirmed", staff)
    assert changed(booking, Change(extras=(ExtraWish(racket.pk, 4),)), actor).total_minor == 4500
    assert refused(booking, Change(extras=(ExtraWish(racket.pk, 5),)), actor) == "extra_sold_out"
    assert refused(booking, Change(end=at(12)), actor) == "extra_sold_out"
    assert refused(booking, Change(resource_id=second.pk, start=at(11)), actor) == "booked"
    new = changed(booking, Change(extras=(ExtraWish(racket.pk, 2),), end=at(12)), actor)
    assert new.total_minor == 6000
    assert changed(booking, Change(resource_id=second.pk, start=at(12)), actor).total_minor == 6000


def test_answers_are_kept_added_and_taken_back(in_alpha, guest, staff):
    first = court()
    second = beside(first, "second")
    team = CustomField.objects.create(resource=first, label="Team")
    booking = booked(wish(first, slot(10), guest, answers={team.pk: "Reds"}), "confirmed", staff)
    coach = CustomField.objects.create(resource=first, label="Coach", is_required=True)
    actor = Actor.of(guest)
    assert changed(booking, Change(start=at(12)), actor).revision == 1
    assert changed(booking, Change(answers={coach.pk: "Ann"}), actor).revision == 2
    assert history(booking) == [("answers", "Team: Reds", "Team: Reds; Coach: Ann")]
    assert refused(booking, Change(answers={coach.pk: " "}), actor) == "answer_required"
    assert refused(booking, Change(answers={999_999: "x"}), actor) == "answer_unknown"
    changed(booking, Change(answers={team.pk: ""}), actor)
    assert list(Answer.objects.filter(booking=booking).values_list("field_id", "value")) == [(coach.pk, "Ann")]
    changed(booking, Change(resource_id=second.pk), actor)
    assert not Answer.objects.filter(booking=booking).exists()
    assert refused(booking, Change(resource_id=first.pk), actor) == "answer_required"


def test_quota_counts_the_booking_once_and_only_what_takes_more(in_alpha, guest, staff):
    first = court()
    Quota.objects.create(venue=first.venue, measure=Quota.Measure.MINUTES, span=Quota.Span.DAY, most=120)
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    actor = Actor.of(guest)
    changed(booking, Change(start=at(15), end=at(17)), actor)
    assert refused(booking, Change(end=at(18)), actor) == "quota"
    Quota.objects.update(most=60)
    assert refused(booking, Change(start=at(18)), actor) == "quota"
    changed(booking, Change(start=at(15, 30), end=at(17)), actor)
    changed(booking, Change(start=at(15, 30), end=at(18)), staff)
    assert again(booking).total_minor == 6250


def test_another_account_of_hours_takes_the_place_of_the_first(in_alpha, guest, staff):
    """While it is held: nobody pays with both."""
    first = court()
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=20000, currency="EUR")
    one, other = (
        HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=600, created_at=database_now())
        for _number in range(2)
    )
    booking = booked(wish(first, slot(10), guest, payment=Payment(hours_account=one.pk)), "held", staff)
    changed(booking, Change(payment=Payment(hours_account=other.pk)), Actor.of(guest))
    left = list(HoursAccount.objects.order_by("pk").values_list("minutes_left", flat=True))
    assert (left, minutes(booking)) == ([600, 540], [-60, 60, -60])
    changed(booking, Change(payment=Payment(hours_account=one.pk)), Actor.of(guest))
    assert list(HoursAccount.objects.order_by("pk").values_list("minutes_left", flat=True)) == [540, 600]


def test_another_gift_credit_takes_the_place_of_the_first(in_alpha, guest, staff):
    first = court()
    for code in ("ONE", "TWO"):
        GiftCredit.objects.create(code=code, currency="EUR", balance_minor=2000, created_at=database_now())
    booking = booked(wish(first, slot(10), guest, payment=Payment(credit="ONE")), "held", staff)
    new = changed(booking, Change(payment=Payment(credit="TWO")), Actor.of(guest))
    assert new.credit_minor == 2000
    assert dict(GiftCredit.objects.values_list("code", "balance_minor")) == {"ONE": 2000, "TWO": 0}


def test_means_can_be_let_go_of_while_it_is_held(in_alpha, guest, staff):
    """Whoever chose hours by mistake pays with money after all."""
    first = court()
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=20000, currency="EUR")
    account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=600, created_at=database_now())
    gift = GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=1000, created_at=database_now())
    Voucher.objects.create(code="TEN", amount_minor=1000, currency="EUR")
    used = booked(wish(first, slot(10), guest, payment=Payment(hours_account=account.pk)), "held", staff)
    assert changed(used, Change(without=frozenset({"hours"})), Actor.of(guest)).total_minor == 2500
    account.refresh_from_db()
    assert (account.minutes_left, minutes(used)) == (600, [-60, 60])
    codes = booked(wish(first, slot(14), guest, payment=Payment(voucher="TEN", credit="GIFT")), "held", staff)
    assert (codes.total_minor, codes.credit_minor) == (1500, 1000)
    new = changed(codes, Change(without=frozenset({"voucher", "credit"})), Actor.of(guest))
    assert (new.total_minor, new.credit_minor) == (2500, 0)
    gift.refresh_from_db()
    assert (gift.balance_minor, VoucherUse.objects.filter(booking=codes).count()) == (1000, 0)


def test_means_of_what_is_booked_stay(in_alpha, guest, staff):
    first = court()
    GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=1000, created_at=database_now())
    booking = booked(wish(first, slot(10), guest, payment=Payment(credit="GIFT")), "confirmed", staff)
    assert refused(booking, Change(without=frozenset({"credit"})), Actor.of(guest)) == "not_changeable"
    assert spent(booking) == [-1000]
