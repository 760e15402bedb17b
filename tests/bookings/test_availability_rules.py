"""The rules one by one: grid, length, lead time, horizon, capacity, buffers, pools, parts and wholes, long bookings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.facts import Reason, Wish
from kernel.periods import Period
from tests.bookings.oracle import Oracle
from tests.bookings.scenes import Place, facts, resource_in, shown
from tests.busy import taken_elsewhere
from venues.models import OpeningHours, Resource

NOW = datetime(2027, 1, 15, 10, 30, tzinfo=UTC)
TUESDAY = date(2027, 6, 1)
BERLIN = "Europe/Berlin"


def utc(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    """A time of a summer's day in Berlin, as an instant."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour - 2, minutes=minute)


def wish(hour: int, minute: int = 0, minutes: int = 60, people: int = 1) -> Wish:
    """A wish on the Tuesday, Berlin time."""
    return Wish(Period(utc(hour, minute), utc(hour, minute) + timedelta(minutes=minutes)), people)


def busy(resource: Resource, start: datetime, end: datetime, unit: int = 0) -> None:
    """Time that an outside calendar takes."""
    taken_elsewhere(resource.pk, start, end, unit)


def starts(resource: Resource, minutes: int = 60, now: datetime = NOW, people: int = 1) -> list[str]:
    """Free starts on the Tuesday on the wall in Berlin; the oracle is asked as well."""
    found = [w.period.start for w in facts(resource, TUESDAY, now).free(minutes, people)]
    assert found == Oracle(resource.pk, TUESDAY, now, beyond=minutes // 1440 + 2).free(minutes, people)
    return [text[:5] for text in shown(found, BERLIN)]


def test_starts_lie_on_the_grid_counted_from_each_opening_time(in_alpha):
    court = Place(
        spans=[(time(7, 10), time(9)), (time(10), time(11, 45))], fields={"grid_minutes": 25, "min_minutes": 25}
    ).make()
    assert starts(court, 25) == ["07:10", "07:35", "08:00", "08:25", "10:00", "10:25", "10:50", "11:15"]
    known = facts(court, TUESDAY, NOW)
    assert known.reason(wish(7, 30, 25)) is Reason.GRANULARITY
    assert known.reason(wish(7, 35, 25)) is None


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [
        (30, Reason.DURATION),
        (59, Reason.DURATION),
        (60, None),
        (75, Reason.DURATION),
        (90, None),
        (120, None),
        (150, Reason.DURATION),
        (1440, Reason.DURATION),
    ],
)
def test_lengths_go_in_steps_of_the_grid_from_the_shortest_to_the_longest(in_alpha, minutes, reason):
    court = Place(fields={"grid_minutes": 30, "min_minutes": 60, "max_minutes": 120}).make()
    assert facts(court, TUESDAY, NOW).reason(wish(10, minutes=minutes)) is reason


def test_seconds_are_no_length(in_alpha):
    court = Place().make()
    odd = Wish(Period(utc(10), utc(11) + timedelta(seconds=30)))
    assert facts(court, TUESDAY, NOW).reason(odd) is Reason.DURATION


def test_a_booking_ends_at_closing_time_at_the_latest(in_alpha):
    court = Place(spans=[(time(9), time(12))]).make()
    assert starts(court) == ["09:00", "10:00", "11:00"]
    assert starts(court, 120) == ["09:00", "10:00"]
    assert facts(court, TUESDAY, NOW).reason(wish(11, minutes=120)) is Reason.CLOSED
    assert facts(court, TUESDAY, NOW).reason(wish(8)) is Reason.CLOSED


def test_a_booking_does_not_run_through_a_break_but_through_spans_that_touch(in_alpha):
    lunch = Place(spans=[(time(9), time(12)), (time(13), time(15))]).make("lunch")
    through = Place(spans=[(time(9), time(12)), (time(12), time(15))]).make("through")
    assert starts(lunch, 120) == ["09:00", "10:00", "13:00"]
    assert starts(through, 120) == ["09:00", "10:00", "11:00", "12:00", "13:00"]


def test_after_midnight_the_hours_of_the_evening_before_still_count(in_alpha):
    club = Place(spans=[(time(22), time(2))]).make()
    assert starts(club) == ["00:00", "01:00", "22:00", "23:00"]
    assert starts(club, 120) == ["00:00", "22:00", "23:00"]


def test_lead_time_is_real_time_from_now_to_the_start(in_alpha):
    court = Place(spans=[(time(9), time(14))], fields={"lead_minutes": 90}).make()
    assert starts(court, now=utc(8, 30)) == ["10:00", "11:00", "12:00", "13:00"]
    assert starts(court, now=utc(8, 30) + timedelta(seconds=1)) == ["11:00", "12:00", "13:00"]
    assert facts(court, TUESDAY, utc(10)).reason(wish(11)) is Reason.LEAD_TIME


def test_the_past_is_too_soon_even_without_a_lead_time(in_alpha):
    court = Place(spans=[(time(9), time(14))]).make()
    assert starts(court, now=utc(11)) == ["11:00", "12:00", "13:00"]
    assert facts(court, TUESDAY, utc(11)).reason(wish(10)) is Reason.LEAD_TIME


def test_the_horizon_is_the_end_of_a_local_day(in_alpha):
    court = Place(spans=[(time(0), time(0))], fields={"horizon_days": 10}).make()
    just_enough, one_short = utc(0, day=date(2027, 5, 22)), utc(23, 59, day=date(2027, 5, 21))
    assert len(starts(court, now=just_enough)) == 24
    assert starts(court, now=one_short) == []
    assert facts(court, TUESDAY, one_short).reason(wish(12)) is Reason.TOO_FAR


def test_a_party_may_be_as_large_as_the_room_and_no_larger(in_alpha):
    room = Place(spans=[(time(9), time(11))], fields={"capacity": 4}).make()
    assert starts(room, people=4) == ["09:00", "10:00"]
    assert starts(room, people=5) == []
    assert facts(room, TUESDAY, NOW).reason(wish(9, people=5)) is Reason.CAPACITY


@pytest.mark.parametrize("people", [0, -1])
def test_a_party_of_nobody_is_refused(in_alpha, people):
    room = Place(spans=[(time(9), time(11))]).make()
    assert facts(room, TUESDAY, NOW).reason(wish(9, people=people)) is Reason.CAPACITY


def test_buffers_keep_time_free_on_both_sides(in_alpha):
    court = Place(
        spans=[(time(9), time(15))],
        fields={"grid_minutes": 15, "min_minutes": 60, "buffer_before_minutes": 15, "buffer_after_minutes": 30},
    ).make()
    busy(court, utc(11), utc(12))
    assert starts(court) == [
        "09:00",
        "09:15",
        "09:30",
        "12:15",
        "12:30",
        "12:45",
        "13:00",
        "13:15",
        "13:30",
        "13:45",
        "14:00",
    ]
    known = facts(court, TUESDAY, NOW)
    assert known.reason(wish(9, 45)) is Reason.BUFFER
    assert known.reason(wish(12)) is Reason.BUFFER
    assert known.reason(wish(10, 15)) is Reason.EXTERNAL_CALENDAR


def test_buffers_may_lie_outside_the_opening_hours(in_alpha):
    court = Place(
        spans=[(time(9), time(11))], fields={"buffer_before_minutes": 120, "buffer_after_minutes": 120}
    ).make()
    assert starts(court) == ["09:00", "10:00"]


def test_a_buffer_of_a_day_sees_what_happened_the_day_before_and_after(in_alpha):
    hall = Place(fields={"buffer_before_minutes": 1440, "buffer_after_minutes": 1440}).make()
    busy(hall, utc(10) - timedelta(days=1), utc(11) - timedelta(days=1))
    busy(hall, utc(20) + timedelta(days=1), utc(21) + timedelta(days=1))
    assert starts(hall) == [f"{hour:02}:00" for hour in range(11, 20)]


def test_a_pool_is_free_while_one_of_its_units_is(in_alpha):
    kayaks = Place(spans=[(time(9), time(12))], fields={"units": 2}).make()
    busy(kayaks, utc(9), utc(11), unit=0)
    assert starts(kayaks) == ["09:00", "10:00", "11:00"]
    busy(kayaks, utc(10), utc(12), unit=1)
    assert starts(kayaks) == ["09:00", "11:00"]
    known = facts(kayaks, TUESDAY, NOW)
    assert known.free_units(wish(9).period) == [1]
    assert known.free_units(wish(11).period) == [0]
    assert known.reason(wish(10)) is Reason.EXTERNAL_CALENDAR


def test_units_of_a_pool_are_alike_so_what_counts_is_how_many_are_taken_at_once(in_alpha):
    """Others change places where no single unit is free all the time (`bookings.pools`)."""
    kayaks = Place(spans=[(time(9), time(11))], fields={"units": 2}).make()
    busy(kayaks, utc(10), utc(11), unit=0)
    busy(kayaks, utc(9), utc(10), unit=1)
    assert starts(kayaks) == ["09:00", "10:00"]
    assert starts(kayaks, 120) == ["09:00"]
    assert facts(kayaks, TUESDAY, NOW).free_units(wish(9, minutes=120).period) == []


def test_a_whole_needs_every_part_and_a_part_the_wholes_above_it_on_both_levels(in_alpha):
    hall = Place(spans=[(time(9), time(14))]).make("hall")
    half, other_half = (resource_in(hall.venue, slug, parent=hall) for slug in ("half", "other-half"))
    quarter = resource_in(hall.venue, "quarter", parent=half)
    busy(hall, utc(9), utc(10))
    busy(half, utc(10), utc(11))
    busy(other_half, utc(11), utc(12))
    busy(quarter, utc(12), utc(13))
    assert starts(hall) == ["13:00"]
    assert starts(half) == ["11:00", "13:00"]
    assert starts(other_half) == ["10:00", "12:00", "13:00"]
    assert starts(quarter) == ["11:00", "13:00"]


@pytest.mark.parametrize("days_long", [1, 2, 3, 10, 31])
def test_a_booking_of_many_days_is_free_on_a_page_of_one_day(in_alpha, days_long):
    minutes = days_long * 1440
    hall = Place(
        spans=[(time(0), time(0))], fields={"grid_minutes": 720, "min_minutes": 1440, "max_minutes": 31 * 1440}
    ).make()
    assert starts(hall, minutes) == ["00:00", "12:00"]


def test_what_stands_in_the_way_of_a_long_booking_is_seen_weeks_ahead(in_alpha):
    hall = Place(
        spans=[(time(0), time(0))], fields={"grid_minutes": 1440, "min_minutes": 1440, "max_minutes": 31 * 1440}
    ).make()
    taken = utc(10) + timedelta(days=20)
    busy(hall, taken, taken + timedelta(hours=1))
    assert starts(hall, 20 * 1440) == ["00:00"]
    assert starts(hall, 21 * 1440) == []


def test_a_month_and_its_days_say_the_same(in_alpha):
    court = Place(spans=[(time(22), time(2))]).make()
    busy(court, utc(23), utc(25))
    month = facts(court, date(2027, 6, 1), NOW, date(2027, 6, 30)).free(60)
    by_day = [w for day in range(30) for w in facts(court, TUESDAY + timedelta(days=day), NOW).free(60)]
    assert list(month) == by_day
    assert len(by_day) == 4 * 30 - 2


def test_hours_of_a_date_reach_into_the_day_after_it(in_alpha):
    court = Place(spans=[(time(9), time(12))]).make()
    OpeningHours.objects.create(
        venue=court.venue, date=TUESDAY - timedelta(days=1), opens=time(20), closes=time(3), note="Long night"
    )
    assert starts(court) == ["00:00", "01:00", "02:00", "09:00", "10:00", "11:00"]
