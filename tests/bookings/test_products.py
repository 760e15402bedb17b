"""Booking a service: any of its resources, or one that is named."""

from datetime import time

import pytest

from bookings import lifecycle
from bookings.models import Booking
from bookings.requests import HoldRequest
from kernel.errors import Invalid, NotFound, Refused
from tests.bookings.scenes import digest, held, slot
from venues.models import OpeningHours, Product, Rate, Resource


def refused(request: HoldRequest) -> Refused:
    """The refusal of a hold that changes nothing."""
    before = digest()
    with pytest.raises(Refused) as caught:
        lifecycle.hold(request)
    assert digest() == before
    return caught.value


def test_a_service_takes_the_first_of_its_resources_that_is_free(in_alpha):
    """R05"""
    booked = [lifecycle.hold(HoldRequest(slot(10), product_id=in_alpha.tennis)) for _ in range(2)]
    assert [booking.resource_id for booking in booked] == [in_alpha.court_1, in_alpha.court_2]
    assert {booking.product_id for booking in booked} == {in_alpha.tennis}
    assert refused(HoldRequest(slot(10), product_id=in_alpha.tennis)).code == "held"


def test_first_means_first_in_the_order_that_the_owner_gave_them(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(position=2)
    Resource.objects.filter(pk=in_alpha.court_2).update(position=1)
    assert lifecycle.hold(HoldRequest(slot(10), product_id=in_alpha.tennis)).resource_id == in_alpha.court_2


def test_a_resource_that_cannot_be_booked_is_passed_over(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(is_active=False)
    assert lifecycle.hold(HoldRequest(slot(10), product_id=in_alpha.tennis)).resource_id == in_alpha.court_2
    Rate.objects.filter(resource=in_alpha.court_2).delete()
    assert refused(HoldRequest(slot(12), product_id=in_alpha.tennis)).code == "resource_unknown"


def test_a_resource_that_is_closed_is_passed_over(in_alpha):
    OpeningHours.objects.create(resource_id=in_alpha.court_1, weekday=0, opens=time(5), closes=time(6))
    assert lifecycle.hold(HoldRequest(slot(10), product_id=in_alpha.tennis)).resource_id == in_alpha.court_2


def test_the_reason_is_that_of_the_first_resource(in_alpha):
    held(in_alpha.court_1, slot(10, 30))
    Resource.objects.filter(pk=in_alpha.court_2).update(lead_minutes=100_000)
    assert refused(HoldRequest(slot(10), product_id=in_alpha.tennis)).code == "held"


def test_one_of_its_resources_can_be_asked_for(in_alpha):
    booking = lifecycle.hold(HoldRequest(slot(10), resource_id=in_alpha.court_2, product_id=in_alpha.tennis))
    assert booking.resource_id == in_alpha.court_2
    assert refused(HoldRequest(slot(10), resource_id=in_alpha.court_2, product_id=in_alpha.tennis)).code == "held"


def test_a_resource_that_does_not_offer_it_is_refused(in_alpha):
    refusal = refused(HoldRequest(slot(10), resource_id=in_alpha.hall, product_id=in_alpha.tennis))
    assert (type(refusal), refusal.code) == (Invalid, "product_elsewhere")


@pytest.mark.parametrize("minutes", [30, 90, 120])
def test_a_service_has_one_length(in_alpha, minutes):
    assert refused(HoldRequest(slot(10, minutes=minutes), product_id=in_alpha.tennis)).code == "duration"


def test_a_service_that_is_gone_or_not_offered_any_more_is_unknown(in_alpha):
    """R34"""
    unknown = refused(HoldRequest(slot(10), product_id=10**9))
    Product.objects.filter(pk=in_alpha.tennis).update(is_active=False)
    withdrawn = refused(HoldRequest(slot(10), product_id=in_alpha.tennis))
    assert [(type(refusal), refusal.code) for refusal in (unknown, withdrawn)] == [(NotFound, "product_unknown")] * 2


def test_a_service_without_resources_cannot_be_booked(in_alpha):
    empty = Product.objects.create(name="Empty", slug="empty", duration_minutes=60)
    assert refused(HoldRequest(slot(10), product_id=empty.pk)).code == "resource_unknown"


def test_one_person_may_take_several_courts_and_hears_of_them_when_none_is_left(in_alpha, guest):
    """R12: two courts for eight friends are two bookings; the third try names one that is theirs."""
    wish = HoldRequest(slot(10), product_id=in_alpha.tennis, customer=guest)
    taken = [lifecycle.hold(wish) for _ in range(2)]
    assert [booking.resource_id for booking in taken] == [in_alpha.court_1, in_alpha.court_2]
    refusal = refused(wish)
    assert (refusal.code, refusal.extra["booking"]) == ("held_by_you", str(taken[0].pk))
    assert Booking.objects.count() == 2
