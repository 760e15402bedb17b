"""Cancelling this date of a series, this and those that follow, or all."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings import cancelling, series
from bookings.cancelling import Cancellation
from bookings.models import Booking, Occupancy, SeriesDate
from bookings.records import Actor
from bookings.scopes import Reach, Scope, cancel, preview_cancel
from bookings.series import Adding, Mode
from kernel.errors import Invalid, NotFound, Refused
from schemas.clock import database_now
from tests.bookings.scenes import HOUR
from tests.bookings.series_scenes import asked, at_six, court, dates_of, made, rows, soon
from tests.bookings.test_query_counts import counting
from tests.bookings.test_series import taken

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


@pytest.fixture
def five(in_alpha, guest):
    """Five weeks, of which somebody else has the second."""
    place = court()
    taken(place, soon() + WEEK)
    return made(asked(place, guest, "FREQ=WEEKLY;COUNT=5"), Mode.SKIP)


def states(found):
    """The state of every date, the skipped one as its reason."""
    return [skipped or state for _day, skipped, state in dates_of(found)]


@pytest.mark.parametrize(
    ("scope", "week", "after"),
    [
        (Scope.THIS, 2, ["confirmed", "booked", "cancelled", "confirmed", "confirmed"]),
        (Scope.FOLLOWING, 2, ["confirmed", "booked", "cancelled", "cancelled", "cancelled"]),
        (Scope.FOLLOWING, 1, ["confirmed", "booked", "cancelled", "cancelled", "cancelled"]),
        (Scope.ALL, None, ["cancelled", "booked", "cancelled", "cancelled", "cancelled"]),
    ],
)
def test_these_dates_are_cancelled_and_no_others(five, guest, scope, week, after):
    actor = Actor.of(guest)
    reach = Reach(scope, None if week is None else soon() + week * WEEK)
    before = rows()
    foretold = preview_cancel(five.series, reach, actor, Cancellation())
    assert rows() == before
    done = cancel(five.series, reach, actor, Cancellation())
    assert [(one.row.wall, one.settlement, one.left) for one in done] == [
        (one.row.wall, one.settlement, one.left) for one in foretold
    ]
    assert states(five.series) == after
    alive = after.count("confirmed")
    assert Occupancy.objects.filter(booking__series=five.series).count() == alive


def test_a_booking_says_from_where_on_as_well_as_a_day(five, guest):
    third = five.bookings[1]
    cancel(five.series, Reach(Scope.FOLLOWING, booking_id=third.pk), Actor.of(guest), Cancellation())
    assert states(five.series) == ["confirmed", "booked", "cancelled", "cancelled", "cancelled"]


def test_each_date_costs_what_its_own_terms_say(five, guest):
    """The first begins within 24 hours, which costs everything; the others are free."""
    soonest = five.bookings[0]
    start = database_now().replace(microsecond=0) + 2 * HOUR
    Booking.objects.filter(pk=soonest.pk).update(start=start, end=start + HOUR)
    wall = start.astimezone(BERLIN).replace(tzinfo=None)
    SeriesDate.objects.filter(booking=soonest).update(wall=wall.isoformat())
    done = cancel(five.series, Reach(Scope.ALL), Actor.of(guest), Cancellation())
    assert [one.settlement.fee_minor for one in done if one.settlement] == [2500, 0, 0, 0]
    assert [one.left for one in done] == ["", "skipped", "", "", ""]


def test_what_is_over_cancelled_or_moved_by_itself_is_left_alone_and_reported(five, guest):
    actor = Actor.of(guest)
    first, third, fourth, _fifth = five.bookings
    start = database_now().replace(microsecond=0) - HOUR
    Booking.objects.filter(pk=first.pk).update(start=start, end=start + HOUR)
    SeriesDate.objects.filter(booking=first).update(wall=start.astimezone(BERLIN).replace(tzinfo=None).isoformat())
    cancelling.cancel(third, actor, Cancellation())
    Booking.objects.filter(pk=fourth.pk).update(start=fourth.start + HOUR, end=fourth.end + HOUR)
    done = cancel(five.series, Reach(Scope.ALL), actor, Cancellation())
    assert [one.left for one in done] == ["past", "skipped", "cancelled", "moved", ""]
    assert sorted(states(five.series)) == ["booked", "cancelled", "cancelled", "confirmed", "confirmed"]
    moved = cancel(five.series, Reach(Scope.THIS, booking_id=fourth.pk), actor, Cancellation())
    assert [one.left for one in moved] == [""]


def test_cancelling_again_changes_nothing(five, guest):
    actor, reach = Actor.of(guest), Reach(Scope.ALL)
    cancel(five.series, reach, actor, Cancellation())
    before = rows()
    again = cancel(five.series, reach, actor, Cancellation())
    assert rows() == before
    assert [one.left for one in again] == ["cancelled", "skipped", "cancelled", "cancelled", "cancelled"]


def test_a_date_has_to_be_named(five, guest):
    before = rows()
    with pytest.raises(Invalid) as refused:
        cancel(five.series, Reach(Scope.THIS), Actor.of(guest), Cancellation())
    assert refused.value.code == "from_required"
    assert rows() == before


def test_a_date_that_the_series_has_not_or_that_was_skipped_cannot_be_cancelled(five, guest):
    before = rows()
    for day, kind, code in (
        (soon() + timedelta(days=1), NotFound, "date_unknown"),
        (soon() + WEEK, Refused, "not_cancellable"),
    ):
        with pytest.raises(Refused) as refused:
            cancel(five.series, Reach(Scope.THIS, day), Actor.of(guest), Cancellation())
        assert (type(refused.value), refused.value.code) == (kind, code)
    assert rows() == before


def test_a_cancelled_date_is_booked_again(five, guest):
    actor = Actor.of(guest)
    cancel(five.series, Reach(Scope.FOLLOWING, soon() + 3 * WEEK), actor, Cancellation())
    again = series.add_dates(five.series, Adding((soon() + 3 * WEEK,)), actor)
    assert states(five.series) == ["confirmed", "booked", "confirmed", "confirmed", "cancelled"]
    assert again.bookings[0].start == at_six(soon() + 3 * WEEK, BERLIN)
    assert five.series.bookings.count() == 5


def test_cancelling_52_dates_takes_as_many_queries_as_one_needs(in_alpha, guest):
    done = made(asked(court(), guest, "FREQ=WEEKLY;COUNT=52"))
    with counting() as statements:
        cancel(done.series, Reach(Scope.ALL), Actor.of(guest), Cancellation())
    assert Booking.objects.filter(series=done.series, state="cancelled").count() == 52
    assert len(statements) == 17, len(statements)
