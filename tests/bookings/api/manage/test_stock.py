"""How many there are of an extra: the pool behind it, and what is booked of it already."""

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, BookingExtra, Occupancy
from bookings.requests import ExtraWish
from kernel.errors import Refused
from tests.bookings.api.manage.shop import ADMIN, made, rows_of
from tests.bookings.scenes import held, let_lapse, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Closure, Product, Resource

RACKET = {"name": "Racket", "slug": "racket", "kind": "extra"}


def with_rackets(world: World, extra: int, count: int, hour: int, court: str = "court_1") -> Booking:
    """A hold of an hour that takes so many."""
    with tenant_context(world.tenant):
        return held(getattr(world, court), slot(hour), extras=(ExtraWish(extra, count),))


@pytest.fixture
def rackets(api: Caller, alpha: World) -> int:
    """Twenty rackets, to be had with both courts."""
    extra = made(api, "products", {**RACKET, "stock": 20, "venue": alpha.venue})
    made(api, "rates", {"product": extra["id"], "amount": "3.00", "unit": "booking"})
    for court in (alpha.court_1, alpha.court_2):
        made(api, "extra-offers", {"extra": extra["id"], "resource": court, "most": 20})
    return int(extra["id"])


def pool_of(world: World, extra: int) -> dict[str, Any]:
    """The resource behind an extra."""
    with tenant_context(world.tenant):
        return dict(Resource.objects.filter(stock_of=extra).values().get())


def test_stock_is_a_pool_that_nobody_books_alone(api: Caller, alpha: World, rackets: int) -> None:
    shown = api("owner").get(f"{ADMIN}/products/{rackets}/").json()
    assert (shown["stock"], shown["venue"]) == (20, alpha.venue)
    pool = pool_of(alpha, rackets)
    assert (pool["kind"], pool["units"], pool["capacity"], pool["venue_id"]) == ("equipment", 20, 1, alpha.venue)
    assert (pool["name"], pool["slug"]) == ("Racket", f"stock-{rackets}-racket")
    assert api("guest").get(f"/api/v1/resources/{pool['id']}/").status_code == 404
    with tenant_context(alpha.tenant), pytest.raises(Refused) as refusal:
        held(pool["id"], slot(9))
    assert refusal.value.code == "resource_unknown"


def test_name_of_the_pool_follows_the_extra(api: Caller, alpha: World, rackets: int) -> None:
    api("owner").patch(f"{ADMIN}/products/{rackets}/", {"name": "Bat"})
    assert pool_of(alpha, rackets)["name"] == "Bat"


def test_stock_is_not_lowered_under_what_is_booked(api: Caller, alpha: World, rackets: int) -> None:
    with_rackets(alpha, rackets, 6, 9)
    with_rackets(alpha, rackets, 5, 9, "court_2")
    with_rackets(alpha, rackets, 8, 10)
    before = contents(alpha)
    answer = api("owner").patch(f"{ADMIN}/products/{rackets}/", {"stock": 10, "name": "Bat"})
    assert (answer.status_code, answer.json()) == (
        409,
        {"code": "units_booked", "detail": "More than that are booked already.", "most": 11},
    )
    assert contents(alpha) == before


def test_stock_is_lowered_to_what_is_booked_and_bookings_change_places(api: Caller, alpha: World, rackets: int) -> None:
    first, second = with_rackets(alpha, rackets, 12, 9), with_rackets(alpha, rackets, 8, 9, "court_2")
    with tenant_context(alpha.tenant):
        Occupancy.objects.filter(booking=first).delete()
        Booking.objects.filter(pk=first.pk).update(state="cancelled")
        pool = Resource.objects.get(stock_of=rackets)
        assert set(pool.occupancies.values_list("unit", flat=True)) == set(range(12, 20))
    answer = api("owner").patch(f"{ADMIN}/products/{rackets}/", {"stock": 8})
    assert (answer.status_code, answer.json()["stock"]) == (200, 8)
    with tenant_context(alpha.tenant):
        rows = Occupancy.objects.filter(resource=pool)
        assert {(row.booking_id, row.unit) for row in rows} == {(second.pk, unit) for unit in range(8)}
        with pytest.raises(Refused) as refusal:
            held(alpha.court_1, slot(9), extras=(ExtraWish(rackets, 1),))
    assert refusal.value.code == "extra_sold_out"


def test_holds_that_are_over_do_not_count(api: Caller, alpha: World, rackets: int) -> None:
    booking = with_rackets(alpha, rackets, 12, 9)
    with tenant_context(alpha.tenant):
        let_lapse(booking)
    assert api("owner").patch(f"{ADMIN}/products/{rackets}/", {"stock": 5}).status_code == 200
    with tenant_context(alpha.tenant):
        booking.refresh_from_db()
        assert (booking.state, booking.occupancies.count()) == ("expired", 0)


def test_stock_that_is_raised_can_be_booked(api: Caller, alpha: World, rackets: int) -> None:
    with_rackets(alpha, rackets, 20, 9)
    assert api("owner").patch(f"{ADMIN}/products/{rackets}/", {"stock": 21}).json()["stock"] == 21
    assert with_rackets(alpha, rackets, 1, 9, "court_2").state == "held"


def test_units_that_are_added_are_closed_with_the_others(api: Caller, alpha: World) -> None:
    period = slot(9)
    body = {
        "venue": alpha.venue,
        "resource": alpha.kayaks,
        "start_datetime": period.start.isoformat(),
        "end_datetime": period.end.isoformat(),
    }
    assert api("owner").post(f"{ADMIN}/closures/", body).status_code == 201
    answer = api("owner").patch(f"{ADMIN}/resources/{alpha.kayaks}/", {"units": 5})
    assert (answer.status_code, answer.json()["units"]) == (200, 5)
    with tenant_context(alpha.tenant):
        closure = Closure.objects.get()
        assert sorted(closure.occupancies.values_list("unit", flat=True)) == [0, 1, 2, 3, 4]
        with pytest.raises(Refused) as refusal:
            held(alpha.kayaks, period)
    assert refusal.value.code == "closure"
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.kayaks}/", {"units": 2}).status_code == 200
    with tenant_context(alpha.tenant):
        assert sorted(closure.occupancies.values_list("unit", flat=True)) == [0, 1]


def test_limit_that_comes_later_counts_what_is_booked(api: Caller, alpha: World, rackets: int) -> None:
    path = f"{ADMIN}/products/{rackets}/"
    with_rackets(alpha, rackets, 12, 9)
    unlimited = api("owner").patch(path, {"stock": None})
    assert (unlimited.json()["stock"], unlimited.json()["venue"]) == (None, None)
    assert rows_of(alpha, "venues_resource WHERE kind = 'equipment'") == 0
    with_rackets(alpha, rackets, 20, 9, "court_2")
    before = contents(alpha)
    answer = api("owner").patch(path, {"stock": 31, "venue": alpha.venue})
    assert (answer.status_code, answer.json()["code"], answer.json()["most"]) == (409, "units_booked", 32)
    assert contents(alpha) == before
    limited = api("owner").patch(path, {"stock": 32, "venue": alpha.venue})
    assert (limited.status_code, limited.json()["stock"]) == (200, 32)
    assert rows_of(alpha, f"bookings_occupancy WHERE resource_id = {pool_of(alpha, rackets)['id']}") == 32


def test_stock_stays_where_it_is(api: Caller, alpha: World, rackets: int) -> None:
    answer = api("owner").patch(f"{ADMIN}/products/{rackets}/", {"venue": alpha.annex, "stock": 5})
    assert answer.json()["errors"] == {"venue": ["This cannot be changed."]}


def test_extra_goes_with_its_stock_unless_it_was_booked(api: Caller, alpha: World, rackets: int) -> None:
    booking = with_rackets(alpha, rackets, 2, 9)
    before = contents(alpha)
    answer = api("owner").delete(f"{ADMIN}/products/{rackets}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before
    with tenant_context(alpha.tenant):
        BookingExtra.objects.all().delete()
        booking.lines.all().delete()
    assert api("owner").delete(f"{ADMIN}/products/{rackets}/").status_code == 204
    with tenant_context(alpha.tenant):
        assert not Product.objects.filter(pk=rackets).exists()
        assert not Resource.objects.filter(kind="equipment").exists()
