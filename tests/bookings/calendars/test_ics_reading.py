"""Strangers' calendars, read in a process with limits (T23): what they mean, and what is refused with which code."""

from datetime import UTC, datetime

import pytest

from bookings.calendars import health
from bookings.calendars.providers import Rejected
from bookings.calendars.providers.ics_reading import MOST_EVENTS, read
from bookings.calendars.providers.window import HORIZON, Window
from tests.bookings.calendars.written import calendar, event, hour, zone

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BERLIN = Window(NOW, NOW + HORIZON, "Europe/Berlin")
MINUTES = ",".join(str(number) for number in range(60))
LOCAL = ("DTSTART;TZID={0}:20261201T100000", "DTEND;TZID={0}:20261201T110000")


def spans(text: str) -> list[str]:
    """Busy times as `MM-DD HH:MM/HH:MM` in UTC."""
    found = [(datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])) for row in _rows(text)]
    return [f"{start:%m-%d %H:%M}/{end:%H:%M}" for start, end in sorted(found)]


def _rows(text: str) -> list[dict[str, str]]:
    return list(read([text], BERLIN).documents[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (calendar(hour("a")), ["12-01 10:00/11:00"]),
        (calendar(hour("a", "TRANSP:TRANSPARENT")), []),
        (calendar(hour("a", "STATUS:CANCELLED")), []),
        (calendar(hour("a", "STATUS:TENTATIVE")), ["12-01 10:00/11:00"]),
        (calendar(hour("a", "X-MICROSOFT-CDO-BUSYSTATUS:FREE")), []),
        (calendar(hour("a", "X-MICROSOFT-CDO-BUSYSTATUS:OOF")), ["12-01 10:00/11:00"]),
        (calendar(event("a", "DTSTART;VALUE=DATE:20261201")), ["11-30 23:00/23:00"]),
        (calendar(event("a", "DTSTART:20261201T100000", "DTEND:20261201T110000")), ["12-01 09:00/10:00"]),
        (calendar(event("a", "DTSTART:20261201T100000Z", "DURATION:PT90M")), ["12-01 10:00/11:30"]),
        (calendar(event("a", "DTSTART:20261201T100000Z")), []),
        (
            calendar(hour("a", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261202T100000Z")),
            ["12-01 10:00/11:00", "12-03 10:00/11:00"],
        ),
        (
            calendar(
                hour("a", "RRULE:FREQ=DAILY;COUNT=2"),
                event("a", "RECURRENCE-ID:20261202T100000Z", "DTSTART:20261202T150000Z", "DTEND:20261202T160000Z"),
            ),
            ["12-01 10:00/11:00", "12-02 15:00/16:00"],
        ),
        (calendar(hour("a", "RRULE:FREQ=WEEKLY;UNTIL=20261208")), ["12-01 10:00/11:00"]),
        (calendar(event("a", *(line.format("W. Europe Standard Time") for line in LOCAL))), ["12-01 09:00/10:00"]),
        (calendar(event("a", *(line.format("Mars/Olympus") for line in LOCAL))), ["12-01 09:00/10:00"]),
        (calendar(event("a", *(line.format("../../etc/passwd") for line in LOCAL))), ["12-01 09:00/10:00"]),
        (
            calendar(event("a", *(line.format("Nowhere") for line in LOCAL)), head=zone("Nowhere")),
            ["12-01 09:00/10:00"],
        ),
        (calendar(hour("a", "ATTACH;FMTTYPE=text/plain:file:///etc/passwd")), ["12-01 10:00/11:00"]),
        (calendar(event("a", "DTSTART:20200101T100000Z", "DTEND:20200101T110000Z")), []),
        (calendar(event("a", "DTSTART:20290101T100000Z", "DTEND:20290101T110000Z")), []),
        (calendar(hour("a", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31")), ["12-01 10:00/11:00"]),
    ],
)
def test_what_a_calendar_says_is_busy(text, expected):
    assert spans(text) == expected


def test_events_without_a_name_are_not_taken_for_one_another():
    bare = "BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nEND:VEVENT\r\n"
    assert len({row["uid"] for row in _rows(calendar(bare, bare))}) == 2


def test_what_repeats_for_ever_ends_at_the_horizon():
    assert len(spans(calendar(hour("a", "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z")))) == 390


def test_refresh_is_what_the_calendar_asks_for():
    head = "REFRESH-INTERVAL;VALUE=DURATION:PT5M\r\n"
    assert read([calendar(hour("a"), head=head)], BERLIN).refresh == "PT5M"


HOSTILE = {
    "every second": (calendar(hour("a", "RRULE:FREQ=SECONDLY")), "repeats_too_often"),
    "every second, folded": (calendar(hour("a", "RRULE:FREQ=SEC\r\n ONDLY")), "repeats_too_often"),
    "every minute": (calendar(hour("a", "RRULE:FREQ=MINUTELY;INTERVAL=5")), "repeats_too_often"),
    "every hour": (calendar(hour("a", "RRULE:FREQ=HOURLY")), "too_many_events"),
    "86,400 a day since 1900": (
        calendar(event("a", "DTSTART:19000101T100000Z", f"RRULE:FREQ=DAILY;BYMINUTE={MINUTES};BYSECOND={MINUTES}")),
        "too_much",
    ),
    "steps of nothing": (calendar(hour("a", "RRULE:FREQ=DAILY;INTERVAL=0")), "too_much"),
    "a count of a trillion": (calendar(hour("a", "RRULE:FREQ=DAILY;COUNT=999999999999")), "unreadable"),
    "RDATE in one line": (calendar(hour("a", "RDATE:" + ",".join(["20261202T100000Z"] * 250_000))), "too_many_dates"),
    "RDATE in many lines": (calendar(hour("a", *["RDATE:20261202T100000Z"] * 100_000)), "too_many_dates"),
    "100,000 events": (calendar(*[hour("a")] * 40_000), "too_many_events"),
    "5,001 events": (calendar(*[hour(str(number)) for number in range(MOST_EVENTS + 1)]), "too_many_events"),
    "a zone of every second": (
        calendar(hour("a"), head=zone("B", "DTSTART:19700101T000000", "RRULE:FREQ=SECONDLY")),
        "repeats_too_often",
    ),
    "10,000 zones": (calendar(hour("a"), head="".join(zone(f"Z{number}") for number in range(10_001))), "too_much"),
    "400,001 lines": (calendar(hour("a", *["X:1"] * 400_001)), "too_much"),
    "from the first year to the last": (
        calendar(event("a", "DTSTART:00010101T000000Z", "DTEND:99991231T235959Z")),
        "unreadable",
    ),
    "a length beyond time": (calendar(event("a", "DTSTART:20261201T100000Z", "DURATION:P99999999W")), "unreadable"),
    "folded to pieces": (calendar(event("a", " DTSTART:20261201T100000Z", "\tDTEND")), "unreadable"),
    "cut off": (calendar(hour("a"))[:-40], "not_a_calendar"),
    "a page to sign in": ("<!doctype html><title>Sign in</title>", "not_a_calendar"),
    "nothing": ("", "not_a_calendar"),
    "zeros": ("BEGIN:VCALENDAR\r\n\x00\x00END:VCALENDAR", "not_a_calendar"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_calendar_is_refused_with_a_code_that_has_words(name):
    text, code = HOSTILE[name]
    with pytest.raises(Rejected) as refused:
        read([text], BERLIN)
    assert refused.value.code == code
    assert code in health.WORDS


def test_five_thousand_events_are_read_within_the_limits():
    """T23: 2.3 s of CPU and 83 MB, of 5 s and 512 MB (measured on two cores)."""
    events = [hour(str(number), "SUMMARY:Meeting", "LOCATION:Room") for number in range(MOST_EVENTS)]
    assert len(_rows(calendar(*events))) == MOST_EVENTS
