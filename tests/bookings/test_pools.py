"""Units of a pool are alike: a wish fits wherever fewer are taken at once than there are."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Booking, Occupancy
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.scenes import at, began, digest, held, resource_in, slot, units_of
from venues.models import Resource, Venue


@pytest.fixture
def boats(in_alpha) -> Resource:
    """Three boats, for up to twelve hours."""
    return resource_in(Venue.objects.get(pk=in_alpha.venue), "boats", units=3, max_minutes=720)


def hours(first: int, last: int) -> Period:
    """From one full hour to another, a week ahead."""
    return slot(first, minutes=60 * (last - first))


def test_bookings_change_places_so_that_no_boat_is_stranded(boats):
    """R04: at every hour one boat is free, though no boat is free from ten to twelve: those after ten swap."""
    Resource.objects.filter(pk=boats.pk).update(units=2)
    early, long = held(boats.pk, hours(8, 10)), held(boats.pk, hours(8, 11))
    after = held(boats.pk, hours(11, 13))
    assert [units_of(booking) for booking in (early, long, after)] == [[0], [1], [0]]
    late = held(boats.pk, hours(10, 12))
    assert [units_of(booking) for booking in (early, long, late, after)] == [[0], [1], [0], [1]]


def test_who_has_begun_keeps_the_boat(boats):
    Resource.objects.filter(pk=boats.pk).update(units=2)
    first, second = held(boats.pk, hours(8, 12)), held(boats.pk, hours(8, 10))
    began(first, timedelta(hours=1))
    now = database_now()
    Occupancy.objects.filter(booking=first).update(during=(now - timedelta(hours=1), at(12)))
    later = held(boats.pk, hours(12, 14))
    assert units_of(first) == [0]
    assert (units_of(second), units_of(later)) == ([1], [0])
    held(boats.pk, hours(10, 14))
    assert units_of(first) == [0]


def test_a_shared_class_takes_a_place_for_each_participant(in_alpha):
    """Twelve places: parties of five, four and three fill it; nobody more fits."""
    yoga = resource_in(Venue.objects.get(pk=in_alpha.venue), "yoga", units=12, capacity=12, is_shared=True)
    for party in (5, 4, 3):
        held(yoga.pk, hours(9, 10), participants=party)
    before = digest()
    with pytest.raises(Refused) as full:
        held(yoga.pk, hours(9, 10))
    assert (full.value.code, digest()) == ("held", before)
    assert Occupancy.objects.filter(resource=yoga).count() == 12


def test_two_places_left_are_too_few_for_three_and_enough_for_two(in_alpha):
    yoga = resource_in(Venue.objects.get(pk=in_alpha.venue), "yoga", units=4, capacity=4, is_shared=True)
    held(yoga.pk, hours(9, 10), participants=2)
    before = digest()
    with pytest.raises(Refused) as full:
        held(yoga.pk, hours(9, 10), participants=3)
    assert (full.value.code, digest()) == ("capacity", before)
    assert len(units_of(held(yoga.pk, hours(9, 10), participants=2))) == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(st.tuples(st.integers(8, 18), st.integers(1, 6), st.integers(1, 3)), min_size=1, max_size=14),
    units=st.integers(1, 4),
)
def test_a_wish_is_refused_only_where_too_many_are_taken_at_once(in_alpha, wishes, units):
    """Against counting hour by hour: any order, any lengths, parties of one to three."""
    venue = Venue.objects.get(pk=in_alpha.venue)
    number = Resource.objects.count()
    pool = resource_in(venue, f"pool-{number}", units=units, capacity=units, is_shared=True, max_minutes=720)
    taken: Counter[int] = Counter()
    for first, length, party in wishes:
        last = min(first + length, 20)
        fits = party <= units and all(taken[hour] + party <= units for hour in range(first, last))
        try:
            booking = held(pool.pk, hours(first, last), participants=party)
        except Refused:
            assert not fits
        else:
            assert fits
            assert len(units_of(booking)) == party
            taken.update(dict.fromkeys(range(first, last), party))
    assert Occupancy.objects.filter(resource=pool).count() == sum(
        b.participants for b in Booking.objects.filter(resource=pool)
    )
