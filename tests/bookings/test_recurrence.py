"""Recurrence rules: which days they give, and that any text ends quickly."""

import time as clock
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.recurrence import MOST_DAYS, WEEKDAYS, Pattern, walls
from kernel.errors import Invalid

TEN = time(10)
MONDAY = date(2026, 1, 5)


def days(rule: str, first: date = MONDAY, **more: object) -> list[str]:
    """The dates of a rule as text."""
    pattern = Pattern(TEN, first=first, rule=rule, **more)  # type: ignore[arg-type]
    found = walls(pattern)
    assert {wall.time() for wall in found} == {TEN}
    return [f"{wall:%Y-%m-%d}" for wall in found]


def refusal(rule: str, first: date = MONDAY, **more: object) -> str:
    """The code with which a rule is refused, within a tenth of a second."""
    began = clock.process_time()
    with pytest.raises(Invalid) as refused:
        days(rule, first, **more)
    assert clock.process_time() - began < 0.1
    return refused.value.code


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", MONDAY, ["2026-01-05", "2026-01-06", "2026-01-07"]),
        ("freq=daily;count=2", MONDAY, ["2026-01-05", "2026-01-06"]),
        ("RRULE:FREQ=DAILY;INTERVAL=10;COUNT=2", MONDAY, ["2026-01-05", "2026-01-15"]),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=3", MONDAY, ["2026-01-10", "2026-01-11", "2026-01-17"]),
        ("FREQ=WEEKLY;COUNT=2", MONDAY, ["2026-01-05", "2026-01-12"]),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3", MONDAY, ["2026-01-05", "2026-01-08", "2026-01-12"]),
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=1", MONDAY, ["2026-01-07"]),
        # RFC 5545's own example for WKST: a fortnight depends on where weeks begin.
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            date(2026, 8, 4),
            ["2026-08-04", "2026-08-09", "2026-08-18", "2026-08-23"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            date(2026, 8, 4),
            ["2026-08-04", "2026-08-16", "2026-08-18", "2026-08-30"],
        ),
        ("FREQ=MONTHLY;COUNT=3", date(2026, 1, 15), ["2026-01-15", "2026-02-15", "2026-03-15"]),
        # Months without a 31st are left out, as RFC 5545 says.
        ("FREQ=MONTHLY;COUNT=4", date(2026, 1, 31), ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4",
            date(2026, 1, 1),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", date(2028, 2, 1), ["2028-02-29", "2028-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=2", date(2027, 2, 1), ["2027-03-29", "2027-04-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=2", date(2028, 2, 1), ["2028-02-29", "2028-03-29"]),
        ("FREQ=MONTHLY;INTERVAL=12;COUNT=2", date(2027, 2, 28), ["2027-02-28", "2028-02-28"]),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=4", MONDAY, ["2026-01-05", "2026-01-30", "2026-02-02", "2026-02-27"]),
        ("FREQ=MONTHLY;BYDAY=5TH;COUNT=2", MONDAY, ["2026-01-29", "2026-04-30"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", MONDAY, ["2026-02-13", "2026-03-13"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", MONDAY, ["2026-01-30", "2026-02-27", "2026-03-31"]),
        ("FREQ=WEEKLY;UNTIL=20260119", MONDAY, ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("FREQ=WEEKLY;UNTIL=20260118", MONDAY, ["2026-01-05", "2026-01-12"]),
        ("FREQ=WEEKLY;UNTIL=20260119T100000", MONDAY, ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("FREQ=WEEKLY;UNTIL=20260119T095959", MONDAY, ["2026-01-05", "2026-01-12"]),
    ],
)  # fmt: skip
def test_a_rule_gives_these_days(rule, first, expected):
    assert days(rule, first) == expected


def test_the_most_dates_are_104_and_the_furthest_is_two_years_away():
    assert len(days("FREQ=WEEKLY;COUNT=104")) == 104
    assert days("FREQ=DAILY;INTERVAL=731;COUNT=2") == ["2026-01-05", "2028-01-06"]
    assert refusal("FREQ=MONTHLY;COUNT=26", MONDAY) == "series_too_long"
    assert refusal("FREQ=DAILY;UNTIL=20260419") == "too_many_dates"
    assert len(days("FREQ=DAILY;UNTIL=20260418")) == 104


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=WEEKLY", "rule_endless"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20260201", "rule_invalid"),
        ("FREQ=SECONDLY;COUNT=3", "rule_unsupported"),
        ("FREQ=MINUTELY;COUNT=3", "rule_unsupported"),
        ("FREQ=HOURLY;COUNT=3", "rule_unsupported"),
        ("FREQ=YEARLY;COUNT=3", "rule_unsupported"),
        ("COUNT=3", "rule_unsupported"),
        ("FREQ=DAILY;BYHOUR=1,2,3;COUNT=3", "rule_unsupported"),
        ("FREQ=DAILY;BYEASTER=1;COUNT=3", "rule_unsupported"),
        ("FREQ=DAILY;COUNT=1000000000", "too_many_dates"),
        ("FREQ=DAILY;COUNT=" + "9" * 150, "too_many_dates"),
        ("FREQ=DAILY;COUNT=105", "too_many_dates"),
        ("FREQ=DAILY;COUNT=0", "rule_invalid"),
        ("FREQ=DAILY;COUNT=-1", "rule_invalid"),
        ("FREQ=DAILY;COUNT=٣", "rule_invalid"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;INTERVAL=-1;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;INTERVAL=99999999;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYDAY=53MO;COUNT=3", "rule_invalid"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=3", "rule_invalid"),
        ("FREQ=WEEKLY;BYMONTHDAY=31;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYDAY=XX;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=3", "rule_invalid"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;FREQ=DAILY;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;COUNT", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=20260231", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=tomorrow", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=20260201T000000Z", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=20260101", "no_dates"),
        ("FREQ=DAILY;UNTIL=99991231", "series_too_long"),
        ("FREQ=WEEKLY;WKST=XX;COUNT=3", "rule_invalid"),
        ("FREQ=DAILY;COUNT=3;" + "X" * 10_000, "rule_invalid"),
        ("FREQ=MONTHLY;BYDAY=" + ",".join(["MO"] * 5_000), "rule_invalid"),
        ("\0" * 200, "rule_invalid"),
        # These fit no day at all; dateutil walks on to the year 9999.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=5", "no_dates"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2;COUNT=5", "no_dates"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9;COUNT=5", "no_dates"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=31;COUNT=5", "no_dates"),
    ],
)
def test_a_hostile_or_mistaken_rule_is_refused_at_once(rule, code):
    assert refusal(rule) == code


def test_dates_are_left_out_and_added():
    found = days(
        "FREQ=WEEKLY;COUNT=3",
        without=(date(2026, 1, 12), date(2026, 5, 1)),
        also=(date(2026, 1, 14), date(2026, 1, 1)),
    )
    assert found == ["2026-01-01", "2026-01-05", "2026-01-14", "2026-01-19"]


def test_a_list_of_dates_is_sorted_and_each_counts_once():
    chosen = (date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1))
    assert walls(Pattern(TEN, dates=chosen)) == [datetime(2026, 2, 1, 10), datetime(2026, 3, 1, 10)]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        (Pattern(TEN), "rule_or_dates"),
        (Pattern(TEN, MONDAY, "FREQ=DAILY;COUNT=2", dates=(MONDAY,)), "rule_or_dates"),
        (Pattern(TEN, rule="FREQ=DAILY;COUNT=2"), "first_date_required"),
        (Pattern(TEN, dates=(MONDAY,), without=(MONDAY,)), "no_dates"),
        (Pattern(TEN, dates=(MONDAY,), without=(MONDAY,), also=(MONDAY,)), "dates_contradict"),
        (Pattern(TEN, dates=(MONDAY, MONDAY + timedelta(days=732))), "series_too_long"),
        (Pattern(TEN, dates=tuple(MONDAY + timedelta(days=n) for n in range(105))), "too_many_dates"),
        (Pattern(TEN, MONDAY, "FREQ=WEEKLY;COUNT=104", also=(date(2026, 1, 6),)), "too_many_dates"),
    ],
)
def test_what_makes_no_sense_is_refused(pattern, code):
    with pytest.raises(Invalid) as refused:
        walls(pattern)
    assert refused.value.code == code


# dateutil takes only the days that are in both where a rule names some weekdays with and some without a number.
BY_DAY = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True)
NTH = st.lists(
    st.tuples(st.sampled_from(["1", "2", "5", "-1", "-2"]), st.sampled_from(WEEKDAYS)).map("".join),
    min_size=1,
    max_size=3,
    unique=True,
)
MONTH_DAYS = st.lists(st.sampled_from([1, 13, 28, 29, 30, 31, -1, -2, -31]), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw):
    """Rules that fit some day or other, with a last day."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 5))}"]
    by_day = draw(st.none() | BY_DAY | (NTH if freq == "MONTHLY" else BY_DAY))
    by_month_day = draw(st.none() | MONTH_DAYS) if freq == "MONTHLY" else None
    if by_day:
        parts.append("BYDAY=" + ",".join(by_day))
    if by_month_day:
        parts.append("BYMONTHDAY=" + ",".join(map(str, by_month_day)))
    if freq == "MONTHLY" and (by_day or by_month_day) and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '2', '1,-1']))}")
    if freq == "WEEKLY":
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    return ";".join(parts)


@given(rule=rules(), first=st.dates(date(2024, 1, 1), date(2032, 12, 31)), length=st.integers(0, 300))
@settings(max_examples=200)
def test_the_days_are_those_of_dateutil(rule, first, length):
    """An oracle that others have written; with UNTIL and, as many as it has, with COUNT."""
    last = first + timedelta(days=length)
    start = datetime.combine(first, TEN)
    until = f"{rule};UNTIL={last:%Y%m%d}T100000"
    expected = [f"{day:%Y-%m-%d}" for day in rrulestr(until, dtstart=start)]
    if not expected:
        assert refusal(until, first) == "no_dates"
    elif len(expected) > 104:
        assert refusal(until, first) == "too_many_dates"
    else:
        assert days(until, first) == expected
        assert days(f"{rule};COUNT={len(expected)}", first) == expected


@given(rule=st.text(alphabet="FREQ=DAILYWKMONTHCU;,0123456789-:TZBSP", max_size=200))
@settings(max_examples=200)
def test_any_text_ends_quickly(rule):
    began = clock.process_time()
    try:
        found = walls(Pattern(TEN, MONDAY, rule or "X"))
    except Invalid:
        found = []
    assert clock.process_time() - began < 0.1
    assert all((wall.date() - MONDAY).days <= MOST_DAYS for wall in found)
