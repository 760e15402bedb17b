"""Which resources may be parts of which: two levels, one venue, no circles, no pools."""

import pytest
from django.core.exceptions import ValidationError

from venues.models import Resource


@pytest.fixture
def make(in_alpha):
    """Makes a resource in Alpha's main venue without asking `clean`."""

    def resource(slug: str, **fields: object) -> Resource:
        return Resource.objects.create(**{"venue_id": in_alpha.venue, "name": slug, "slug": slug, **fields})

    return resource


def refusal(resource: Resource) -> dict[str, list[str]]:
    """The messages of `full_clean` by field; fails where it has none."""
    with pytest.raises(ValidationError) as caught:
        resource.full_clean()
    return caught.value.message_dict


def test_a_whole_its_halves_and_their_quarters_are_fine(make):
    whole = make("whole")
    half = make("half", parent=whole)
    quarter = make("quarter", parent=half)
    for resource in (whole, half, quarter):
        resource.full_clean()


def test_a_third_level_is_too_deep(make):
    quarter = make("quarter", parent=make("half", parent=make("whole")))
    eighth = Resource(venue=quarter.venue, name="eighth", slug="eighth", parent=quarter)
    assert list(refusal(eighth)) == ["parent"]


@pytest.mark.parametrize("levels", [1, 2])
def test_a_whole_cannot_move_below_another_if_its_parts_end_up_too_deep(make, levels):
    """Availability reads two levels: a third would be booked twice."""
    above = make("above")
    for level in range(3 - levels - 1):
        above = make(f"above-{level}", parent=above)
    whole = make("whole")
    below = whole
    for level in range(levels):
        below = make(f"below-{level}", parent=below)
    whole.parent = above
    assert list(refusal(whole)) == ["parent"]
    assert Resource.objects.get(pk=whole.pk).parent_id is None


def test_a_half_with_quarters_may_move_below_a_whole(make):
    half = make("half")
    make("quarter", parent=half)
    half.parent = make("whole")
    half.full_clean()


def test_nothing_is_its_own_part(make):
    court = make("court")
    court.parent = court
    assert list(refusal(court)) == ["parent"]


@pytest.mark.parametrize("length", [2, 3])
def test_a_circle_is_refused(make, length):
    first = last = make("first")
    for number in range(length - 1):
        last = make(f"next-{number}", parent=last)
    first.parent = last
    assert list(refusal(first)) == ["parent"]


def test_a_part_of_a_whole_in_another_venue_is_refused(make, in_alpha):
    foreign = make("annex-hall", venue_id=in_alpha.annex)
    part = Resource(venue_id=in_alpha.venue, name="part", slug="part", parent=foreign)
    assert list(refusal(part)) == ["parent"]


def test_a_whole_cannot_leave_its_parts_behind_in_another_venue(make, in_alpha):
    hall = Resource.objects.get(pk=in_alpha.hall)
    hall.venue_id = in_alpha.annex
    assert list(refusal(hall)) == ["venue"]


def test_a_pool_can_neither_have_parts_nor_be_one(make):
    pool = make("pool", units=3)
    assert list(refusal(Resource(venue=pool.venue, name="part", slug="part", parent=pool))) == ["parent"]
    whole = make("whole")
    assert list(refusal(Resource(venue=pool.venue, name="part", slug="part", parent=whole, units=2))) == ["units"]
    make("half", parent=whole)
    whole.units = 2
    assert list(refusal(whole)) == ["units"]
