"""The short way out says what the long way would say (R01, R05)."""

import pytest

from bookings import lifecycle, plans, rivals
from bookings.models import Booking
from bookings.requests import HoldRequest
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.scenes import GUEST, held, let_lapse, slot
from venues.models import Product, Resource


def short(request: HoldRequest, ignoring: frozenset = frozenset()) -> str:
    """The code of the short way out, empty where it says nothing."""
    product = plans.product_of(request)
    try:
        rivals.refuse_if_gone(request, product, plans.candidates(request, product), database_now(), ignoring)
    except Refused as refusal:
        return refusal.code
    return ""


def long(request: HoldRequest) -> str:
    """The code of the plan's own refusal."""
    with pytest.raises(Refused) as refused:
        lifecycle.hold(request)
    return refused.value.code


@pytest.fixture
def taken(in_alpha, stranger) -> Booking:
    """Court 1 is held by somebody."""
    return held(in_alpha.court_1, slot(10), customer=stranger)


def test_the_same_time_of_somebody_else_is_held_or_booked(in_alpha, guest, stranger, taken):
    wish = HoldRequest(slot(10), in_alpha.court_1, customer=guest)
    assert short(wish) == long(wish) == "held"
    lifecycle.submit(taken, GUEST, lifecycle.SYSTEM)
    assert short(wish) == long(wish) == "booked"


def test_ones_own_booking_is_named(in_alpha, stranger, taken):
    wish = HoldRequest(slot(10), in_alpha.court_1, customer=stranger)
    assert short(wish) == long(wish) == "held_by_you"
    assert short(HoldRequest(slot(10), in_alpha.court_1, holder="")) == "held"


def test_a_service_is_gone_when_all_its_courts_are(in_alpha, guest, stranger, taken):
    wish = HoldRequest(slot(10), product_id=in_alpha.tennis, customer=guest)
    assert short(wish) == ""
    held(in_alpha.court_2, slot(10), customer=stranger)
    assert short(wish) == long(wish) == "held"


def test_it_says_nothing_where_it_does_not_know(in_alpha, guest, stranger, taken):
    """Other times, holds that are over, replaced ones, pools, rules that come first."""
    assert short(HoldRequest(slot(10, minutes=90), in_alpha.court_1, customer=guest)) == ""
    assert short(HoldRequest(slot(11), in_alpha.court_1, customer=guest)) == ""
    assert short(HoldRequest(slot(10), in_alpha.court_1, participants=5, customer=guest)) == ""
    assert short(HoldRequest(slot(10), in_alpha.court_1, customer=guest), frozenset({taken.pk})) == ""
    for _unit in range(3):
        held(in_alpha.kayaks, slot(10), customer=stranger)
    assert short(HoldRequest(slot(10), in_alpha.kayaks, customer=guest)) == ""
    Resource.objects.filter(pk=in_alpha.court_1).update(lead_minutes=14 * 24 * 60)
    wish = HoldRequest(slot(10), in_alpha.court_1, customer=guest)
    assert (short(wish), long(wish)) == ("", "lead_time")
    Resource.objects.filter(pk=in_alpha.court_1).update(lead_minutes=0, is_active=False)
    assert (short(wish), long(wish)) == ("", "resource_unknown")


def test_a_hold_that_is_over_is_no_rival(in_alpha, guest, taken):
    let_lapse(taken)
    wish = HoldRequest(slot(10), in_alpha.court_1, customer=guest)
    assert short(wish) == ""
    assert lifecycle.hold(wish).start == slot(10).start
    assert Booking.objects.get(pk=taken.pk).state == "expired"


def test_a_service_without_a_resource_is_nobodys_loss(in_alpha, guest):
    """There is nothing to lock and nothing to lose, however long the locks of nothing took."""
    product = Product.objects.create(name="Empty", slug="empty", duration_minutes=60)
    assert short(HoldRequest(slot(10), product_id=product.pk, customer=guest)) == ""
