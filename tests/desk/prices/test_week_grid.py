"""The grid of prices says what a quote says, for every cell of a week: also on the days on which the clocks change."""

from datetime import date, time, timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings.baskets import Basket
from bookings.prices import priced
from desk.prices.weekgrid import Shown, grid, monday_of, shown_hours, step_of
from tenants.zones import zone
from tests.worlds import World
from venues.models import CustomerGroup, Rate, Resource
from venues.pricelists import PriceList, Standing, price_list, with_prices
from venues.pricing import NoPrice

ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/New_York")
# The weeks in which the clocks of those zones change, and one in which none do.
WEEKS = (
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2027, 10, 3),
    date(2027, 4, 4),
    date(2027, 3, 14),
    date(2027, 6, 9),
)


@pytest.fixture
def court(alpha: World):
    """Court 1 with an evening, a night that passes midnight, a season, members, and a change to come."""
    with tenant_context(alpha.tenant):
        court = Resource.objects.get(pk=alpha.court_1)
        members = CustomerGroup.objects.create(name="Members")
        rows = [
            {"amount_minor": 4000, "from_time": time(18), "until_time": time(22), "priority": 1, "name": "Evening"},
            {"amount_minor": 6000, "from_time": time(22), "until_time": time(2, 30), "weekdays": [4, 5], "priority": 2},
            {"amount_minor": 2600, "valid_from": date(2027, 6, 10)},
            {"amount_minor": 1000, "valid_from": date(2027, 10, 1), "valid_until": date(2027, 10, 3), "priority": 3},
            {"amount_minor": 2000, "group": members, "weekdays": [0, 1, 2]},
        ]
        for row in rows:
            Rate.objects.create(resource=court, **row)
        yield court


@pytest.mark.parametrize("zone_name", ZONES)
@pytest.mark.parametrize("day", WEEKS)
@pytest.mark.parametrize("is_member", [False, True])
def test_every_cell_says_what_a_quote_says(court: Resource, zone_name: str, day: date, is_member: bool) -> None:
    members = CustomerGroup.objects.get()
    groups = frozenset({members.pk} if is_member else ())
    row = with_prices(Resource.objects.filter(pk=court.pk)).select_related("venue").get()
    shown = grid(price_list(row), groups, monday_of(day), zone(zone_name))
    assert shown.step == 30
    assert len(shown.rows) == 48
    standings = (Standing(members.pk, "Members", 0, None, None),) if is_member else ()
    skipped = 0
    for cell in (cell for line in shown.rows for cell in line.cells):
        if cell.period is None:
            skipped += 1
            continue
        price = priced(Basket((row,), cell.period, zone(zone_name), standings=standings))
        assert cell.key is not None
        assert price.lines[0].rate_id == cell.key.tariff.rate_id
        assert cell.more == (len(price.lines) > 1)
    assert skipped == {
        ("Europe/Berlin", date(2027, 3, 28)): 2,
        ("Australia/Lord_Howe", date(2027, 10, 3)): 1,
        ("America/New_York", date(2027, 3, 14)): 2,
    }.get((zone_name, day), 0)


def test_a_time_without_a_price_is_no_quote_either(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_2).update(from_time=time(8), until_time=time(12, 20))
        row = with_prices(Resource.objects.filter(pk=alpha.court_2)).select_related("venue").get()
        shown = grid(price_list(row), frozenset(), date(2027, 6, 7), zone("Europe/Berlin"), Shown((7 * 60, 14 * 60)))
        assert shown.step == 20
        assert shown.rows[0].start == time(7)
        assert shown.gaps
        for cell in (cell for line in shown.rows for cell in line.cells):
            assert cell.period is not None
            basket = Basket((row,), cell.period, zone("Europe/Berlin"))
            if cell.key is None:
                with pytest.raises(NoPrice):
                    priced(basket)
            else:
                assert priced(basket).total_minor == 833


def test_rows_are_as_fine_as_the_prices_need() -> None:
    assert step_of(()) == 60
    assert shown_hours([(7 * 60, 23 * 60), (9 * 60, 12 * 60)]) == (7 * 60, 23 * 60)
    assert shown_hours([(20 * 60, 26 * 60)]) == (0, 24 * 60)
    assert shown_hours([]) == (0, 24 * 60)
    shown = grid(PriceList(()), frozenset(), date(2027, 6, 7), zone("Europe/Berlin"))
    assert (shown.days[0], shown.days[-1]) == (date(2027, 6, 7), date(2027, 6, 7) + timedelta(days=6))
    assert shown.keys == ()
