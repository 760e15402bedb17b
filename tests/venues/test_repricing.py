"""Changing prices writes exactly the rows that were shown, and what is painted applies."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Conflict
from kernel.money import rounded
from tests.worlds import World
from venues.models import Rate, Resource
from venues.pricelists import PriceList
from venues.repricing import Change, copied, make, painted, rates_of, risen, tariff

MONDAY = date(2027, 6, 7)
DAY = date(2027, 6, 9)


def rate(pk=None, amount=2500, **fields):
    """A row that nobody wrote."""
    return Rate(pk=pk, resource_id=1, amount_minor=amount, **fields)


def price_at(tariffs, wall, groups=()):
    """The amount that applies at a time on the wall."""
    found = PriceList(tariffs).at(wall, frozenset(groups))
    return found.amount_minor if found else None


@st.composite
def rates(draw, most=5):
    """Some rows as an owner may have written them."""
    return [draw(one_rate(pk)) for pk in range(1, draw(st.integers(0, most)) + 1)]


@st.composite
def one_rate(draw, pk=None, group=True):
    """Any row."""
    timed = draw(st.booleans())
    first = draw(st.none() | st.integers(-10, 20))
    length = draw(st.none() | st.integers(0, 15))
    begins = None if first is None else DAY + timedelta(days=first)
    return rate(
        pk,
        draw(st.integers(0, 9999)),
        weekdays=sorted(draw(st.sets(st.integers(0, 6)))),
        from_time=time(draw(st.integers(0, 23))) if timed else None,
        until_time=time(draw(st.integers(0, 23))) if timed else None,
        valid_from=begins,
        valid_until=None if length is None else (begins or DAY) + timedelta(days=length),
        group_id=draw(st.sampled_from([None, 7, 8])) if group else None,
        priority=draw(st.integers(-1, 2)),
    )


def walls(first=DAY - timedelta(days=4), days=22):
    """Times on the wall, every three hours."""
    return [datetime.combine(first, time()) + timedelta(hours=3 * number, minutes=30) for number in range(days * 8)]


def is_of_the_night_before(wall, known):
    """Early on the day, when a price of the night before may still apply."""
    return wall.date() == DAY and any(
        row.from_time and row.until_time <= row.from_time and wall.time() < row.until_time for row in known
    )


@settings(max_examples=60, deadline=None)
@given(rates(), one_rate())
def test_what_is_painted_applies_at_its_times_but_for_what_is_planned_there(known, new):
    new.valid_from = DAY
    new.valid_until = None
    planned = [
        row for row in known
        if (sorted(row.weekdays or range(7)), row.from_time, row.until_time, row.group_id)
        == (sorted(new.weekdays or range(7)), new.from_time, new.until_time, new.group_id)
        and row.valid_from and row.valid_from > DAY
    ]  # fmt: skip
    after = painted(known, new).applied(known)
    mine = tariff(new, 0)
    groups = () if new.group_id is None else (new.group_id,)
    for wall in walls():
        if mine.fits(wall) and not any(tariff(row, 0).fits(wall) for row in planned):
            assert price_at(after, wall, groups) == new.amount_minor
        elif not mine.fits(wall):
            assert price_at(after, wall, groups) == price_at([tariff(row, row.pk) for row in known], wall, groups)


@settings(max_examples=60, deadline=None)
@given(rates(), st.integers(-3000, 5000), st.sampled_from([1, 5, 100]))
def test_all_prices_rise_from_the_day_on_and_by_nothing_before(known, percent, step):
    before = [tariff(row, row.pk) for row in known]
    after = risen(known, DAY, percent, step).applied(known)
    for groups in ((), (7, 8)):
        for wall in walls():
            now, then = price_at(before, wall, groups), price_at(after, wall, groups)
            if is_of_the_night_before(wall, known):
                continue
            if now is None or not _starts_on_or_after_the_day(before, wall, groups):
                assert then == now
            else:
                assert then == rounded(Fraction(now * (10_000 + percent), 10_000), step)


def _starts_on_or_after_the_day(tariffs, wall, groups):
    """Whether the day to which the price of a time belongs is the day or later."""
    fitting = PriceList(tariffs).at(wall, frozenset(groups))
    is_overnight = fitting.from_time and fitting.until_time <= fitting.from_time and wall.time() < fitting.until_time
    return wall.date() - timedelta(days=1 if is_overnight else 0) >= DAY


def test_five_per_cent_from_january_is_one_new_row_and_rounded_to_the_coin():
    change = risen([rate(1, 2530)], date(2027, 1, 1), 500, 5)
    assert [(row.amount_minor, row.valid_from, row.valid_until, row.pk) for row in change.added] == [
        (2655, date(2027, 1, 1), None, None)
    ]
    assert (change.changed, change.removed) == ((), ())
    assert [row.amount_minor for row in risen([rate(1, 2530)], date(2027, 1, 1), 500, 1).added] == [2657]  # 2656.5
    assert [row.amount_minor for row in risen([rate(1, 2530)], date(2027, 1, 1), -1000, 1).added] == [2277]


def test_what_is_over_stays_and_what_is_planned_rises_itself():
    over = rate(1, 1000, valid_until=date(2026, 12, 31))
    usual, season = rate(2, 2000), rate(3, 3000, valid_from=date(2027, 6, 1), valid_until=date(2027, 8, 31))
    change = risen([over, usual, season], date(2027, 1, 1), 1000, 1)
    assert [row.amount_minor for row in change.added] == [2200]
    assert [(row.pk, row.amount_minor) for row in change.changed] == [(3, 3300)]
    assert season.amount_minor == 3000


def test_an_evening_is_a_new_row_above_the_usual_price():
    new = rate(None, 4000, weekdays=[0, 1], from_time=time(18), until_time=time(22), valid_from=MONDAY)
    change = painted([rate(1)], new)
    assert [(row.amount_minor, row.priority, row.valid_from) for row in change.added] == [(4000, 1, MONDAY)]
    assert (change.changed, change.removed) == ((), ())
    # Another price for the same evening from a later day on ranks with it; one from the same day on replaces it.
    evening = change.added[0]
    evening.pk = 2
    later = painted([rate(1), evening], rate(None, 4500, **times(evening), valid_from=date(2027, 9, 1)))
    assert [(row.amount_minor, row.priority) for row in later.added] == [(4500, 1)]
    same = painted([rate(1), evening], rate(None, 4200, **times(evening), valid_from=MONDAY))
    assert [(row.pk, row.amount_minor, row.priority) for row in same.changed] == [(2, 4200, 1)]
    assert same.added == ()
    assert not painted([rate(1), evening], rate(None, 4000, **times(evening), valid_from=MONDAY))


def times(row):
    """When in the week a row applies."""
    return {"weekdays": row.weekdays, "from_time": row.from_time, "until_time": row.until_time}


def test_a_change_is_made_only_as_it_was_shown(alpha: World, in_alpha) -> None:
    court = Resource.objects.get(pk=alpha.court_1)
    new = Rate(resource=court, amount_minor=4000, from_time=time(18), until_time=time(22), valid_from=MONDAY)

    def plan() -> Change:
        return painted(rates_of([court])[court], new)

    shown = plan().digest
    Rate.objects.create(resource=court, amount_minor=3000, from_time=time(17), until_time=time(21), priority=4)
    with pytest.raises(Conflict) as refused:
        make([court], plan, shown)
    assert refused.value.code == "prices_changed"
    assert Rate.objects.filter(resource=court).count() == 2
    make([court], plan, plan().digest)
    assert list(Rate.objects.filter(resource=court).order_by("pk").values_list("amount_minor", "priority")) == [
        (2500, 0), (3000, 4), (4000, 5),
    ]  # fmt: skip


def test_copied_prices_take_the_place_of_those_that_there_were(alpha: World, in_alpha) -> None:
    court, hall = Resource.objects.get(pk=alpha.court_1), Resource.objects.get(pk=alpha.hall)
    Rate.objects.create(resource=court, amount_minor=4000, from_time=time(18), until_time=time(22), priority=1)

    def plan() -> Change:
        rows = rates_of([court, hall])
        return copied(rows[court], hall, rows[hall])

    make([court, hall], plan, plan().digest)
    columns = ("amount_minor", "from_time", "until_time", "priority")
    assert list(Rate.objects.filter(resource=hall).order_by("pk").values_list(*columns)) == [
        (2500, None, None, 0), (4000, time(18), time(22), 1),
    ]  # fmt: skip
    assert Rate.objects.filter(resource=court).count() == 2
