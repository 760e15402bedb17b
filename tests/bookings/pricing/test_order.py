"""The order in which a price is worked out, and what holds for every price in every currency."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.baskets import Basket, Extra, Means
from bookings.prices import MOST_MINOR, TooHigh, price_of_time, priced
from kernel.money import tax_in
from kernel.periods import Period
from venues.models import Product, Resource, Venue, Voucher
from venues.pricelists import Standing
from venues.pricing import Use

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2027, 5, 3, 8, tzinfo=UTC)
COIN = {"EUR": 1, "JPY": 1, "KWD": 1, "CHF": 5}


def rate(amount, unit="hour", **fields):
    """A row as `with_prices` reads it."""
    empty = {"name": "", "valid_from": None, "valid_until": None, "weekdays": [], "from_time": None}
    return {"id": 1, "unit": unit, "amount_minor": amount, "until_time": None, "group_id": None, "priority": 0} | {
        **empty,
        **fields,
    }


def sold(thing, *rates):
    """A row with its rates hung on."""
    vars(thing).update(rate_rows=list(rates), group_rows=[])
    return thing


def court(*rates, currency="EUR", pk=1, venue=None, **fields):
    """A resource in a venue with 19 per cent VAT."""
    venue = venue or Venue(currency=currency, vat=1900, rounding_minor=COIN[currency], time_zone="Europe/Berlin")
    return sold(Resource(pk=pk, venue=venue, name=f"Court {pk}", **fields), *(rates or (rate(2500),)))


def lunch(amount=1070, count=1, vat=700, pk=50):
    """An extra per booking."""
    return Extra(sold(Product(pk=pk, name="Lunch", kind="extra", vat=vat), rate(amount, "booking")), count)


def club(percent, pk=1):
    """A membership without an end."""
    return Standing(pk, f"Group {pk}", percent, None, None)


def basket(*resources, minutes=60, **fields):
    """From ten o'clock in Berlin."""
    period = Period(TEN, TEN + timedelta(minutes=minutes))
    return Basket(resources=resources or (court(),), period=period, zone=BERLIN, **fields)


def kinds(price):
    """Kind and amount of each line."""
    return [(str(line.kind), line.amount_minor) for line in price.lines]


def test_the_documented_order():
    """Minimum, prepaid, group, extras, voucher, VAT, deposit, credit: each on what the ones before it left."""
    place = court(rate(1000), minimum_minor=2000, deposit_percent=5000)
    means = Means(Voucher(code="V", percent_off=1000), pack_minutes=30, pack_name="Ten", credit_minor=300)
    price = priced(basket(place, extras=(lunch(),), standings=(club(2000),)), means)
    assert kinds(price) == [
        ("rate", 1000),
        ("minimum", 1000),
        ("pack", -1000),
        ("group", -200),
        ("extra", 1070),
        ("voucher", -107),
        ("voucher", -80),
    ]
    assert (price.total_minor, price.deposit_minor, price.credit_minor) == (1683, 842, 300)
    assert (price.due_minor, price.due_now_minor) == (1383, 542)
    assert price.before_voucher_minor == 1870


@pytest.mark.parametrize(
    ("standings", "total"),
    [
        ((), 2500),
        ((club(1000),), 2250),
        ((club(1000, 1), club(2500, 2)), 1875),
        ((club(10_000),), 0),
        ((replace(club(5000), valid_until=date(2027, 5, 2)),), 2500),
        ((replace(club(5000), valid_until=date(2027, 5, 3)),), 1250),
        ((replace(club(5000), valid_from=date(2027, 5, 4)),), 2500),
    ],
)
def test_the_kindest_group_of_the_day_counts(standings, total):
    """ep3-bs#621 (prices for members)."""
    assert priced(basket(standings=standings)).total_minor == total
    assert price_of_time(court(), Use(basket().period, 1, BERLIN), standings) == total


def test_groups_of_the_day_are_those_of_the_local_start():
    """23:30 UTC is 01:30 of the next day in Berlin."""
    standing = replace(club(5000), valid_from=date(2027, 5, 4))
    start = datetime(2027, 5, 3, 23, 30, tzinfo=UTC)
    late = replace(basket(standings=(standing,)), period=Period(start, start + timedelta(hours=1)))
    assert priced(late).total_minor == 1250


@pytest.mark.parametrize(
    ("own", "service", "expected"),
    [
        (0, None, [("rate", 2500)]),
        (2500, None, [("rate", 2500)]),
        (3000, None, [("rate", 2500), ("minimum", 500)]),
        (3000, 0, [("rate", 2500), ("minimum", 500)]),
        (3000, 2600, [("rate", 2500), ("minimum", 100)]),
    ],
)
def test_minimum_charge_is_the_services_where_it_has_one(own, service, expected):
    product = None if service is None else sold(Product(pk=9, name="Lesson", minimum_minor=service))
    assert kinds(priced(basket(court(minimum_minor=own), product=product))) == expected


def test_each_resource_has_its_own_minimum():
    first = court(minimum_minor=3000)
    second = court(rate(100), pk=2, venue=first.venue, minimum_minor=150)
    assert kinds(priced(basket(first, second))) == [("rate", 2500), ("rate", 100), ("minimum", 500), ("minimum", 50)]


def test_service_with_rates_of_its_own_replaces_those_of_the_main_resource_only():
    first, product = court(vat=500), sold(Product(pk=9, name="Lesson", vat=700), rate(4000, "booking"))
    price = priced(basket(first, court(pk=2, venue=first.venue), product=product))
    found = [(line.product_id, line.resource_id, line.amount_minor, line.vat) for line in price.lines]
    assert found == [(9, None, 4000, 700), (None, 2, 2500, 1900)]


@pytest.mark.parametrize(
    ("service", "own", "vat"), [(None, None, 1900), (None, 500, 500), (700, 500, 700), (0, 500, 0), (700, None, 700)]
)
def test_vat_is_the_services_the_resources_or_the_venues(service, own, vat):
    product = sold(Product(pk=9, name="Lesson", vat=service))
    assert [line.vat for line in priced(basket(court(vat=own), product=product)).lines] == [vat]


@pytest.mark.parametrize(
    ("fields", "credit", "deposit", "now", "later"),
    [
        ({}, 0, 0, 2500, 0),
        ({"deposit_percent": 2000}, 0, 500, 500, 2000),
        ({"deposit_percent": 3333}, 0, 833, 833, 1667),
        ({"deposit_percent": 10_000}, 0, 2500, 2500, 0),
        ({"deposit_minor": 700}, 0, 700, 700, 1800),
        ({"deposit_minor": 9900}, 0, 2500, 2500, 0),
        ({"deposit_minor": 700}, 300, 700, 400, 1800),
        ({"deposit_minor": 700}, 700, 700, 0, 1800),
        ({"deposit_minor": 700}, 900, 700, 0, 1600),
        ({"deposit_minor": 700}, 9900, 700, 0, 0),
    ],
)
def test_deposit_and_the_rest(fields, credit, deposit, now, later):
    price = priced(basket(court(**fields)), Means(credit_minor=credit))
    assert (price.deposit_minor, price.due_now_minor) == (deposit, now)
    assert price.due_minor - price.due_now_minor == later


@pytest.mark.parametrize(
    ("ahead", "deposit"),
    [(timedelta(days=15), 500), (timedelta(days=14, seconds=1), 500), (timedelta(days=14), 0), (timedelta(days=1), 0)],
)
def test_no_deposit_once_the_rest_would_be_due(ahead, deposit):
    place = court(deposit_minor=500, balance_days_before=14)
    price = priced(basket(place, booked_at=TEN - ahead))
    assert (price.deposit_minor, price.due_now_minor) == (deposit, deposit or 2500)


@pytest.mark.parametrize(
    ("agreed", "line"), [(2000, ("agreed", -500)), (0, ("agreed", -2500)), (4000, ("agreed", 1500)), (2500, None)]
)
def test_agreed_price_replaces_the_total(agreed, line):
    price = priced(basket(), Means(agreed_minor=agreed))
    assert price.total_minor == agreed
    assert kinds(price) == [("rate", 2500), *([line] if line else [])]


def test_coins_never_make_a_discount_more_than_there_is_nor_leave_some_of_what_is_free():
    place = court(rate(750), currency="CHF", minimum_minor=753)
    for means in (Means(Voucher(code="V", percent_off=10_000)), Means(pack_minutes=60), Means(pack_minutes=600)):
        assert priced(basket(place), means).total_minor == 0
    assert priced(basket(place, standings=(club(10_000),))).total_minor == 0
    nearly = Means(Voucher(code="V", percent_off=9999))
    assert priced(basket(place), nearly).total_minor == 0


def test_price_beyond_all_bounds_is_too_high():
    place = court(rate(2**31 - 1, "person_hour"))
    with pytest.raises(TooHigh):
        priced(basket(place, minutes=31 * 1440, participants=32_767))
    with pytest.raises(TooHigh):
        priced(basket(), Means(agreed_minor=-1))
    with pytest.raises(TooHigh):
        priced(basket(), Means(agreed_minor=MOST_MINOR + 1))


AMOUNTS = st.integers(0, 10**6)
PERCENT = st.integers(0, 10_000)


@st.composite
def any_price(draw):
    """A basket with everything that may be in one, and means of every kind."""
    currency = draw(st.sampled_from(sorted(COIN)))
    first = court(
        rate(draw(AMOUNTS), draw(st.sampled_from(["hour", "half_hour", "person", "booking", "day", "person_hour"]))),
        rate(draw(AMOUNTS), id=2, priority=1, from_time="10:20:00", until_time="11:10:00"),
        currency=currency,
        minimum_minor=draw(st.integers(0, 20_000)),
        vat=draw(st.none() | PERCENT),
        deposit_percent=draw(PERCENT),
    )
    further = [court(rate(draw(AMOUNTS)), pk=2, venue=first.venue)] if draw(st.booleans()) else []
    extras = [
        lunch(draw(AMOUNTS), draw(st.integers(1, 500)), draw(st.none() | PERCENT), 50 + n)
        for n in range(draw(st.integers(0, 3)))
    ]
    kind = draw(st.sampled_from(["none", "percent", "amount"]))
    voucher = {
        "none": None,
        "percent": Voucher(code="V", percent_off=draw(st.integers(1, 10_000))),
        "amount": Voucher(code="V", amount_minor=draw(st.integers(1, 10**7)), currency=currency),
    }[kind]
    means = Means(voucher, draw(st.integers(0, 300)), "Pack", draw(st.integers(0, 10**7)))
    wanted = basket(
        first,
        *further,
        minutes=draw(st.integers(5, 600)),
        participants=draw(st.integers(1, 40)),
        extras=tuple(extras),
        standings=tuple(club(draw(PERCENT), n) for n in range(draw(st.integers(0, 2)))),
    )
    return wanted, means


@given(any_price())
def test_lines_add_up_to_the_cent_and_tax_to_the_gross_in_every_currency(made):
    """EUR, JPY, KWD and CHF with its five-centime coin."""
    wanted, means = made
    price = priced(wanted, means)
    assert sum(line.amount_minor for line in price.lines) == price.total_minor >= 0
    for tax in price.taxes:
        gross = sum(line.amount_minor for line in price.lines if line.vat == tax.vat)
        assert tax.net_minor + tax.tax_minor == tax.gross_minor == gross >= 0
        assert tax.tax_minor == tax_in(gross, tax.vat) >= 0
    assert sum(tax.gross_minor for tax in price.taxes) == price.total_minor
    for line in price.lines:
        is_discount = line.kind in {"pack", "group", "voucher"}
        assert (line.amount_minor < 0) if is_discount else (line.amount_minor >= 0)
    assert 0 <= price.due_now_minor <= price.due_minor <= price.total_minor
    assert 0 <= price.credit_minor <= price.total_minor
    assert price.pack_minutes <= wanted.period.minutes


@given(any_price())
def test_means_make_nothing_dearer(made):
    wanted, means = made
    full, paid = priced(wanted), priced(wanted, means)
    assert paid.total_minor <= full.total_minor
    assert priced(replace(wanted, standings=())).total_minor >= full.total_minor
