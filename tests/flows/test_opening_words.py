"""When a venue is open, in words: now, week by week, on days that differ, and over the clock's changes."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from bookings.models import Occupancy
from bookings.views.openings import Openings, openings_of
from tests.worlds import World
from venues.models import Closure, OpeningHours, Venue

pytestmark = pytest.mark.django_db
SATURDAY = date(2027, 5, 8)
NBSP = "\u00a0"


@pytest.fixture
def place(in_alpha: World) -> Venue:
    """A venue in Berlin without hours."""
    OpeningHours.objects.all().delete()
    return Venue.objects.get(pk=in_alpha.venue)


def at(place: Venue, hour: int, minute: int = 0, day: date = SATURDAY) -> Openings:
    """What is said at a time in UTC; Berlin is two hours ahead in May."""
    return openings_of([place], datetime.combine(day, time(hour, minute), UTC))[place.pk]


def weekly(place: Venue, weekdays: str, opens: str, closes: str) -> None:
    for number in weekdays:
        OpeningHours.objects.create(
            venue=place, weekday=int(number), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
        )


def test_without_hours_nothing_is_claimed(place: Venue) -> None:
    openings = at(place, 10)
    assert openings.at_this_moment is None
    assert (openings.week, openings.exceptions) == ([], [])


@pytest.mark.parametrize(
    ("hour", "is_open", "words"),
    [
        (4, False, "Closed, opens at 7:00 AM"),
        (5, True, "Open now, until 12:00 PM"),
        (10, False, "Closed, opens at 2:00 PM"),
        (19, True, "Open now, until 10:00 PM"),
        (20, False, "Closed, opens Monday at 7:00 AM"),
    ],
)
def test_the_moment_is_told_on_a_day_of_two_spans(place: Venue, hour: int, is_open: bool, words: str) -> None:
    weekly(place, "012345", "07:00", "12:00")
    weekly(place, "012345", "14:00", "22:00")
    now = at(place, hour).at_this_moment
    assert now is not None
    assert (now.is_open, now.words.replace(NBSP, " ")) == (is_open, words)


def test_tomorrow_is_called_tomorrow(place: Venue) -> None:
    weekly(place, "6", "09:30", "18:00")
    now = at(place, 20).at_this_moment
    assert now is not None
    assert now.words.replace(NBSP, " ") == "Closed, opens tomorrow at 9:30 AM"


def test_a_night_belongs_to_the_day_on_which_it_began(place: Venue) -> None:
    weekly(place, "4", "20:00", "03:00")  # Friday, until three on Saturday morning
    now = at(place, 0, 30).at_this_moment
    assert now is not None
    assert now.words.replace(NBSP, " ") == "Open now, until 3:00 AM"


def test_around_the_clock_has_no_end(place: Venue) -> None:
    weekly(place, "0123456", "00:00", "00:00")
    openings = at(place, 12)
    assert openings.at_this_moment is not None
    assert openings.at_this_moment.words == "Open now"
    assert [(line.label, line.spans) for line in openings.week] == [("Monday – Sunday", ["around the clock"])]


def test_a_closure_of_the_venue_counts_and_one_of_a_court_does_not(in_alpha: World, place: Venue) -> None:
    weekly(place, "0123456", "07:00", "23:00")
    span = {
        "start": datetime(2027, 5, 8, 8, tzinfo=UTC),
        "end": datetime(2027, 5, 8, 12, tzinfo=UTC),
        "created_at": datetime(2027, 5, 1, tzinfo=UTC),
    }
    Closure.objects.create(venue=place, resource_id=in_alpha.court_1, **span)
    now = at(place, 9).at_this_moment
    assert now is not None
    assert now.is_open
    Closure.objects.create(venue=place, reason="Secret", **span)
    openings = at(place, 9)
    assert openings.at_this_moment is not None
    assert openings.at_this_moment.words.replace(NBSP, " ") == "Closed, opens at 2:00 PM"
    (told,) = openings.exceptions
    assert (told.label.replace(NBSP, " "), told.note) == ("Saturday, May 8, 2027, 10:00 AM – 2:00 PM", "")
    assert not Occupancy.objects.exists()


def test_days_alike_are_one_line_and_today_is_marked(place: Venue) -> None:
    weekly(place, "01234", "07:00", "23:00")
    weekly(place, "5", "09:00", "20:00")
    lines = [(line.weekdays, len(line.spans), line.is_today) for line in at(place, 10).week]
    assert lines == [((0, 1, 2, 3, 4), 1, False), ((5,), 1, True), ((6,), 0, False)]


def test_days_that_differ_are_told_for_two_months_with_their_note(place: Venue) -> None:
    weekly(place, "0123456", "07:00", "23:00")
    OpeningHours.objects.create(venue=place, date=date(2027, 5, 17), note="Whit Monday")
    OpeningHours.objects.create(venue=place, date=date(2027, 6, 1), opens=time(10), closes=time(12))
    OpeningHours.objects.create(venue=place, date=date(2027, 5, 7), note="yesterday")
    OpeningHours.objects.create(venue=place, date=date(2027, 12, 24), note="far away")
    told = [
        (each.label, [span.replace(NBSP, " ") for span in each.spans], each.note) for each in at(place, 9).exceptions
    ]
    assert told == [("Monday, May 17, 2027", [], "Whit Monday"), ("Tuesday, June 1, 2027", ["10:00 AM – 12:00 PM"], "")]


def test_the_clock_that_goes_forward_changes_no_wall_time(place: Venue) -> None:
    weekly(place, "0123456", "07:00", "23:00")
    night = date(2027, 3, 28)
    now = at(place, 1, 30, day=night).at_this_moment  # 3:30 in the morning by then
    assert now is not None
    assert now.words.replace(NBSP, " ") == "Closed, opens at 7:00 AM"


def test_german_says_it_in_german_formats(place: Venue) -> None:
    weekly(place, "0123456", "07:00", "23:00")
    with translation.override("de"):
        (line,) = at(place, 10).week
        assert (line.label, line.spans) == ("Montag – Sonntag", ["07:00 – 23:00"])
