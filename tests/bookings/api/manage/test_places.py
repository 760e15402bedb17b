"""`/admin/venues/{id}/` and `/admin/resources/{id}/`: settings, also of what is booked already."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, Occupancy
from kernel.errors import Refused
from tests.bookings.api.manage.shop import ADMIN, INVALID, made
from tests.bookings.scenes import held, let_lapse, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Resource, Venue


def test_venue_is_read_and_changed(api: Caller, alpha: World) -> None:
    path = f"{ADMIN}/venues/{alpha.venue}/"
    policy = made(api, "cancellation-policies", {"name": "Strict"})["id"]
    venue = api("accountant").get(path).json()
    assert venue == {
        "id": alpha.venue,
        "name": f"Main {alpha.canary}",
        "slug": "main",
        "description": alpha.canary,
        "notice": "",
        "house_rules": "",
        "directions": "",
        "amenities": [],
        "latitude": None,
        "longitude": None,
        "street": f"Street {alpha.canary} 1",
        "postal_code": "80000",
        "city": "Town",
        "country": "",
        "email": "",
        "phone": "",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "is_active": True,
        "position": 0,
        "vat": "0",
        "rounding": "0.01",
        "holds_at_once": 20,
        "holds_per_day": 8,
        "cancellation_policy": None,
    }
    wanted = {"vat": "19", "rounding": "0.05", "holds_at_once": 3, "holds_per_day": 0, "cancellation_policy": policy}
    wanted |= {"name": "Mine", "street": "Sportstrasse 1", "country": "DE", "email": "mine@example.org", "position": 3}
    changed = api("manager").patch(path, {**wanted, "id": 999, "currency": "EUR"})
    assert (changed.status_code, changed.json()) == (200, {**venue, **wanted})
    with tenant_context(alpha.tenant):
        row = Venue.objects.get(pk=alpha.venue)
    assert (row.vat, row.rounding_minor, row.name) == (1900, 5, "Mine")
    for fixed in ({"currency": "USD"}, {"time_zone": "Europe/Vienna"}, {"slug": "other"}):
        answer = api("owner").patch(path, fixed)
        assert (answer.status_code, answer.json()["errors"]) == (400, {next(iter(fixed)): ["This cannot be changed."]})
    assert api("owner").patch(path, {"cancellation_policy": None}).json()["cancellation_policy"] is None


def test_resource_is_read_and_changed(api: Caller, alpha: World) -> None:
    path = f"{ADMIN}/resources/{alpha.court_1}/"
    policy = made(api, "cancellation-policies", {"name": "Strict"})["id"]
    resource = api("front_desk").get(path).json()
    assert resource == {
        "id": alpha.court_1,
        "public_id": resource["public_id"],
        "name": f"Court 1 {alpha.canary}",
        "slug": "court-1",
        "kind": "other",
        "description": "",
        "notice": "",
        "house_rules": "",
        "amenities": [],
        "position": 0,
        "venue": alpha.venue,
        "part_of": None,
        "currency": "EUR",
        "is_active": True,
        "capacity": 4,
        "units": 1,
        "grid_minutes": 30,
        "min_minutes": 60,
        "max_minutes": 120,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "lead_minutes": 0,
        "horizon_days": 365,
        "pays_online": False,
        "pays_on_site": True,
        "is_shared": False,
        "is_outdoor": False,
        "needs_approval": True,
        "minimum": "0.00",
        "vat": None,
        "deposit_percent": "0",
        "deposit": "0.00",
        "balance_days_before": None,
        "cancellation_policy": None,
    }
    wanted = {
        "capacity": 6,
        "grid_minutes": 15,
        "min_minutes": 30,
        "max_minutes": 240,
        "buffer_after_minutes": 10,
        "lead_minutes": 60,
        "horizon_days": 30,
        "pays_online": True,
        "is_outdoor": True,
        "needs_approval": False,
        "minimum": "10.00",
        "vat": "7.5",
        "deposit_percent": "25",
        "balance_days_before": 7,
        "cancellation_policy": policy,
    }
    wanted |= {"name": "Mine", "kind": "court", "description": "Clay", "amenities": ["Light"], "position": 2}
    changed = api("manager").patch(path, {**wanted, "public_id": str(UUID(int=1)), "venue": alpha.venue})
    assert (changed.status_code, changed.json()) == (200, {**resource, **wanted})
    with tenant_context(alpha.tenant):
        row = Resource.objects.get(pk=alpha.court_1)
    assert str(row.public_id) == resource["public_id"]
    assert (row.vat, row.deposit_percent, row.minimum_minor, row.slug) == (750, 2500, 1000, "court-1")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"deposit_percent": "10", "deposit": "5.00"},
            {"deposit": ["Give the deposit as a percentage or as an amount."]},
        ),
        ({"deposit": "5.001"}, {"deposit": ["This has more decimals than EUR has."]}),
        (
            {"pays_online": False, "pays_on_site": False},
            {"non_field_errors": ["Choose how customers pay: online, on site, or both."]},
        ),
        ({"min_minutes": 180}, {"max_minutes": ["The longest booking cannot be shorter than the shortest."]}),
        ({"is_shared": True}, {"units": ["What strangers share has one unit for each place."]}),
        ({"units": 501}, {"units": ["Ensure this value is less than or equal to 500."]}),
        ({"units": 0}, {"units": ["Ensure this value is greater than or equal to 1."]}),
        ({"grid_minutes": 1}, {"grid_minutes": ["Ensure this value is greater than or equal to 5."]}),
        ({"vat": "101"}, {"vat": ["Use a percentage from 0 to 100."]}),
        ({"cancellation_policy": 999}, {"cancellation_policy": ["There is nothing with the id 999 here."]}),
        ({"is_active": "perhaps"}, {"is_active": ["Must be a valid boolean."]}),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    before = contents(alpha)
    answer = api("owner").patch(f"{ADMIN}/resources/{alpha.court_1}/", body)
    assert answer.json() == {"code": "invalid", "detail": INVALID, "errors": errors}
    assert contents(alpha) == before


def test_places_that_do_not_exist_are_404(api: Caller) -> None:
    for kind in ("venues", "resources"):
        assert api("owner").get(f"{ADMIN}/{kind}/999/").status_code == 404
        assert api("owner").patch(f"{ADMIN}/{kind}/{2**70}/", {}).status_code == 404


def refused(api: Caller, world: World, resource: int, body: dict[str, Any], code: str) -> dict[str, object]:
    """A change is refused, nothing has changed, and this is the answer."""
    before = contents(world)
    answer = api("owner").patch(f"{ADMIN}/resources/{resource}/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert contents(world) == before
    found: dict[str, object] = answer.json()
    return found


def test_units_are_not_lowered_under_what_is_booked(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        bookings = [held(alpha.kayaks, slot(9)) for _each in range(2)]
    assert refused(api, alpha, alpha.kayaks, {"units": 1}, "units_booked")["most"] == 2
    with tenant_context(alpha.tenant):
        let_lapse(bookings[0])
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.kayaks}/", {"units": 1}).json()["units"] == 1
    with tenant_context(alpha.tenant):
        assert [row.unit for row in Occupancy.objects.filter(booking=bookings[1])] == [0]


def test_room_is_not_taken_from_those_who_booked_it(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9), participants=3)
    assert refused(api, alpha, alpha.court_1, {"capacity": 2}, "capacity_booked")["most"] == 3
    path = f"{ADMIN}/resources/{alpha.court_1}/"
    assert api("owner").patch(path, {"capacity": 3}).status_code == 200
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=booking.pk).update(state="cancelled")
    assert api("owner").patch(path, {"capacity": 2}).status_code == 200


def test_sharing_neither_begins_nor_ends_while_there_are_bookings_to_come(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        booking = held(alpha.kayaks, slot(9))
    body = {"is_shared": True, "capacity": 3}
    refused(api, alpha, alpha.kayaks, body, "resource_booked")
    with tenant_context(alpha.tenant):
        let_lapse(booking)
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.kayaks}/", body).json()["is_shared"] is True


def test_longer_buffers_are_kept_between_bookings_that_exist(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9))
    path = f"{ADMIN}/resources/{alpha.court_1}/"
    assert api("owner").patch(path, {"buffer_before_minutes": 10, "buffer_after_minutes": 20}).status_code == 200
    with tenant_context(alpha.tenant):
        [row] = booking.occupancies.all()
        assert row.during.lower == booking.start - timedelta(minutes=10)
        assert row.during.upper == booking.end + timedelta(minutes=20)
        with pytest.raises(Refused) as refusal:
            held(alpha.court_1, slot(10))
        assert refusal.value.code == "buffer"
    assert api("owner").patch(path, {"buffer_before_minutes": 0, "buffer_after_minutes": 0}).status_code == 200
    with tenant_context(alpha.tenant):
        assert held(alpha.court_1, slot(10)).state == "held"


def test_buffers_for_which_bookings_stand_too_close_together_are_refused(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        codes = [held(alpha.court_1, slot(hour)).reference_code for hour in (9, 10, 12)]
    told = refused(api, alpha, alpha.court_1, {"buffer_after_minutes": 15}, "buffer_conflicts")
    assert told["bookings"] == codes[:2]


def test_buffers_of_a_whole_are_kept_on_its_parts(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        whole = held(alpha.hall, slot(9))
        part = held(alpha.half_a, slot(11))
    path = f"{ADMIN}/resources/{alpha.hall}/"
    assert api("owner").patch(path, {"buffer_after_minutes": 60}).status_code == 200
    with tenant_context(alpha.tenant):
        ends = {row.resource_id: row.during.upper for row in whole.occupancies.all()}
        hour = timedelta(hours=1)
        assert ends == dict.fromkeys((alpha.hall, alpha.half_a, alpha.half_b), whole.end + hour)
        assert part.occupancies.get().during.upper == part.end
    told = refused(api, alpha, alpha.hall, {"buffer_after_minutes": 61}, "buffer_conflicts")
    assert told["bookings"] == [whole.reference_code, part.reference_code]


def test_buffers_of_a_pool_let_bookings_change_places(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        bookings = [held(alpha.kayaks, slot(hour)) for hour in (9, 10, 11)]
        Occupancy.objects.filter(booking__in=bookings).update(unit=0)
    path = f"{ADMIN}/resources/{alpha.kayaks}/"
    assert api("owner").patch(path, {"buffer_after_minutes": 30}).status_code == 200
    with tenant_context(alpha.tenant):
        units = [booking.occupancies.get().unit for booking in bookings]
    assert units == [0, 1, 0]


def test_resource_that_is_switched_off_keeps_its_bookings(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9))
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.court_1}/", {"is_active": False}).status_code == 200
    with tenant_context(alpha.tenant):
        booking.refresh_from_db()
        assert (booking.state, booking.occupancies.count()) == ("held", 1)
        with pytest.raises(Refused) as refusal:
            held(alpha.court_1, slot(12))
    assert refusal.value.code == "resource_unknown"
    assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/").status_code == 404
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.court_1}/", {"is_active": True}).json()["is_active"] is True


def test_manager_changes_the_own_venues_only(api: Caller, alpha: World) -> None:
    before = contents(alpha)
    for path in (f"{ADMIN}/venues/{alpha.annex}/", f"{ADMIN}/resources/{alpha.annex_room}/"):
        assert api("manager").get(path).status_code == 404
        assert api("manager").patch(path, {"vat": "5"}).status_code == 404
    assert contents(alpha) == before
