"""Vouchers, gift credit and prepaid hours: who may use them, what they take off, and when they come back."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings import cancelling, lifecycle
from bookings.cancelling import Cancellation
from bookings.models import Booking, VoucherUse
from bookings.plans import Stage, Terms, plan
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.pricing.shop import balance, credit, hours, member, minutes_left, told, voucher, wish
from tests.bookings.scenes import GUEST, at, digest, let_lapse
from venues.models import Resource, Voucher

BERLIN = ZoneInfo("Europe/Berlin")


def refused(request: HoldRequest) -> str:
    """The code with which a hold is refused; nothing has changed."""
    before = digest()
    with pytest.raises(Refused) as caught:
        lifecycle.hold(request)
    assert digest() == before
    return caught.value.code


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({"percent_off": 1000}, 2250),
        ({"percent_off": 10_000}, 0),
        ({"percent_off": 3333}, 1667),
        ({"amount_minor": 700, "currency": "EUR"}, 1800),
        ({"amount_minor": 9900, "currency": "EUR"}, 0),
        ({"percent_off": 1000, "minimum_minor": 2500}, 2250),
    ],
)
def test_voucher_takes_this_off(in_alpha, guest, fields, total):
    """Of 25.00; an amount never takes more than there is."""
    voucher(**fields)
    booking = lifecycle.hold(wish(in_alpha, customer=guest, voucher=" spring "))
    assert booking.total_minor == total
    assert told(booking) == [("rate", 2500), ("voucher", total - 2500)]
    assert VoucherUse.objects.get().amount_minor == 2500 - total


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"is_active": False}, "voucher_unknown"),
        ({"minimum_minor": 2501}, "voucher_minimum"),
        ({"amount_minor": 500, "currency": "USD"}, "voucher_elsewhere"),
        ({"most_uses": 0}, "voucher_used_up"),
    ],
)
def test_voucher_that_cannot_be_used_here_is_refused(in_alpha, guest, fields, code):
    voucher(**fields)
    assert refused(wish(in_alpha, customer=guest, voucher="SPRING")) == code


def test_voucher_of_another_resource_or_group_is_refused(in_alpha, guest, stranger):
    voucher("COURT2").resources.set([in_alpha.court_2])
    voucher("MEMBERS", group=member(stranger))
    assert refused(wish(in_alpha, customer=guest, voucher="COURT2")) == "voucher_elsewhere"
    assert refused(wish(in_alpha, customer=guest, voucher="MEMBERS")) == "voucher_for_group"
    assert refused(wish(in_alpha, customer=guest, voucher="NOBODY")) == "voucher_unknown"
    assert lifecycle.hold(wish(in_alpha, customer=stranger, voucher="MEMBERS")).total_minor == 2250


@pytest.mark.parametrize(
    ("first", "last", "hour", "minute", "code"),
    [
        (0, 0, 0, 0, None),
        (0, 0, 23, 59, None),
        (1, None, 23, 59, "voucher_not_yet"),
        (None, -1, 0, 0, "voucher_expired"),
        (1, 5, 12, 0, "voucher_not_yet"),
        (-5, -1, 12, 0, "voucher_expired"),
    ],
)
def test_voucher_counts_from_midnight_to_midnight_in_the_venues_zone(in_alpha, guest, first, last, hour, minute, code):
    """The day of booking counts, on the clock of the venue: 00:00 in Berlin is still yesterday in UTC."""
    day = database_now().astimezone(BERLIN).date()
    voucher(
        valid_from=None if first is None else day + timedelta(days=first),
        valid_until=None if last is None else day + timedelta(days=last),
    )
    now = datetime.combine(day, time(hour, minute), BERLIN)
    request = wish(in_alpha, customer=guest, voucher="SPRING")
    if code is None:
        assert plan(request, Terms(now)).price.total_minor == 2250
        return
    with pytest.raises(Refused) as caught:
        plan(request, Terms(now))
    assert caught.value.code == code


def test_use_is_given_back_when_the_booking_is_cancelled_expires_or_lapses(in_alpha, guest, stranger):
    voucher(most_uses=1)
    first = lifecycle.hold(wish(in_alpha, 9, customer=guest, voucher="SPRING"))
    assert refused(wish(in_alpha, 11, customer=stranger, voucher="SPRING")) == "voucher_used_up"
    let_lapse(first)
    second = lifecycle.hold(wish(in_alpha, 11, customer=stranger, voucher="SPRING"))
    assert refused(wish(in_alpha, 13, customer=guest, voucher="SPRING")) == "voucher_used_up"
    cancelling.cancel(second, Actor.of(stranger), Cancellation())
    third = lifecycle.hold(wish(in_alpha, 13, customer=guest, voucher="SPRING"))
    let_lapse(third)
    lifecycle.let_time_pass(third.pk)
    assert lifecycle.hold(wish(in_alpha, 15, customer=guest, voucher="SPRING")).total_minor == 2250


def test_voucher_for_each_customer_counts_accounts_and_addresses(in_alpha, guest, stranger):
    voucher(most_uses_each=1)
    lifecycle.hold(wish(in_alpha, 9, customer=guest, contact=Contact("", "Gina@Example.org", ""), voucher="SPRING"))
    assert refused(wish(in_alpha, 11, customer=guest, voucher="SPRING")) == "voucher_used_up"
    same_address = Contact("", "gina@example.ORG", "")
    assert refused(wish(in_alpha, 11, customer=stranger, contact=same_address, voucher="SPRING")) == "voucher_used_up"
    assert refused(wish(in_alpha, 11, voucher="SPRING")) == "voucher_needs_contact"
    assert lifecycle.hold(wish(in_alpha, 11, customer=stranger, voucher="SPRING")).total_minor == 2250


def test_voucher_that_takes_nothing_off_is_not_used_up(in_alpha, guest, stranger):
    voucher(most_uses=1, percent_off=1)
    Resource.objects.get(pk=in_alpha.court_1).rates.update(amount_minor=10)
    lifecycle.hold(wish(in_alpha, 9, customer=guest, voucher="SPRING"))
    assert VoucherUse.objects.count() == 0


def test_one_who_chooses_again_may_use_the_same_voucher_credit_and_hours(in_alpha, guest):
    """The hold that is replaced lets go of them first."""
    voucher(most_uses=1)
    gift, account = credit(500), hours(guest, 30)
    means = {"voucher": "SPRING", "credit": "GIFT", "hours_account": account.pk}
    first = lifecycle.hold(wish(in_alpha, 9, customer=guest, **means))
    again = lifecycle.hold(wish(in_alpha, 9, customer=guest, replaces=frozenset({first.pk}), **means))
    assert told(again) == told(first) == [("rate", 2500), ("pack", -1250), ("voucher", -125)]
    assert (balance(gift), minutes_left(account)) == (0, 0)


def test_gift_credit_pays_and_makes_nothing_cheaper(in_alpha, guest):
    gift = credit(4000)
    booking = lifecycle.hold(wish(in_alpha, customer=guest, credit="gift"))
    assert (booking.total_minor, booking.credit_minor, booking.due_minor) == (2500, 2500, 0)
    assert (booking.payment_state, balance(gift)) == ("paid", 1500)
    second = lifecycle.hold(wish(in_alpha, 12, customer=guest, credit="GIFT"))
    assert (second.credit_minor, second.due_minor, second.payment_state) == (1500, 1000, "deposit_paid")
    assert balance(gift) == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"currency": "USD"}, "credit_unknown"), ({"valid_until": datetime(2020, 1, 1).date()}, "credit_expired")],
)
def test_gift_credit_that_is_over_or_foreign_is_refused(in_alpha, guest, fields, code):
    credit(**fields)
    assert refused(wish(in_alpha, customer=guest, credit="GIFT")) == code
    assert refused(wish(in_alpha, customer=guest, credit="NONE")) == "credit_unknown"


def test_lapsed_hold_lets_go_of_the_credit_at_once(in_alpha, guest, stranger):
    """I9 for money: no worker has run, and the credit is there, in full, for quote and booking alike."""
    gift = credit(2500)
    lapsed = lifecycle.hold(wish(in_alpha, 9, customer=guest, credit="GIFT"))
    assert balance(gift) == 0
    let_lapse(lapsed)
    request = wish(in_alpha, 15, customer=stranger, credit="GIFT")
    assert plan(request, Terms(database_now())).price.credit_minor == 2500
    booking = lifecycle.hold(request)
    assert (booking.credit_minor, balance(gift)) == (2500, 0)
    lapsed.refresh_from_db()
    assert (lapsed.state, lapsed.credit_minor) == ("expired", 0)


def test_lapsed_hold_lets_go_of_the_hours_at_once(in_alpha, guest):
    account = hours(guest, 60)
    lapsed = lifecycle.hold(wish(in_alpha, 9, customer=guest, hours_account=account.pk))
    assert minutes_left(account) == 0
    let_lapse(lapsed)
    booking = lifecycle.hold(wish(in_alpha, 15, customer=guest, hours_account=account.pk))
    assert (booking.total_minor, minutes_left(account)) == (0, 0)


def test_credit_and_hours_come_back_with_a_cancellation(in_alpha, guest):
    gift, account = credit(1000), hours(guest, 30)
    booking = lifecycle.hold(wish(in_alpha, customer=guest, credit="GIFT", hours_account=account.pk))
    assert (balance(gift), minutes_left(account)) == (0, 0)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert (balance(gift), minutes_left(account)) == (1000, 30)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert (balance(gift), minutes_left(account)) == (1000, 30)


@pytest.mark.parametrize(
    ("left", "minutes", "off", "remaining"),
    [(600, 90, 3750, 510), (45, 90, 1875, 0), (60, 90, 2500, 0), (0, 90, 0, 0), (1, 90, 42, 0)],
)
def test_prepaid_minutes_pay_their_share_of_the_time(in_alpha, guest, left, minutes, off, remaining):
    account = hours(guest, left)
    booking = lifecycle.hold(wish(in_alpha, customer=guest, minutes=minutes, hours_account=account.pk))
    assert booking.total_minor == 3750 - off
    assert minutes_left(account) == remaining


def test_prepaid_hours_of_somebody_else_or_elsewhere_are_refused(in_alpha, guest, stranger):
    theirs, old = hours(stranger), hours(guest, valid_until=datetime(2020, 1, 1).date())
    elsewhere = hours(guest)
    elsewhere.pack.resources.set([in_alpha.hall])
    assert refused(wish(in_alpha, customer=guest, hours_account=theirs.pk)) == "hours_unknown"
    assert refused(wish(in_alpha, hours_account=theirs.pk)) == "hours_unknown"
    assert refused(wish(in_alpha, customer=guest, hours_account=2**62)) == "hours_unknown"
    assert refused(wish(in_alpha, customer=guest, hours_account=old.pk)) == "hours_expired"
    assert refused(wish(in_alpha, customer=guest, hours_account=elsewhere.pk)) == "hours_elsewhere"


def test_prepaid_hours_pay_the_main_resource_only(in_alpha, guest):
    account = hours(guest, 60)
    booking = lifecycle.hold(wish(in_alpha, customer=guest, also=(in_alpha.court_2,), hours_account=account.pk))
    assert told(booking) == [("rate", 2500), ("rate", 2500), ("pack", -2500)]


def test_free_booking_is_confirmed_at_once_and_one_that_credit_pays_is_paid(in_alpha, guest):
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False, pays_online=True)
    voucher("ALL", percent_off=10_000)
    credit(2500)
    free = lifecycle.book(wish(in_alpha, 9, customer=guest, voucher="ALL"))
    paid = lifecycle.book(wish(in_alpha, 11, customer=guest, credit="GIFT"))
    unpaid = lifecycle.book(wish(in_alpha, 13, customer=guest))
    states = [(booking.state, booking.payment_state) for booking in (free, paid, unpaid)]
    assert states == [("confirmed", "not_required"), ("confirmed", "paid"), ("held", "unpaid")]
    assert paid.paid_at == paid.created_at


def test_credit_that_covers_the_deposit_leaves_nothing_to_wait_for(in_alpha, guest):
    Resource.objects.filter(pk=in_alpha.court_1).update(
        needs_approval=False, pays_online=True, pays_on_site=False, deposit_percent=2000
    )
    credit(500)
    booking = lifecycle.book(wish(in_alpha, customer=guest, credit="GIFT"))
    assert (booking.deposit_minor, booking.due_now_minor, booking.due_minor) == (500, 0, 2000)
    assert (booking.state, booking.payment_state) == ("confirmed", "deposit_paid")


def test_voucher_limits_count_within_one_act(in_alpha, guest):
    """Two plans of one stage, as a series makes them: the second sees what the first takes."""
    voucher(most_uses=1)
    credit(3000)
    first = wish(in_alpha, 9, customer=guest, credit="GIFT")
    stage = Stage(first, None, Terms(database_now()))
    assert [stage.plan(first).price.credit_minor, stage.plan(first).price.credit_minor] == [2500, 500]
    limited = wish(in_alpha, 9, customer=guest, voucher="SPRING")
    stage = Stage(limited, None, Terms(database_now()))
    stage.plan(limited)
    with pytest.raises(Refused) as caught:
        stage.plan(limited)
    assert caught.value.code == "voucher_used_up"


def test_a_booking_that_was_confirmed_keeps_its_use(in_alpha, guest, stranger):
    voucher(most_uses=1)
    booking = lifecycle.submit(
        lifecycle.hold(wish(in_alpha, 9, customer=guest, voucher="SPRING")), GUEST, Actor.of(guest)
    )
    Booking.objects.filter(pk=booking.pk).update(state="completed", pending_reason="", start=at(9, ahead=-1))
    assert refused(wish(in_alpha, 11, customer=stranger, voucher="SPRING")) == "voucher_used_up"
    assert Voucher.objects.get().uses.count() == 1
