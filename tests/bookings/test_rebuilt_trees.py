"""A court becomes part of a hall, or stops being one, while bookings lie ahead: nothing is sold twice."""

import pytest

from bookings import lifecycle
from bookings.requests import HoldRequest
from kernel.errors import Refused
from tests.bookings.scenes import digest, held, slot
from tests.worlds import World
from venues.models import Resource


def refusal(resource_id: int) -> str:
    """The code with which ten o'clock is refused; every row is as it was."""
    before = digest()
    with pytest.raises(Refused) as refused:
        lifecycle.hold(HoldRequest(slot(10), resource_id))
    assert digest() == before
    return refused.value.code


def test_a_court_that_becomes_part_of_a_booked_hall_is_not_free(in_alpha: World) -> None:
    """I1"""
    held(in_alpha.hall, slot(10))
    Resource.objects.filter(pk=in_alpha.court_1).update(parent=in_alpha.hall)
    assert refusal(in_alpha.court_1) == "held"
    assert held(in_alpha.court_1, slot(11)).resource_id == in_alpha.court_1


def test_a_quarter_of_a_court_that_becomes_part_of_a_booked_hall_is_not_free(in_alpha: World) -> None:
    """I1, two levels up."""
    held(in_alpha.hall, slot(10))
    Resource.objects.filter(pk=in_alpha.court_2).update(parent=in_alpha.court_1)
    Resource.objects.filter(pk=in_alpha.court_1).update(parent=in_alpha.hall)
    assert refusal(in_alpha.court_2) == "held"


def test_a_hall_is_not_free_while_its_new_part_is_booked(in_alpha: World) -> None:
    """I1"""
    held(in_alpha.court_1, slot(10))
    Resource.objects.filter(pk=in_alpha.court_1).update(parent=in_alpha.hall)
    assert refusal(in_alpha.hall) == "held"
    assert held(in_alpha.half_a, slot(10)).resource_id == in_alpha.half_a


def test_halves_of_a_hall_do_not_see_each_other(in_alpha: World) -> None:
    held(in_alpha.half_a, slot(10))
    assert held(in_alpha.half_b, slot(10)).resource_id == in_alpha.half_b
    assert refusal(in_alpha.hall) == "held"
