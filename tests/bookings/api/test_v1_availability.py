"""`/availability/` and `/availability/calendar/`, line by line."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from tests.bookings.api.test_v1_bookings import a_day, wish
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Resource

SLOT_KEYS = ["resource", "start_datetime", "end_datetime", "total_price", "currency"]


def slots_of(api: Caller, query: dict[str, Any]) -> Any:
    """What `/availability/` answers to a guest."""
    return api("guest").get("/api/v1/availability/", query)


def month_of(api: Caller, query: dict[str, Any]) -> Any:
    """What `/availability/calendar/` answers to a guest."""
    return api("guest").get("/api/v1/availability/calendar/", query)


def test_day_of_a_resource_is_timezone_and_slots_with_price(api: Caller, alpha: World) -> None:
    answer = slots_of(api, {"resource": alpha.court_1, "date": a_day()})
    body = answer.json()
    assert list(body) == ["timezone", "slots"]
    assert body["timezone"] == "Europe/Berlin"
    # 07:00 to 23:00 in steps of 30 minutes, an hour each: the last one starts at 22:00.
    assert len(body["slots"]) == 31
    assert list(body["slots"][0]) == SLOT_KEYS
    assert [body["slots"][index]["start_datetime"][11:16] for index in (0, 1, -1)] == ["07:00", "07:30", "22:00"]
    assert {(slot["total_price"], slot["currency"]) for slot in body["slots"]} == {("25.00", "EUR")}


def test_duration_changes_ends_and_prices(api: Caller, alpha: World) -> None:
    query = {"resource": alpha.court_1, "date": a_day(), "duration": 90}
    slots = slots_of(api, query).json()["slots"]
    assert (len(slots), slots[0]["end_datetime"][11:16], slots[0]["total_price"]) == (30, "08:30", "37.50")


def test_booked_start_is_refused_with_its_reason_on_request(api: Caller, alpha: World) -> None:
    booked = api("guest").post("/api/v1/bookings/", wish(alpha), format="json").json()
    query = {"resource": alpha.court_1, "date": a_day()}
    plain = slots_of(api, query).json()
    told = slots_of(api, {**query, "reasons": 1}).json()
    assert booked["start_datetime"] not in [slot["start_datetime"] for slot in plain["slots"]]
    assert plain["slots"] == told["slots"]
    reasons = {row["start_datetime"]: row["reason"] for row in told["refused"]}
    assert reasons[booked["start_datetime"]] == "booked"
    # An hour from half past would run into the booking or out of it; 22:30 would end after closing.
    assert sorted(reasons.values()) == ["booked", "booked", "booked", "closed"]


def test_service_id_offers_every_resource_of_the_service(api: Caller, alpha: World) -> None:
    slots = slots_of(api, {"service_id": alpha.tennis, "date": a_day()}).json()["slots"]
    assert [slot["resource"] for slot in slots[:4]] == [alpha.court_1, alpha.court_2] * 2
    assert len(slots) == 62


def test_from_and_days_span_several_days(api: Caller, alpha: World) -> None:
    query = {"resource": alpha.court_1, "from": a_day(7), "days": 3}
    slots = slots_of(api, query).json()["slots"]
    assert sorted({slot["start_datetime"][:10] for slot in slots}) == [a_day(7), a_day(8), a_day(9)]
    assert len(slots) == 93


def test_participants_above_the_capacity_leave_nothing(api: Caller, alpha: World) -> None:
    query = {"resource": alpha.court_1, "date": a_day(), "participants": 5, "reasons": 1}
    body = slots_of(api, query).json()
    assert body["slots"] == []
    assert {row["reason"] for row in body["refused"]} == {"capacity", "closed"}


def test_calendar_counts_free_starts_for_each_day(api: Caller, alpha: World) -> None:
    day = datetime.now(UTC).date() + timedelta(days=40)
    query = {"resource": alpha.court_1, "month": f"{day:%Y-%m}"}
    body = month_of(api, query).json()
    assert (body["timezone"], body["month"]) == ("Europe/Berlin", f"{day:%Y-%m}")
    assert len(body["days"]) == (date(day.year + day.month // 12, day.month % 12 + 1, 1) - day.replace(day=1)).days
    assert {row["date"]: row["free"] for row in body["days"]}[day.isoformat()] == 31


def test_calendar_of_a_venue_adds_its_resources_up(api: Caller, alpha: World) -> None:
    day = datetime.now(UTC).date() + timedelta(days=40)
    query = {"venue": alpha.annex, "month": f"{day:%Y-%m}"}
    body = month_of(api, query).json()
    assert {row["date"]: row["free"] for row in body["days"]}[day.isoformat()] == 16


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"resource": 1},
        {"date": "2030-01-01"},
        {"resource": 1, "date": "01.01.2030"},
        {"resource": 1, "date": "2030-01-01", "from": "2030-01-01"},
        {"resource": 1, "service_id": 1, "date": "2030-01-01"},
        {"resource": "x", "date": "2030-01-01"},
        {"resource": 1, "from": "2030-01-01", "days": 63},
        {"resource": 1, "date": "2030-01-01", "duration": 0},
        {"resource": 1, "date": "2030-01-01", "participants": 0},
        {"resource": 1, "date": "2030-02-30"},
    ],
)
def test_queries_that_make_no_sense_are_400(api: Caller, alpha: World, query: dict[str, str | int]) -> None:
    answer = slots_of(api, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("month", ["2030-13", "2030", "x", "1999-01"])
def test_months_that_do_not_exist_are_400(api: Caller, alpha: World, month: str) -> None:
    answer = month_of(api, {"resource": alpha.court_1, "month": month})
    assert answer.status_code == 400


def test_resource_that_is_not_offered_is_404(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_2).update(is_active=False)
    for resource in (alpha.court_2, 999_999):
        answer = slots_of(api, {"resource": resource, "date": a_day()})
        assert answer.status_code == 404


def test_every_offered_start_can_be_booked(api: Caller, alpha: World) -> None:
    """I16: an answer is a promise, as long as nobody else comes first."""
    query = {"resource": alpha.half_a, "date": a_day(20), "duration": 60}
    for slot in slots_of(api, query).json()["slots"]:
        times = {key: slot[key] for key in ("start_datetime", "end_datetime")}
        answer = api("guest").post("/api/v1/bookings/", {"resource": alpha.half_a, **times}, format="json")
        assert answer.status_code == 201
    assert slots_of(api, query).json()["slots"] == []
    whole = {"resource": alpha.hall, "date": a_day(20)}
    assert slots_of(api, whole).json()["slots"] == []
    other_half = {"resource": alpha.half_b, "date": a_day(20)}
    assert len(slots_of(api, other_half).json()["slots"]) == 16
