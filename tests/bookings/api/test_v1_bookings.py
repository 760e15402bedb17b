"""One test for each line of API.md about v1 bookings, named after it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.models import Booking, BookingEvent, Occupancy
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Rate

BOOKING_KEYS = [
    "id", "reference_code", "resource", "resource_name", "venue_name", "venue_address", "start_datetime",
    "end_datetime", "duration_minutes", "participant_count", "price_per_unit", "pricing_unit", "total_price",
    "currency", "status", "can_cancel", "is_upcoming", "notes", "confirmed_at", "paid_at", "cancelled_at",
    "created_at", "updated_at",
]  # fmt: skip


def a_day(days: int = 7) -> str:
    """A date to come."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def wish(world: World, **changes: object) -> dict[str, object]:
    """10:00-11:00 UTC on Court 1, a week from now: within hours in both worlds all year."""
    day = a_day()
    body = {"resource": world.court_1, "start_datetime": f"{day}T15:00:00Z", "end_datetime": f"{day}T16:00:00Z"}
    return {**body, **changes}


def rows(world: World) -> tuple[int, int, int]:
    """Bookings, occupancies and events: unchanged by a refusal."""
    with tenant_context(world.tenant):
        return Booking.objects.count(), Occupancy.objects.count(), BookingEvent.objects.count()


def test_post_answers_201_with_exactly_the_keys_of_the_booking(api: Caller, alpha: World) -> None:
    answer = api("guest").post("/api/v1/bookings/", wish(alpha, participant_count=2), format="json")
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert list(body) == BOOKING_KEYS
    assert answer["Location"] == f"/api/v1/bookings/{body['id']}/"
    assert body["resource"] == alpha.court_1
    assert body["resource_name"] == f"Court 1 {alpha.canary}"
    assert body["venue_address"] == f"Street {alpha.canary} 1, 80000 Town"
    assert (body["duration_minutes"], body["participant_count"]) == (60, 2)
    assert (body["price_per_unit"], body["pricing_unit"], body["total_price"]) == ("25.00", "hour", "25.00")
    assert (body["currency"], body["notes"], body["can_cancel"], body["is_upcoming"]) == ("EUR", "", True, True)
    assert [body[key] for key in ("confirmed_at", "paid_at", "cancelled_at")] == [None, None, None]


def test_reference_code_carries_the_local_start_date(api: Caller, alpha: World) -> None:
    day = a_day()
    late = wish(alpha, start_datetime=f"{day}T21:00:00Z", end_datetime=f"{day}T22:00:00Z")
    body = api("guest").post("/api/v1/bookings/", late, format="json").json()
    assert body["reference_code"].startswith("BK-" + body["start_datetime"][2:10].replace("-", "") + "-")


def test_times_are_in_the_venues_offset_and_stamps_in_z(api: Caller, alpha: World) -> None:
    body = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    assert body["start_datetime"][19:] in {"+01:00", "+02:00"}
    assert datetime.fromisoformat(body["start_datetime"]) == datetime.fromisoformat(f"{a_day()}T15:00:00+00:00")
    assert body["created_at"].endswith("Z")


def test_resource_with_online_payment_is_held_for_15_minutes(api: Caller, alpha: World) -> None:
    body = api("guest").post("/api/v1/bookings/", wish(alpha, resource=alpha.annex_room), format="json").json()
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get(pk=body["id"])
    assert (body["status"], booking.state) == ("pending", "held")
    assert booking.hold_expires_at == booking.created_at + timedelta(minutes=15)


def test_resource_that_needs_approval_is_pending_until_staff_confirm(api: Caller, alpha: World) -> None:
    body = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    assert body["status"] == "pending"
    confirmed = api("front_desk").post(f"/api/v1/admin/bookings/{body['id']}/confirm/")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert confirmed.json()["confirmed_at"].endswith("Z")
    with tenant_context(alpha.tenant):
        moves = list(BookingEvent.objects.filter(booking=body["id"]).values_list("to_state", "actor_kind"))
    assert moves == [("held", "customer"), ("pending", "customer"), ("confirmed", "staff")]


def test_either_way_of_paying_may_be_asked_for_where_the_resource_takes_it(api: Caller, alpha: World) -> None:
    room = wish(alpha, resource=alpha.annex_room, payment="on_site")
    body = api("guest").post("/api/v1/bookings/", room, format="json").json()
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=body["id"]).state == "confirmed"
    before = rows(alpha)
    refused = api("guest").post("/api/v1/bookings/", wish(alpha, payment="online"), format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "payment_unavailable")
    assert rows(alpha) == before


def test_what_is_free_is_confirmed_at_once(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.annex_room).update(amount_minor=0)
    body = api("guest").post("/api/v1/bookings/", wish(alpha, resource=alpha.annex_room), format="json").json()
    assert (body["status"], body["total_price"]) == ("confirmed", "0.00")
    assert body["confirmed_at"].endswith("Z")


@pytest.mark.parametrize("resource", ["court_1", "annex_room"])
def test_post_takes_15_queries_with_a_key(api: Caller, alpha: World, resource: str) -> None:
    """Sign-in, idempotency, locks, caps, facts, six kinds of rows; BEGIN, COMMIT and savepoints are not queries."""
    client = api("guest", HTTP_IDEMPOTENCY_KEY="counted")
    client.get("/api/v1/venues/")  # the host is known from here on
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/api/v1/bookings/", wish(alpha, resource=getattr(alpha, resource)), format="json")
    assert answer.status_code == 201
    boundaries = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET search_path")
    assert len([query for query in asked if not query["sql"].startswith(boundaries)]) == 15


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_datetime": "2030-01-15T10:00:00"}, "start_datetime"),
        ({"start_datetime": "nonsense"}, "start_datetime"),
        ({"start_datetime": None}, "start_datetime"),
        ({"end_datetime": "9999-12-31T23:59:59-12:00"}, "end_datetime"),
        ({"end_datetime": "2020-01-01T10:00:00Z"}, "end_datetime"),
        ({"resource": "one"}, "resource"),
        ({"resource": None}, "resource"),
        ({"resource": 2**80}, "resource"),
        ({"participant_count": 0}, "participant_count"),
        ({"participant_count": 10**9}, "participant_count"),
        ({"notes": "x" * 2001}, "notes"),
    ],
)
def test_400_invalid_names_the_field_and_changes_nothing(
    api: Caller, alpha: World, changes: dict[str, object], field: str
) -> None:
    before = rows(alpha)
    answer = api("guest").post("/api/v1/bookings/", wish(alpha, **changes), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["errors"]
    assert rows(alpha) == before


@pytest.mark.parametrize("body", [b'{"notes": "\\ud800"}', b"[" * 100_000, b"{", b"\xff"])
def test_400_parse_error_for_bodies_that_are_no_text(api: Caller, alpha: World, body: bytes) -> None:
    answer = api("guest").post("/api/v1/bookings/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"participant_count": 5}, "capacity"),
        ({"resource": 999_999}, "resource_unknown"),
        ({"start_datetime": "2021-01-15T10:00:00Z", "end_datetime": "2021-01-15T11:00:00Z"}, "lead_time"),
        ({"start_datetime": "2099-01-15T10:00:00Z", "end_datetime": "2099-01-15T11:00:00Z"}, "too_far"),
    ],
)
def test_400_slot_not_available_says_why_and_changes_nothing(
    api: Caller, alpha: World, changes: dict[str, object], code: str
) -> None:
    before = rows(alpha)
    answer = api("guest").post("/api/v1/bookings/", wish(alpha, **changes), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"]
    assert rows(alpha) == before


def test_taken_slot_is_400_and_ones_own_hold_says_so(api: Caller, alpha: World) -> None:
    """R12: the second click is told that it is its own hold."""
    body = wish(alpha, resource=alpha.annex_room)
    first = api("guest").post("/api/v1/bookings/", body, format="json").json()
    again = api("guest").post("/api/v1/bookings/", body, format="json")
    other = api("stranger").post("/api/v1/bookings/", body, format="json")
    assert (again.status_code, again.json()["code"], again.json()["booking"]) == (400, "held_by_you", first["id"])
    assert (other.status_code, other.json()["code"]) == (400, "held")
    assert "booking" not in other.json()


def test_product_without_a_resource_takes_any_that_is_free(api: Caller, alpha: World) -> None:
    body = wish(alpha, product=alpha.tennis)
    del body["resource"]
    got = [api(who).post("/api/v1/bookings/", body, format="json").json() for who in ("guest", "stranger", "owner")]
    assert [answer.get("resource") for answer in got] == [alpha.court_1, alpha.court_2, None]
    assert got[2]["code"] == "booked"


def test_list_is_a_bare_array_of_ones_own_with_total_and_links(api: Caller, alpha: World) -> None:
    for hour in (8, 10, 12):
        day = a_day(9)
        times = {"start_datetime": f"{day}T{hour:02}:00:00Z", "end_datetime": f"{day}T{hour + 1:02}:00:00Z"}
        assert api("guest").post("/api/v1/bookings/", wish(alpha, **times), format="json").status_code == 201
    api("stranger").post("/api/v1/bookings/", wish(alpha), format="json")
    answer = api("guest").get("/api/v1/bookings/", {"page_size": 2})
    assert [row["start_datetime"][11:13] for row in answer.json()] in ([["13", "11"], ["14", "12"]])
    assert answer["X-Total-Count"] == "3"
    assert 'rel="next"' in answer["Link"]
    assert list(answer.json()[0]) == BOOKING_KEYS
    second = api("guest").get("/api/v1/bookings/", {"page_size": 2, "page": 2})
    assert (len(second.json()), 'rel="prev"' in second["Link"]) == (1, True)


def test_list_filters_by_status_from_to_and_resource(api: Caller, alpha: World) -> None:
    first = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    second = api("guest").post("/api/v1/bookings/", wish(alpha, resource=alpha.court_2), format="json").json()
    api("guest").post(f"/api/v1/bookings/{first['id']}/cancel/")

    def ids(**query: Any) -> list[str]:
        return [row["id"] for row in api("guest").get("/api/v1/bookings/", query).json()]

    assert ids(status="cancelled") == [first["id"]]
    assert ids(status="pending") == [second["id"]]
    assert sorted(ids(status="pending,cancelled")) == sorted([first["id"], second["id"]])
    assert ids(resource=alpha.court_2) == [second["id"]]
    assert ids(**{"from": a_day(8)}) == []
    assert len(ids(**{"from": a_day(7), "to": a_day(7)})) == 2
    refused = api("guest").get("/api/v1/bookings/", {"status": "nonsense"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["status"])


def test_upcoming_lists_future_ones_only(api: Caller, alpha: World) -> None:
    kept = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    gone = api("guest").post("/api/v1/bookings/", wish(alpha, resource=alpha.court_2), format="json").json()
    api("guest").post(f"/api/v1/bookings/{gone['id']}/cancel/")
    assert [row["id"] for row in api("guest").get("/api/v1/bookings/upcoming/").json()] == [kept["id"]]


def test_detail_has_resource_as_object_and_adds_payment_and_client(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    body = api("guest").get(f"/api/v1/bookings/{created['id']}/").json()
    assert sorted(body) == sorted([*BOOKING_KEYS, "payment", "client"])
    assert body["resource"] == {
        "id": alpha.court_1,
        "name": f"Court 1 {alpha.canary}",
        "venue_name": f"Main {alpha.canary}",
        "venue_slug": "main",
    }
    assert body["payment"] is None
    assert body["client"]["email"] == f"guest@{alpha.canary}.example"


def test_detail_of_another_customer_is_403_and_of_nobody_404(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    path = f"/api/v1/bookings/{created['id']}/"
    assert api("stranger").get(path).status_code == 403
    assert api("stranger").get(f"/api/v1/bookings/{uuid4()}/").status_code == 404
    assert [api(who).get(path).status_code for who in ("owner", "manager", "front_desk", "accountant")] == [200] * 4


@pytest.mark.parametrize("method", ["post", "patch"])
def test_cancel_answers_exactly_four_keys_and_a_repeat_the_same(api: Caller, alpha: World, method: str) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    path = f"/api/v1/bookings/{created['id']}/cancel/"
    body = {"reason": "user_request", "notes": "Schedule conflict"}
    first = getattr(api("guest"), method)(path, body, format="json")
    again = getattr(api("guest"), method)(path, body, format="json")
    assert first.status_code == again.status_code == 200
    assert list(first.json()) == ["id", "reference_code", "status", "cancelled_at"]
    assert first.json() == again.json()
    assert first.json()["status"] == "cancelled"
    with tenant_context(alpha.tenant):
        assert Occupancy.objects.filter(booking=created["id"]).count() == 0
        assert BookingEvent.objects.filter(booking=created["id"], to_state="cancelled").count() == 1


def test_cancel_without_a_body_defaults_to_user_request(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    assert api("guest").post(f"/api/v1/bookings/{created['id']}/cancel/").status_code == 200
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=created["id"]).cancel_reason == "user_request"


def test_customer_cannot_claim_the_weather(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    api("guest").post(f"/api/v1/bookings/{created['id']}/cancel/", {"reason": "weather"}, format="json")
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=created["id"]).cancel_reason == "other"


def test_cancel_by_another_customer_is_403_and_changes_nothing(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    before = rows(alpha)
    answer = api("stranger").post(f"/api/v1/bookings/{created['id']}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert rows(alpha) == before


def test_cancel_after_the_start_is_400_not_cancellable(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    with tenant_context(alpha.tenant):
        hour = timedelta(hours=1)
        now = datetime.now(UTC)
        Booking.objects.filter(pk=created["id"]).update(start=now - hour, end=now + hour)
    answer = api("guest").post(f"/api/v1/bookings/{created['id']}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_cancellable")


def test_unknown_reason_is_400(api: Caller, alpha: World) -> None:
    created = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    answer = api("guest").post(f"/api/v1/bookings/{created['id']}/cancel/", {"reason": "bored"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])


def test_missing_or_bad_credentials_are_401_with_www_authenticate(api: Caller, alpha: World, beta: World) -> None:
    nobody = api(None).get("/api/v1/bookings/")
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, "Token")
    for token in ("0" * 40, beta.tokens["guest"]):
        client = api(None)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        answer = client.get("/api/v1/bookings/")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_admin_list_is_for_staff_and_shows_all_of_their_venues(api: Caller, alpha: World) -> None:
    main = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    annex = api("guest").post("/api/v1/bookings/", wish(alpha, resource=alpha.annex_room), format="json").json()

    def seen(who: str) -> list[str]:
        return sorted(row["id"] for row in api(who).get("/api/v1/admin/bookings/").json())

    assert seen("owner") == sorted([main["id"], annex["id"]])
    assert seen("manager") == [main["id"]]
    assert api("guest").get("/api/v1/admin/bookings/").status_code == 403


def test_unsafe_calls_replay_under_an_idempotency_key(api: Caller, alpha: World) -> None:
    """R07, R08, I2: one booking, one byte-identical answer; another body is 422."""
    body = wish(alpha)
    client = api("guest", HTTP_IDEMPOTENCY_KEY="k-1")
    first = client.post("/api/v1/bookings/", body, format="json")
    again = client.post("/api/v1/bookings/", body, format="json")
    other = client.post("/api/v1/bookings/", {**body, "notes": "x"}, format="json")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert again["Location"] == first["Location"]
    assert rows(alpha)[0] == 1
    stranger = api("stranger", HTTP_IDEMPOTENCY_KEY="k-1").post("/api/v1/bookings/", body, format="json")
    assert (stranger.status_code, stranger.json()["code"]) == (400, "booked")


def test_refusals_replay_under_an_idempotency_key(api: Caller, alpha: World) -> None:
    taken = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    client = api("stranger", HTTP_IDEMPOTENCY_KEY="k-2")
    refused = client.post("/api/v1/bookings/", wish(alpha), format="json")
    api("guest").post(f"/api/v1/bookings/{taken['id']}/cancel/")
    again = client.post("/api/v1/bookings/", wish(alpha), format="json")
    assert (refused.status_code, again.status_code) == (400, 400)
    assert refused.content == again.content


def test_closure_over_a_booking_lists_it_and_changes_nothing(api: Caller, alpha: World) -> None:
    """R32, in order."""
    booking = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    before = rows(alpha)
    day = a_day()
    body = {
        "venue": alpha.venue,
        "resource": None,
        "start_datetime": f"{day}T06:00:00Z",
        "end_datetime": f"{day}T20:00:00Z",
    }
    refused = api("owner").post("/api/v1/admin/closures/", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "closure_conflicts")
    assert [row["id"] for row in refused.json()["bookings"]] == [booking["id"]]
    assert rows(alpha) == before
    api("guest").post(f"/api/v1/bookings/{booking['id']}/cancel/")
    closed = api("owner").post("/api/v1/admin/closures/", body, format="json")
    assert closed.status_code == 201
    refused = api("guest").post("/api/v1/bookings/", wish(alpha), format="json")
    assert refused.json()["code"] == "closure"
    assert api("owner").delete(closed["Location"]).status_code == 204
    assert api("guest").post("/api/v1/bookings/", wish(alpha), format="json").status_code == 201


@pytest.mark.parametrize(("who", "status"), [("guest", 403), ("accountant", 404), ("manager", 404)])
def test_closure_needs_staff_who_run_the_venue(api: Caller, alpha: World, who: str, status: int) -> None:
    day = a_day()
    body = {"venue": alpha.annex, "start_datetime": f"{day}T06:00:00Z", "end_datetime": f"{day}T20:00:00Z"}
    before = rows(alpha)
    assert api(who).post("/api/v1/admin/closures/", body, format="json").status_code == status
    assert rows(alpha) == before
