"""Venues and resources are added, archived and taken away: `/admin/venues/`, `/admin/resources/`."""

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings import closures
from bookings.closures import ClosureRequest
from bookings.models import Booking, Occupancy
from tenants.models import Tenant
from tests.bookings.api.manage.shop import ADMIN, INVALID, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Rate, Resource, Venue

NORTH = {"name": "North Hall"}


def test_venue_is_made_with_what_is_the_tenants(api: Caller, alpha: World) -> None:
    venue = made(api, "venues", NORTH)
    assert venue == {
        "id": venue["id"], "name": "North Hall", "slug": "north-hall", "description": "", "notice": "",
        "house_rules": "", "directions": "", "amenities": [], "latitude": None, "longitude": None, "street": "",
        "postal_code": "", "city": "", "country": "", "email": "", "phone": "", "currency": "EUR",
        "time_zone": "Europe/Berlin", "is_active": True, "position": 0, "vat": "0", "rounding": "0.01",
        "holds_at_once": 20, "holds_per_day": 8, "cancellation_policy": None,
    }  # fmt: skip
    assert made(api, "venues", NORTH)["slug"] == "north-hall-2"
    tokyo = {"name": "東京", "currency": "JPY", "time_zone": "Asia/Tokyo", "rounding": "10"}
    found = made(api, "venues", tokyo)
    assert (found["slug"], found["currency"], found["time_zone"], found["rounding"]) == (
        "venue", "JPY", "Asia/Tokyo", "10",
    )  # fmt: skip
    assert [row["id"] for row in api("owner").get(f"{ADMIN}/venues/").json()][:1] == [alpha.venue]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({**NORTH, "slug": "main"}, {"slug": ["Venue with this Slug already exists."]}),
        ({**NORTH, "currency": "eur"}, {"currency": ["Enter a valid value."]}),
        ({**NORTH, "time_zone": "Europe/Nowhere"}, {"time_zone": ["This is not a time zone."]}),
        ({**NORTH, "country": "Germany"}, {"country": ["Ensure this field has no more than 2 characters."]}),
        ({**NORTH, "email": "north"}, {"email": ["Enter a valid email address."]}),
        ({**NORTH, "latitude": "90.1", "longitude": "0"}, {"latitude": ["At most 90."]}),
        ({**NORTH, "latitude": "48.137154"}, {"longitude": ["Give both latitude and longitude, or neither."]}),
        ({**NORTH, "amenities": ["x" * 41]}, {"amenities": ["At most 40 characters each."]}),
    ],
)
def test_venue_without_sense_is_refused(
    api: Caller, alpha: World, body: dict[str, Any], errors: dict[str, Any]
) -> None:
    before = contents(alpha)
    answer = api("owner").post(f"{ADMIN}/venues/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(errors)), answer.json()
    assert contents(alpha) == before


def test_the_owner_alone_adds_venues_and_gives_them_up(api: Caller, alpha: World) -> None:
    before = contents(alpha)
    for who in ("manager", "front_desk", "accountant", "guest"):
        for answer in (
            api(who).post(f"{ADMIN}/venues/", NORTH),
            api(who).delete(f"{ADMIN}/venues/{alpha.venue}/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    full = api("owner").delete(f"{ADMIN}/venues/{alpha.venue}/")
    assert (full.status_code, full.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before
    fresh = made(api, "venues", NORTH)["id"]
    assert api("owner").delete(f"{ADMIN}/venues/{fresh}/").status_code == 204
    with tenant_context(alpha.tenant):
        assert Venue.objects.count() == 2


@pytest.mark.parametrize(("kind", "limit"), [("venues", "most_venues"), ("resources", "most_resources")])
def test_nothing_is_added_beyond_the_plan(api: Caller, alpha: World, kind: str, limit: str) -> None:
    """R34: counted in the transaction that adds; what is archived makes room."""
    used = {"venues": 2, "resources": 7}[kind]
    body: dict[str, Any] = {"name": "One more", **({"venue": alpha.venue} if kind == "resources" else {})}
    Tenant.objects.filter(pk=alpha.tenant.pk).update(**{limit: used})
    before = contents(alpha)
    answer = api("owner").post(f"{ADMIN}/{kind}/", body)
    assert answer.status_code == 403
    assert {name: answer.json()[name] for name in ("code", "limit", "used")} == {
        "code": "plan_limit", "limit": used, "used": used,
    }  # fmt: skip
    assert contents(alpha) == before
    row = made(api, kind, {**body, "is_active": False})
    path = f"{ADMIN}/{kind}/{row['id']}/"
    assert api("owner").patch(path, {"is_active": True}).json()["code"] == "plan_limit"
    old = alpha.annex if kind == "venues" else alpha.court_2
    assert api("owner").patch(f"{ADMIN}/{kind}/{old}/", {"is_active": False}).status_code == 200
    assert api("owner").patch(path, {"is_active": True}).json()["is_active"] is True


def test_manager_adds_resources_to_the_own_venue(api: Caller, alpha: World) -> None:
    body = {"name": "Court 3", "kind": "court", "venue": alpha.venue, "capacity": 4, "amenities": ["Light"]}
    court = made(api, "resources", body, "manager")
    assert (court["slug"], court["venue"], court["part_of"], court["currency"]) == ("court-3", alpha.venue, None, "EUR")
    assert (court["kind"], court["capacity"], court["amenities"], court["is_active"]) == ("court", 4, ["Light"], True)
    assert [row["id"] for row in api("manager").get(f"{ADMIN}/resources/?venue={alpha.venue}").json()].count(
        court["id"]
    ) == 1
    before = contents(alpha)
    elsewhere = api("manager").post(f"{ADMIN}/resources/", {**body, "venue": alpha.annex})
    assert (elsewhere.status_code, list(elsewhere.json()["errors"])) == (400, ["venue"])
    for who in ("front_desk", "accountant", "guest"):
        assert api(who).post(f"{ADMIN}/resources/", body).status_code == 403
    assert contents(alpha) == before


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"name": ""}, {"name": ["This field may not be blank."]}),
        ({"venue": 999}, {"venue": ["There is nothing with the id 999 here."]}),
        ({"part_of": 999}, {"part_of": ["There is nothing with the id 999 here."]}),
        ({"slug": "court-1"}, {"non_field_errors": ["Constraint “resource_slug_in_venue” is violated."]}),
        ({"slug": "day"}, {"slug": ["This is an address of the venue itself. Choose another one."]}),
        ({"units": 3, "part_of": "hall"}, {"units": ["A pool cannot be divided into parts or be a part itself."]}),
        ({"part_of": "kayaks"}, {"part_of": ["A pool cannot be divided into parts."]}),
        ({"part_of": "annex_room"}, {"part_of": ["The whole lies in another venue."]}),
    ],
)
def test_resource_without_sense_is_refused(
    api: Caller, alpha: World, change: dict[str, Any], errors: dict[str, Any]
) -> None:
    named = {name: getattr(alpha, value, value) if isinstance(value, str) else value for name, value in change.items()}
    before = contents(alpha)
    answer = api("owner").post(f"{ADMIN}/resources/", {"name": "Court 3", "venue": alpha.venue, **named})
    assert (answer.status_code, answer.json()["detail"], list(answer.json()["errors"])) == (400, INVALID, list(errors))
    assert contents(alpha) == before


def test_resource_called_day_has_another_address_than_the_venues_day(api: Caller, alpha: World) -> None:
    assert made(api, "resources", {"name": "Day", "venue": alpha.venue})["slug"] == "day-2"


def test_whole_and_slug_are_said_once(api: Caller, alpha: World) -> None:
    third = made(api, "resources", {"name": "Half c", "venue": alpha.venue, "part_of": alpha.hall})
    assert third["part_of"] == alpha.hall
    for body in ({"part_of": None}, {"slug": "x"}, {"venue": alpha.annex}):
        answer = api("owner").patch(f"{ADMIN}/resources/{third['id']}/", body)
        assert (answer.status_code, answer.json()["errors"]) == (400, {next(iter(body)): ["This cannot be changed."]})
    assert api("owner").patch(f"{ADMIN}/resources/{alpha.court_1}/", {"part_of": alpha.hall}).status_code == 400


def test_part_that_is_new_is_taken_by_the_booking_of_its_whole(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        held(alpha.hall, slot(9))
    third = made(api, "resources", {"name": "Half c", "venue": alpha.venue, "part_of": alpha.hall})["id"]
    with tenant_context(alpha.tenant):
        Rate.objects.create(resource_id=third, amount_minor=100)
    answer = api("guest").post("/api/v1/bookings/", _wish(third))
    assert (answer.status_code, answer.json()["code"]) == (400, "held")


def test_what_closes_a_venue_closes_what_is_new_there(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        closures.block_out(ClosureRequest(venue, slot(9), None, "Paint"))
        closures.block_out(ClosureRequest(venue, slot(11), alpha.court_1, "Net"))
    pool = made(api, "resources", {"name": "Canoes", "venue": alpha.venue, "units": 2})["id"]
    with tenant_context(alpha.tenant):
        rows = Occupancy.objects.filter(resource=pool).order_by("unit").values_list("unit", "during__startswith")
        assert list(rows) == [(0, slot(9).start), (1, slot(9).start)]
        Rate.objects.create(resource_id=pool, amount_minor=100)
    answer = api("guest").post("/api/v1/bookings/", _wish(pool))
    assert (answer.status_code, answer.json()["code"]) == (400, "closure")


def _wish(resource: int) -> dict[str, Any]:
    period = slot(9)
    times = {"start_datetime": period.start.isoformat(), "end_datetime": period.end.isoformat()}
    return {"resource": resource, **times}


def test_archived_resource_and_venue_keep_what_is_booked(api: Caller, alpha: World) -> None:
    """R34: it is not offered any more, and comes back as it was."""
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9))
        before = Booking.objects.filter(pk=booking.pk).values().get()
    for kind, pk in (("resources", alpha.court_1), ("venues", alpha.venue)):
        path = f"{ADMIN}/{kind}/{pk}/"
        assert api("owner").patch(path, {"is_active": False}).json()["is_active"] is False
        answer = api("guest").post("/api/v1/bookings/", _wish(alpha.court_1))
        assert answer.json()["code"] == "resource_unknown"
        gone = api("owner").delete(path)
        assert (gone.status_code, gone.json()["code"]) == (409, "in_use")
        assert api("owner").patch(path, {"is_active": True}).json()["is_active"] is True
    with tenant_context(alpha.tenant):
        assert Booking.objects.filter(pk=booking.pk).values().get() == before
        assert Resource.objects.filter(is_active=True).count() == 7


def test_resource_that_nobody_needed_is_deleted(api: Caller, alpha: World) -> None:
    court = made(api, "resources", {"name": "Court 3", "venue": alpha.venue})["id"]
    assert api("manager").delete(f"{ADMIN}/resources/{court}/").status_code == 204
    assert api("manager").delete(f"{ADMIN}/resources/{alpha.annex_room}/").status_code == 404
    assert api("front_desk").delete(f"{ADMIN}/resources/{alpha.court_1}/").status_code == 403
    assert api("owner").get(f"{ADMIN}/resources/{court}/").status_code == 404


def test_bodies_of_another_shape_are_refused(api: Caller, alpha: World) -> None:
    refused(api, alpha, "resources", {"name": "x", "venue": [1]}, {"venue": ["Use an id: a whole number."]})
