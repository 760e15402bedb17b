"""What is free next of a resource, for somebody who stands at the desk."""

from datetime import datetime, time

import pytest

from bookings import gaps
from bookings.records import Actor
from tests.bookings.scenes import Place, at, confirmed, slot
from venues.models import Resource

pytestmark = pytest.mark.usefixtures("in_alpha")


@pytest.fixture
def court(in_alpha: object) -> Resource:
    """Open from 7 to 23, bookable by the half hour, an hour at least; customers book a day ahead."""
    fields: dict[str, object] = {"grid_minutes": 30, "min_minutes": 60, "max_minutes": 180, "lead_minutes": 1440}
    return Place(spans=((time(7), time(23)),), fields=fields).make()


def found(court: Resource, now: datetime) -> tuple[list[datetime], datetime] | None:
    """The starts and the end of the next gap."""
    gap = gaps.of([court.pk], now).get(court.pk)
    return (list(gap.starts), gap.until) if gap else None


@pytest.mark.parametrize(
    ("hour", "minute", "start"),
    [(14, 0, (14, 0)), (14, 7, (14, 0)), (14, 15, (14, 0)), (14, 16, (14, 30)), (14, 29, (14, 30))],
)
def test_nearest_start_on_the_grid_is_meant(court: Resource, hour: int, minute: int, start: tuple[int, int]) -> None:
    gap = gaps.of([court.pk], at(hour, minute))[court.pk]
    assert (gap.start, gap.is_now(at(hour, minute))) == (at(*start), True)
    assert gap.period.minutes == 60


def test_gap_ends_where_somebody_else_begins(court: Resource) -> None:
    confirmed(court.pk, slot(16), Actor.of(None))
    starts, until = found(court, at(14, 5)) or ([], at(0))
    assert (starts, until) == ([at(14), at(14, 30), at(15)], at(16))


def test_start_that_has_run_a_while_is_offered_where_the_next_is_too_late(court: Resource) -> None:
    confirmed(court.pk, slot(15), Actor.of(None))
    assert found(court, at(14, 25)) == ([at(14)], at(15))


def test_what_is_taken_now_is_free_after_it(court: Resource) -> None:
    confirmed(court.pk, slot(14), Actor.of(None))
    starts, until = found(court, at(14, 10)) or ([], at(0))
    assert starts[0] == at(15)
    assert until == at(23)
    assert not gaps.of([court.pk], at(14, 10))[court.pk].is_now(at(14, 10))


def test_gap_is_followed_for_twelve_hours_and_ends_with_the_day(court: Resource) -> None:
    assert (found(court, at(7)) or ([], at(0)))[1] == at(19)
    assert (found(court, at(20)) or ([], at(0)))[1] == at(23)


def test_nothing_is_free_when_it_is_closed_or_off_or_has_no_price(court: Resource) -> None:
    assert found(court, at(2)) is None
    assert found(court, at(22, 40)) is None
    court.rates.all().delete()
    assert found(court, at(14)) is None


def test_pool_says_how_many_are_free(court: Resource) -> None:
    Resource.objects.filter(pk=court.pk).update(units=3)
    confirmed(court.pk, slot(14), Actor.of(None))
    assert gaps.of([court.pk], at(14))[court.pk].units == 2


def test_lengths_go_up_to_what_is_free_and_to_the_longest(court: Resource) -> None:
    confirmed(court.pk, slot(16), Actor.of(None))
    now = at(14)
    facts = gaps.facts_of([court.pk], now)[court.pk]
    assert gaps.lengths(facts, at(14), now) == [60, 90, 120]
    assert gaps.lengths(facts, at(17), now) == [60, 90, 120, 150, 180]
    assert gaps.lengths(facts, at(15, 30), now) == []


def test_queries_are_the_same_for_one_and_for_all(court: Resource, django_assert_num_queries: object) -> None:
    ids = list(Resource.objects.values_list("pk", flat=True))
    for wanted in ([court.pk], ids):
        with django_assert_num_queries(4):  # type: ignore[operator]
            gaps.of(wanted, at(14))
    assert len(ids) > 5
    assert gaps.of([], at(14)) == {}
