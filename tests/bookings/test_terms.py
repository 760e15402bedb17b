"""What giving up costs, at the second of every boundary; who it counts for, and what is never exceeded."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bookings import terms
from bookings.terms import ALL, NOTHING, STANDARD, Agreed, Step

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NOON = datetime(2030, 6, 15, 10, tzinfo=UTC)
MEMBERS, JUNIORS = 1, 2


def a_booking(start=NOON, total=2500, groups=(), **fields):
    """What the terms look at, of a booking that was made a month before."""
    agreed = {"total_minor": total, "deposit_minor": 0, "groups": list(groups), "created_at": start - 30 * 24 * HOUR}
    agreed |= {"start": start, "fee_counts_to": start, "here_minor": 0, "credit_minor": 0}
    venue = SimpleNamespace(rounding_minor=fields.pop("rounding", 1))
    return SimpleNamespace(**{**agreed, **fields}, resource=SimpleNamespace(venue=venue))


def fee(agreed, booking, before, reason="user_request"):
    """The fee of cancelling so long before the start."""
    return terms.outcome(agreed, booking, reason, booking.start - before).fee_minor


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (48 * HOUR, 0),
        (24 * HOUR + SECOND, 0),
        (24 * HOUR, 0),
        (24 * HOUR - timedelta(microseconds=1), 2500),
        (24 * HOUR - SECOND, 2500),
        (timedelta(), 2500),
        (-HOUR, 2500),
    ],
)
def test_exactly_24_hours_before_is_free_and_a_second_later_is_not(before, expected):
    assert fee(STANDARD, a_booking(), before) == expected


@pytest.mark.parametrize(
    ("day", "wall_of_the_last_free_second"),
    [("2030-03-31", "2030-03-30T14:00:00+01:00"), ("2030-10-27", "2030-10-26T16:00:00+02:00")],
)
def test_24_hours_are_real_hours_on_both_days_on_which_the_clocks_change(day, wall_of_the_last_free_second):
    """At 15:00 on the wall; the day before it is 14:00 or 16:00, for the night is an hour shorter or longer."""
    booking = a_booking(datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=BERLIN).astimezone(UTC))
    last = datetime.fromisoformat(wall_of_the_last_free_second)
    assert terms.outcome(STANDARD, booking, "user_request", last).fee_minor == 0
    assert terms.outcome(STANDARD, booking, "user_request", last + SECOND).fee_minor == 2500
    assert terms.ladder(STANDARD, booking, "user_request")[0].until == last


LADDER = Agreed(
    (
        Step(48 * 60),
        Step(24 * 60, percent=2500),
        Step(60, percent=5000),
        Step(24 * 60, group_id=MEMBERS),
        Step(60, percent=1000, group_id=MEMBERS),
        Step(120, percent=500, group_id=JUNIORS),
        Step(0, percent=2000, reason="weather"),
        Step(0, percent=1000, reason="weather", group_id=MEMBERS),
        Step(0, percent=7500, reason="other"),
    )
)


@pytest.mark.parametrize(
    ("groups", "reason", "fees"),
    [
        # Fees at 48 h, a second less; 24 h, a second less; 2 h, a second less; 1 h, a second less; at the start.
        ((), "user_request", [0, 2500, 2500, 5000, 5000, 5000, 5000, 10000, 10000]),
        ((MEMBERS,), "user_request", [0, 0, 0, 1000, 1000, 1000, 1000, 10000, 10000]),
        ((JUNIORS,), "user_request", [500, 500, 500, 500, 500, 5000, 5000, 10000, 10000]),
        ((MEMBERS, JUNIORS), "user_request", [0, 0, 0, 500, 500, 1000, 1000, 10000, 10000]),
        ((99,), "user_request", [0, 2500, 2500, 5000, 5000, 5000, 5000, 10000, 10000]),
        ((), "weather", [2000] * 9),
        ((MEMBERS,), "weather", [1000] * 9),
        ((MEMBERS,), "other", [7500] * 9),
    ],
)
def test_of_the_steps_that_are_left_the_one_that_names_most_counts(groups, reason, fees):
    booking = a_booking(total=10_000, groups=groups)
    moments = [48 * HOUR, 48 * HOUR - SECOND, 24 * HOUR, 24 * HOUR - SECOND, 2 * HOUR, 2 * HOUR - SECOND]
    moments += [HOUR, HOUR - SECOND, timedelta()]
    assert [fee(LADDER, booking, before, reason) for before in moments] == fees


def test_of_several_groups_the_kindest_counts_in_money_not_in_percent():
    agreed = Agreed((Step(0, percent=1000, group_id=MEMBERS), Step(0, fee_minor=50, group_id=JUNIORS)))
    assert fee(agreed, a_booking(total=1000, groups=(MEMBERS, JUNIORS)), HOUR) == 50
    assert fee(agreed, a_booking(total=400, groups=(MEMBERS, JUNIORS)), HOUR) == 40


def test_weather_costs_nothing_where_the_policy_does_not_speak_of_it():
    silent = Agreed((Step(60, percent=5000),))
    assert [fee(silent, a_booking(), before, "weather") for before in (2 * HOUR, HOUR / 2, -HOUR / 2)] == [0, 0, 0]
    for_members = Agreed((Step(0, percent=10_000, reason="weather", group_id=MEMBERS),))
    assert fee(for_members, a_booking(), HOUR, "weather") == 0
    assert fee(for_members, a_booking(groups=(MEMBERS,)), HOUR, "weather") == 2500


def test_weather_that_breaks_off_a_booking_costs_what_it_did_at_the_start():
    assert fee(STANDARD, a_booking(), -HOUR / 2, "weather") == 0
    assert fee(LADDER, a_booking(total=10_000), -HOUR / 2, "weather") == 2000


@pytest.mark.parametrize(
    ("step", "fields", "expected"),
    [
        (Step(0, percent=3333), {}, 833),
        (Step(0, percent=50), {"total": 100}, 1),  # 0.5 of a cent: halves go up
        (Step(0, percent=49), {"total": 100}, 0),
        (Step(0, percent=3333), {"rounding": 5}, 835),
        (Step(0, percent=3333), {"total": 1, "rounding": 5}, 0),
        (Step(0, percent=1000, fee_minor=300), {}, 550),
        (Step(0, fee_minor=9900), {}, 2500),
        (Step(0, percent=10_000, fee_minor=1), {}, 2500),
        (Step(0, percent=1000, keeps_deposit=True), {"deposit_minor": 500}, 500),
        (Step(0, percent=3000, keeps_deposit=True), {"deposit_minor": 500}, 750),
        (Step(0, percent=1000), {"deposit_minor": 500}, 250),
        (Step(0, percent=10_000), {"total": 0}, 0),
        (ALL, {}, 2500),
        (NOTHING, {}, 0),
    ],
)
def test_a_fee_is_percent_and_amount_and_deposit_rounded_and_never_more_than_the_price(step, fields, expected):
    assert terms.fee(step, a_booking(**fields)) == expected


@pytest.mark.parametrize(("currency", "total", "expected"), [("JPY", 2500, 833), ("BHD", 2501, 834), ("EUR", 1, 0)])
def test_a_third_is_rounded_to_the_minor_unit_of_the_currency(currency, total, expected):
    assert terms.fee(Step(0, percent=3333), a_booking(total=total)) == expected


GRACE = Agreed((), grace_minutes=15)


@pytest.mark.parametrize(
    ("after", "expected"), [(timedelta(), 0), (15 * 60 * SECOND - SECOND, 0), (15 * 60 * SECOND, 2500)]
)
def test_grace_ends_to_the_second(after, expected):
    booking = a_booking(created_at=NOON - 2 * HOUR)
    found = terms.outcome(GRACE, booking, "user_request", booking.created_at + after)
    assert (found.fee_minor, found.is_grace) == (expected, expected == 0)


def test_there_is_no_grace_once_it_has_started():
    booking = a_booking(created_at=NOON - HOUR / 12)
    assert terms.outcome(GRACE, booking, "user_request", NOON - SECOND).is_grace
    assert terms.outcome(GRACE, booking, "user_request", NOON) == terms.Outcome(2500, 10_000)


@pytest.mark.parametrize(
    ("step", "kept"), [(Step(0), 0), (Step(0, percent=2500), 2500), (Step(0, fee_minor=1), 10_000), (ALL, 10_000)]
)
def test_prepaid_hours_are_kept_in_proportion_and_wholly_by_a_fixed_fee(step, kept):
    assert terms.charged(step, a_booking()).hours_kept == kept


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (3333, 833), (10_000, 2500)])
def test_staying_away_costs_its_own_percentage(percent, expected):
    assert terms.no_show(Agreed((), no_show_percent=percent), a_booking()) == terms.Outcome(expected, percent)


@pytest.mark.parametrize(
    ("fee_minor", "paid", "credit", "expected"),
    [
        (0, 2500, 0, (2500, 0, 0)),
        (1000, 2500, 0, (1500, 0, 0)),
        (1000, 500, 0, (0, 0, 500)),
        (1000, 500, 2000, (500, 1000, 0)),
        (1000, 1500, 400, (900, 0, 0)),
        (2500, 0, 0, (0, 0, 2500)),
    ],
)
def test_gift_credit_pays_the_fee_first_and_the_rest_goes_back_where_it_came_from(fee_minor, paid, credit, expected):
    booking = a_booking(here_minor=paid, credit_minor=credit)
    done = terms.settlement(booking, terms.Outcome(fee_minor, 0))
    assert (done.refund_minor, done.credit_back_minor, done.owed_minor) == expected
    assert done.fee_minor == paid + credit + done.owed_minor - done.refund_minor - done.credit_back_minor


steps = some.builds(
    Step,
    minutes_before=some.integers(0, 3000),
    percent=some.integers(0, 10_000),
    fee_minor=some.integers(0, 3000),
    keeps_deposit=some.booleans(),
    group_id=some.sampled_from([None, MEMBERS, JUNIORS]),
    reason=some.sampled_from(["", "weather", "other"]),
)


@given(
    found=some.lists(steps, max_size=6),
    left=some.integers(0, 4000 * 60),
    groups=some.sets(some.sampled_from([MEMBERS, JUNIORS])),
    reason=some.sampled_from(["user_request", "weather", "other"]),
)
def test_the_ladder_says_at_every_second_what_the_outcome_is(found, left, groups, reason):
    agreed, booking = Agreed(tuple(found)), a_booking(groups=groups, deposit_minor=700)
    now = booking.start - left * SECOND
    rungs = terms.ladder(agreed, booking, reason)
    here = next(rung for rung in rungs if now <= rung.until)
    assert here.outcome == terms.outcome(agreed, booking, reason, now)
    assert 0 <= here.outcome.fee_minor <= booking.total_minor
    assert rungs[-1].until == booking.start
    assert [rung.until for rung in rungs] == sorted({rung.until for rung in rungs})
