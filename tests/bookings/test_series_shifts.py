"""Moving this date of a series, this and those that follow, or all."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings import cancelling, series, shifts
from bookings.cancelling import Cancellation
from bookings.models import Booking, Series, SeriesDate
from bookings.records import Actor
from bookings.scopes import Reach, Scope
from bookings.series import Adding, Mode
from bookings.shifts import Shift
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from tests.bookings.scenes import HOUR, resource_in
from tests.bookings.series_scenes import asked, court, made, rows, soon, weeks
from tests.bookings.test_query_counts import counting
from tests.bookings.test_series import taken
from venues.models import Rate

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


@pytest.fixture
def five(in_alpha, guest):
    """Five weeks, of which somebody else has the second."""
    place = court()
    taken(place, soon() + WEEK)
    return made(asked(place, guest, "FREQ=WEEKLY;COUNT=5"), Mode.SKIP)


def hours(found):
    """The wall time and the resource of every date that has a booking; the wall time of the others."""
    listed = SeriesDate.objects.filter(series=found).select_related("booking").order_by("wall")
    return [f"{row.booking.start.astimezone(BERLIN):%H}" if row.booking else f"({row.wall[11:13]})" for row in listed]


def refused(work, *arguments):
    """The refusal, after which nothing is different."""
    before = rows()
    with pytest.raises(Refused) as caught:
        work(*arguments)
    assert rows() == before
    return caught.value


@pytest.mark.parametrize(
    ("scope", "week", "after"),
    [
        (Scope.THIS, 2, ["18", "(18)", "20", "18", "18"]),
        (Scope.FOLLOWING, 2, ["18", "(18)", "20", "20", "20"]),
        (Scope.FOLLOWING, 1, ["18", "(20)", "20", "20", "20"]),
        (Scope.ALL, None, ["20", "(20)", "20", "20", "20"]),
    ],
)
def test_these_dates_are_moved_and_no_others(five, guest, scope, week, after):
    reach = Reach(scope, None if week is None else soon() + week * WEEK)
    actor = Actor.of(guest)
    before = rows()
    foretold = shifts.preview(five.series, reach, Shift(time(20)), actor)
    assert rows() == before
    codes = set(five.series.bookings.values_list("reference_code", flat=True))
    done = shifts.move(five.series, reach, Shift(time(20)), Mode.ATOMIC, actor)
    assert [(one.left, one.preview and one.preview.delta_minor) for one in done] == [
        (one.left, one.preview and one.preview.delta_minor) for one in foretold
    ]
    assert hours(five.series) == after
    assert [row.wall[:10] for row in five.series.dates.order_by("wall")] == weeks(soon(), 5)
    assert set(five.series.bookings.values_list("reference_code", flat=True)) == codes


def test_a_date_that_is_tried_again_is_tried_at_the_new_time(five, guest):
    actor = Actor.of(guest)
    shifts.move(five.series, Reach(Scope.ALL), Shift(time(20)), Mode.ATOMIC, actor)
    series.add_dates(Series.objects.get(pk=five.series.pk), Adding((soon() + WEEK, soon() + 5 * WEEK)), actor)
    assert hours(five.series) == ["20"] * 6


def test_all_dates_go_to_another_resource_each_at_its_price(five, guest):
    other = resource_in(five.series.resource.venue, "other", capacity=4)
    Rate.objects.create(resource=other, amount_minor=4000, valid_from=soon() + 3 * WEEK)
    done = shifts.move(five.series, Reach(Scope.ALL), Shift(resource_id=other.pk), Mode.ATOMIC, Actor.of(guest))
    assert [one.preview.delta_minor for one in done if one.preview] == [0, 0, 1500, 1500]
    assert set(five.series.bookings.values_list("resource", flat=True)) == {other.pk}
    assert Series.objects.get(pk=five.series.pk).resource == other
    assert hours(five.series) == ["18", "(18)", "18", "18", "18"]


def test_a_conflict_refuses_all_or_stays_where_it_is(five, guest):
    taken(five.series.resource, soon() + 3 * WEEK, 20)
    actor, reach = Actor.of(guest), Reach(Scope.ALL)
    refusal = refused(shifts.move, five.series, reach, Shift(time(20)), Mode.ATOMIC, actor)
    assert refusal.code == "series_conflicts"
    assert refusal.extra == {"conflicts": [{"date": (soon() + 3 * WEEK).isoformat(), "reason": "booked"}]}
    foretold = shifts.preview(five.series, reach, Shift(time(20)), actor)
    assert [one.conflict for one in foretold] == ["", "", "", "booked", ""]
    shifts.move(five.series, reach, Shift(time(20)), Mode.SKIP, actor)
    assert hours(five.series) == ["20", "(20)", "20", "18", "20"]


def test_what_is_over_cancelled_or_moved_by_itself_is_left_alone(five, guest):
    actor = Actor.of(guest)
    first, third, fourth, _fifth = five.bookings
    start = database_now().replace(second=0, microsecond=0) - HOUR
    Booking.objects.filter(pk=first.pk).update(start=start, end=start + 2 * HOUR)
    SeriesDate.objects.filter(booking=first).update(wall=f"{start.astimezone(BERLIN):%Y-%m-%dT%H:%M}")
    cancelling.cancel(third, actor, Cancellation())
    shifts.move(five.series, Reach(Scope.THIS, booking_id=fourth.pk), Shift(time(8)), Mode.ATOMIC, actor)
    moved = Booking.objects.get(pk=fourth.pk)
    assert f"{moved.start.astimezone(BERLIN):%H}" == "08"
    Booking.objects.filter(pk=fourth.pk).update(start=moved.start + HOUR, end=moved.end + HOUR)
    done = shifts.move(five.series, Reach(Scope.ALL), Shift(time(20)), Mode.ATOMIC, actor)
    assert [one.left for one in done] == ["past", "skipped", "cancelled", "moved", ""]
    alone = refused(
        shifts.move, five.series, Reach(Scope.THIS, booking_id=first.pk), Shift(time(20)), Mode.ATOMIC, actor
    )
    assert alone.code == "not_changeable"


def test_a_time_that_the_clocks_skip_is_a_conflict(in_alpha, guest):
    done = made(asked(court(), guest, "FREQ=WEEKLY;COUNT=52", first=soon(6)))
    foretold = shifts.preview(done.series, Reach(Scope.ALL), Shift(time(2)), Actor.of(guest))
    assert {one.conflict for one in foretold} == {"", "clock_change"}
    assert {one.row.wall[5:7] for one in foretold if one.conflict} == {"03"}


def test_a_shift_says_what_is_different(five, guest):
    refusal = refused(shifts.move, five.series, Reach(Scope.ALL), Shift(), Mode.ATOMIC, Actor.of(guest))
    assert (type(refusal), refusal.code) == (Invalid, "nothing_to_change")


def test_moving_52_dates_takes_a_bounded_number_of_queries(in_alpha, guest):
    done = made(asked(court(), guest, "FREQ=WEEKLY;COUNT=52"))
    with counting() as statements:
        shifts.move(done.series, Reach(Scope.ALL), Shift(time(20)), Mode.ATOMIC, Actor.of(guest))
    assert hours(done.series) == ["20"] * 52
    assert len(statements) <= 30 + 25 * 52, len(statements)
