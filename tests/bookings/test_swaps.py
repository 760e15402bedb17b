"""Bookings change places, all of them or none."""

import pytest

from bookings import swaps
from bookings.models import Booking, BookingLine
from bookings.records import Actor
from bookings.requests import ExtraWish
from kernel.errors import Forbidden, Invalid, Refused
from tests.bookings.changing import again, assert_whole, beside, booked, court, extra, history, wish
from tests.bookings.scenes import at, digest, let_lapse, slot


def places(*bookings):
    """Resource, start and end, as they are now."""
    return [(b.resource.slug, b.start, b.end) for b in map(again, bookings)]


def swapped(bookings, actor):
    """Swap, and everything fits together after it."""
    before = places(*bookings)
    done = swaps.swap(bookings, actor)
    assert places(*bookings) == [*before[1:], before[0]]
    for booking in bookings:
        assert_whole(again(booking))
    return [(each.old_total_minor, each.booking.total_minor) for each in done]


def refused(bookings, actor):
    """The code; nothing has changed."""
    before = digest()
    with pytest.raises(Refused) as refusal:
        swaps.swap(bookings, actor)
    assert digest() == before
    return refusal.value.code


def test_staff_let_two_bookings_change_places_and_prices_stay(in_alpha, guest, stranger, staff):
    first = court()
    second = beside(first, "second", 4000)
    one = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    two = booked(wish(second, slot(11), stranger), "paid", staff)
    assert swapped([one, two], staff) == [(5000, 5000), (4000, 4000)]
    assert [again(b).payment_state for b in (one, two)] == ["paid", "paid"]
    assert again(one).reference_code == one.reference_code
    lines = list(BookingLine.objects.filter(booking=one).values_list("kind", "amount_minor"))
    assert lines == [("rate", 4000), ("agreed", 1000)]
    assert history(one) == [
        ("start", at(10).isoformat(), at(11).isoformat()),
        ("resource", "first", "second"),
    ]


def test_three_go_round_on_one_resource(in_alpha, guest, stranger, staff):
    first = court(buffer_before_minutes=10, buffer_after_minutes=20)
    found = [booked(wish(first, slot(10 + 2 * n), guest), "confirmed", staff) for n in range(3)]
    assert swapped(found, staff) == [(2500, 2500)] * 3
    assert [again(b).revision for b in found] == [1, 1, 1]


def test_own_bookings_are_priced_anew(in_alpha, guest, stranger, staff):
    first = court()
    second = beside(first, "second", 4000)
    one = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    two = booked(wish(second, slot(10), guest), "paid", staff)
    assert swapped([one, two], Actor.of(guest)) == [(5000, 4000), (4000, 5000)]
    assert (again(one).refund_due_minor, again(two).due_minor) == (1000, 1000)


def test_stock_is_counted_for_each_in_its_new_place(in_alpha, guest, staff):
    first = court()
    second = beside(first, "second")
    racket = extra("Racket", first, 500, stock=4)
    racket.offers.create(resource=second)
    both = [ExtraWish(racket.pk, 2)]
    one = booked(wish(first, slot(10), guest, extras=tuple(both)), "confirmed", staff)
    two = booked(wish(second, slot(10), guest, extras=tuple(both)), "confirmed", staff)
    three = booked(wish(second, slot(15), guest, extras=(ExtraWish(racket.pk, 3),)), "confirmed", staff)
    assert swapped([one, two], staff) == [(3500, 3500)] * 2
    assert refused([two, three], staff) == "extra_sold_out"


def test_swap_is_refused_as_a_whole(in_alpha, guest, stranger, staff):
    first = court()
    small = beside(first, "small", capacity=2)
    one = booked(wish(first, slot(10), guest, participants=4), "confirmed", staff)
    two = booked(wish(small, slot(12), guest, participants=1), "confirmed", staff)
    other = booked(wish(first, slot(15), stranger), "confirmed", staff)
    mine = Actor.of(guest)
    assert refused([one, two], mine) == "capacity"
    assert refused([one, other], mine) == "permission_denied"
    assert refused([one], staff) == refused([one, one], staff) == "swap_of_two"
    hold = booked(wish(first, slot(18), guest), "held", staff)
    let_lapse(hold)
    assert refused([one, hold], staff) == "hold_expired"
    Booking.objects.filter(pk=two.pk).update(state="cancelled")
    assert refused([one, two], staff) == "not_changeable"


def test_kinds_of_refusals(in_alpha, guest, stranger, staff):
    first = court()
    one = booked(wish(first, slot(10), guest), "confirmed", staff)
    two = booked(wish(first, slot(12), stranger), "confirmed", staff)
    with pytest.raises(Forbidden):
        swaps.swap([one, two], Actor.of(guest))
    with pytest.raises(Invalid):
        swaps.swap([one], staff)
