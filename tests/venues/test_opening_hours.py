"""Which rows of opening hours count on a day, and which spans of wall time and of real time they make."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from venues.hours import Hours, Row, WallSpan, instants_of, rows_of
from venues.models import OpeningHours

VENUE, COURT, OTHER_COURT = 1, 10, 11
MONDAY = date(2027, 5, 3)
TUESDAY = MONDAY + timedelta(days=1)
BERLIN, LORD_HOWE, BEIRUT = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut")


def weekly(whose: str, opens: int, closes: int, weekday: int = 0) -> Row:
    """A weekly row in whole hours, of the venue or of the court."""
    return Row(*owner(whose), weekday, None, time(opens), time(closes))


def dated(whose: str, opens: int, closes: int, day: date = MONDAY) -> Row:
    """A dated row in whole hours."""
    return Row(*owner(whose), None, day, time(opens), time(closes))


def closed(whose: str, day: date = MONDAY) -> Row:
    """A dated row without times."""
    return Row(*owner(whose), None, day, None, None)


def owner(whose: str) -> tuple[int | None, int | None]:
    """The two foreign keys of a row."""
    return (VENUE, None) if whose == "venue" else (None, COURT)


def spans(rows: list[Row], day: date = MONDAY, resource: int = COURT) -> list[tuple[int, int]]:
    """The spans of a day as hours from its midnight."""
    hour, midnight = timedelta(hours=1), datetime.combine(day, time())
    found = Hours.of(rows).spans(VENUE, resource, day)
    return [((span.opens - midnight) // hour, (span.closes - midnight) // hour) for span in found]


def test_without_rows_nothing_is_open():
    assert spans([]) == []


def test_the_most_special_rows_of_a_day_win():
    layers = [weekly("venue", 7, 23), weekly("court", 8, 22), dated("venue", 9, 21), dated("court", 10, 20)]
    assert spans(layers) == [(10, 20)]
    assert spans(layers[:3]) == [(9, 21)]
    assert spans(layers[:2]) == [(8, 22)]
    assert spans(layers[:1]) == [(7, 23)]


def test_the_order_in_which_rows_were_read_does_not_matter():
    layers = [dated("court", 10, 20), dated("venue", 9, 21), weekly("court", 8, 22), weekly("venue", 7, 23)]
    assert spans(layers) == [(10, 20)]


def test_a_holiday_of_the_venue_closes_a_court_with_hours_of_its_own():
    """easyappointments#432 (holidays)."""
    assert spans([weekly("court", 8, 22), closed("venue")]) == []


def test_a_court_can_be_opened_on_a_holiday_of_the_venue():
    assert spans([weekly("court", 8, 22), closed("venue"), dated("court", 10, 12)]) == [(10, 12)]


def test_a_court_can_be_closed_on_a_day_on_which_the_venue_is_open():
    assert spans([weekly("venue", 7, 23), closed("court")]) == []
    assert spans([weekly("venue", 7, 23), closed("court")], resource=OTHER_COURT) == [(7, 23)]


def test_dated_rows_count_on_their_date_only():
    rows = [weekly("venue", 7, 23), weekly("venue", 7, 23, weekday=1), dated("venue", 9, 12), closed("venue", TUESDAY)]
    assert spans(rows, MONDAY) == [(9, 12)]
    assert spans(rows, TUESDAY) == []
    assert spans(rows, MONDAY + timedelta(days=7)) == [(7, 23)]


def test_a_court_with_weekly_hours_is_closed_on_weekdays_that_they_do_not_name():
    rows = [weekly("venue", 7, 23), weekly("venue", 7, 23, weekday=1), weekly("court", 8, 22)]
    assert spans(rows, MONDAY) == [(8, 22)]
    assert spans(rows, TUESDAY) == []
    assert spans(rows, TUESDAY, OTHER_COURT) == [(7, 23)]


def test_a_day_has_as_many_spans_as_it_has_rows():
    assert spans([weekly("venue", 7, 12), weekly("venue", 14, 18), weekly("venue", 20, 22)]) == [
        (7, 12),
        (14, 18),
        (20, 22),
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "found"), [(20, 2, (20, 26)), (0, 0, (0, 24)), (7, 7, (7, 31)), (18, 0, (18, 24))]
)
def test_a_span_that_closes_at_or_before_its_opening_ends_on_the_next_day(opens, closes, found):
    assert spans([weekly("venue", opens, closes)]) == [found]


def test_rows_are_read_in_one_query_and_only_those_of_the_window(in_alpha, django_assert_num_queries):
    OpeningHours.objects.all().delete()
    kept = [
        OpeningHours(venue_id=in_alpha.venue, weekday=2, opens=time(7), closes=time(9)),
        OpeningHours(venue_id=in_alpha.venue, date=MONDAY, opens=time(8), closes=time(9)),
        OpeningHours(resource_id=in_alpha.court_1, date=TUESDAY),
    ]
    others = [
        OpeningHours(venue_id=in_alpha.annex, weekday=2, opens=time(7), closes=time(9)),
        OpeningHours(venue_id=in_alpha.venue, date=MONDAY - timedelta(days=1)),
        OpeningHours(resource_id=in_alpha.court_2, date=TUESDAY),
        OpeningHours(resource_id=in_alpha.court_1, date=TUESDAY + timedelta(days=1)),
    ]
    OpeningHours.objects.bulk_create(kept + others)
    with django_assert_num_queries(1):
        rows = rows_of({in_alpha.venue}, {in_alpha.court_1}, MONDAY, TUESDAY)
    assert rows == [
        Row(in_alpha.venue, None, 2, None, time(7), time(9)),
        Row(in_alpha.venue, None, None, MONDAY, time(8), time(9)),
        Row(None, in_alpha.court_1, None, TUESDAY, None, None),
    ]


def wall(day: date, opens: tuple[int, int], closes: tuple[int, int]) -> WallSpan:
    """A span on a day, as (hour, minute) twice."""
    return WallSpan(datetime.combine(day, time(*opens)), datetime.combine(day, time(*closes)))


SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        (wall(SPRING, (0, 0), (4, 0)), 3),
        (wall(AUTUMN, (0, 0), (4, 0)), 5),
        (wall(SPRING, (2, 30), (4, 0)), 1),
        (wall(SPRING, (1, 0), (2, 30)), 1),
        (wall(AUTUMN, (2, 0), (3, 0)), 2),
        (wall(AUTUMN, (2, 30), (3, 0)), 1.5),
        (wall(AUTUMN, (1, 0), (2, 0)), 2),
        (wall(AUTUMN, (1, 0), (2, 30)), 2.5),
    ],
)
def test_on_nights_with_a_clock_change_a_span_opens_first_and_closes_last(span, hours):
    """R46. An ambiguous opening time is its first occurrence, an ambiguous closing time its last."""
    ends = instants_of(span, BERLIN)
    assert ends is not None
    assert ends[1] - ends[0] == timedelta(hours=hours)


def test_a_span_that_the_clocks_skip_does_not_exist():
    assert instants_of(wall(SPRING, (2, 0), (3, 0)), BERLIN) is None
    assert instants_of(wall(SPRING, (2, 15), (2, 45)), BERLIN) is None
    assert instants_of(wall(date(2027, 10, 3), (2, 0), (2, 30)), LORD_HOWE) is None


def test_a_whole_day_without_a_midnight_begins_at_one_o_clock():
    day = SPRING
    ends = instants_of(
        WallSpan(datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time())), BEIRUT
    )
    assert ends == (datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 21, tzinfo=UTC))
