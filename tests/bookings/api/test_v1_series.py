"""v1: series, who may touch them, and the shapes of the answers."""

from datetime import date, timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, Occupancy, Series, SeriesDate
from schemas.clock import database_now
from tenants.zones import zone
from tests.bookings.series_scenes import at_six
from tests.busy import taken_elsewhere
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Resource

SERIES = "/api/v1/series/"
SERIES_KEYS = [
    "id", "resource", "resource_name", "venue_name", "rule", "first_date", "start_time", "duration_minutes",
    "participant_count", "time_zone", "created_at",
]  # fmt: skip
DATE_KEYS = ["date", "start_time", "booking", "reason", "alternative"]
BOOKING_KEYS = [
    "id", "reference_code", "resource", "resource_name", "start_datetime", "end_datetime", "total_price", "currency",
    "status",
]  # fmt: skip
OCCURRENCE_KEYS = [
    "date", "start_time", "resource", "resource_name", "start_datetime", "end_datetime", "total_price", "currency",
    "reason", "alternative",
]  # fmt: skip
PLACE_KEYS = OCCURRENCE_KEYS[2:8]


def first() -> date:
    """A week from now."""
    return database_now().date() + timedelta(days=7)


def wish(world: World, **changes: object) -> dict[str, object]:
    """Four weeks of an hour at six on Court 1."""
    body = {
        "resource": world.court_1,
        "first_date": first().isoformat(),
        "start_time": "18:00",
        "duration_minutes": 60,
        "rule": "FREQ=WEEKLY;COUNT=4",
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def counted(world: World) -> tuple[int, ...]:
    """Rows that a refusal leaves alone."""
    with tenant_context(world.tenant):
        return tuple(model.objects.count() for model in (Booking, Occupancy, Series, SeriesDate))


@pytest.fixture
def four(api: Caller, alpha: World) -> Any:
    """The guest's series, as answered."""
    return api("guest").post(SERIES, wish(alpha)).json()


def block(world: World, week: int) -> None:
    """Somebody else has that evening."""
    with tenant_context(world.tenant):
        start = at_six(first() + timedelta(days=7 * week), zone(world.tenant.time_zone))
        taken_elsewhere(world.court_1, start, start + timedelta(hours=1))


def test_a_preview_shows_every_date_with_price_or_reason_and_alternative(api: Caller, alpha: World) -> None:
    block(alpha, 1)
    before = counted(alpha)
    answer = api("guest").post(f"{SERIES}preview/", wish(alpha))
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert list(body) == ["free", "conflicts", "total_price", "currency", "dates"]
    assert (body["free"], body["conflicts"], body["total_price"], body["currency"]) == (3, 1, "75.00", "EUR")
    assert [list(one) for one in body["dates"]] == [OCCURRENCE_KEYS] * 4
    assert [one["reason"] for one in body["dates"]] == [None, "external_calendar", None, None]
    assert [one["total_price"] for one in body["dates"]] == ["25.00", None, "25.00", "25.00"]
    alternative = body["dates"][1]["alternative"]
    assert list(alternative) == PLACE_KEYS
    assert alternative["resource"] == alpha.court_2
    assert alternative["start_datetime"][:16] == f"{first() + timedelta(days=7)}T18:00"
    assert counted(alpha) == before


def test_a_series_is_201_with_every_date(api: Caller, alpha: World) -> None:
    answer = api("guest").post(SERIES, wish(alpha, participant_count=2))
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert list(body) == [*SERIES_KEYS, "dates"]
    assert answer["Location"] == f"{SERIES}{body['id']}/"
    assert (body["rule"], body["first_date"], body["start_time"]) == ("FREQ=WEEKLY;COUNT=4", str(first()), "18:00")
    assert (body["participant_count"], body["duration_minutes"], body["time_zone"]) == (2, 60, "Europe/Berlin")
    assert [list(one) for one in body["dates"]] == [DATE_KEYS] * 4
    assert [list(one["booking"]) for one in body["dates"]] == [BOOKING_KEYS] * 4
    assert {one["booking"]["total_price"] for one in body["dates"]} == {"25.00"}
    assert {one["booking"]["status"] for one in body["dates"]} == {"pending"}
    assert len({one["booking"]["reference_code"] for one in body["dates"]}) == 4
    assert api("guest").get(answer["Location"]).json() == body
    ordinary = api("guest").get(f"/api/v1/bookings/{body['dates'][0]['booking']['id']}/")
    assert ordinary.json()["start_datetime"] == body["dates"][0]["booking"]["start_datetime"]


def test_a_series_that_skips_says_why_and_what_else(api: Caller, alpha: World) -> None:
    """the flag to skip conflicts that other APIs lack (evidence, "also frequent")."""
    block(alpha, 2)
    before = counted(alpha)
    refused = api("guest").post(SERIES, wish(alpha))
    assert (refused.status_code, refused.json()["code"]) == (400, "series_conflicts")
    assert [(one["date"], one["reason"]) for one in refused.json()["conflicts"]] == [
        (str(first() + timedelta(days=14)), "external_calendar")
    ]
    assert counted(alpha) == before
    body = api("guest").post(SERIES, wish(alpha, mode="skip")).json()
    assert [one["reason"] for one in body["dates"]] == [None, None, "external_calendar", None]
    assert body["dates"][2]["alternative"]["resource"] == alpha.court_2
    assert body["dates"][2]["booking"] is None


def test_dates_may_be_listed_left_out_and_added(api: Caller, alpha: World) -> None:
    days = [str(first() + timedelta(days=number)) for number in (0, 3, 9)]
    listed = wish(alpha, dates=days[:2], rule=None, first_date=None, also=[days[2]], **{"except": [days[0]]})
    body = api("guest").post(SERIES, listed).json()
    assert [one["date"] for one in body["dates"]] == days[1:]
    assert body["rule"] == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rule": "FREQ=SECONDLY;COUNT=10"}, "rule_unsupported"),
        ({"rule": "FREQ=WEEKLY"}, "rule_endless"),
        ({"rule": "FREQ=DAILY;COUNT=1000000000"}, "too_many_dates"),
        ({"rule": "FREQ=WEEKLY;INTERVAL=0;COUNT=3"}, "rule_invalid"),
        ({"rule": "X" * 10_000}, "invalid"),
        ({"rule": None}, "invalid"),
        ({"first_date": None}, "invalid"),
        ({"dates": ["2026-12-01"]}, "invalid"),
        ({"start_time": "25:00"}, "invalid"),
        ({"start_time": "18:00:30"}, "invalid"),
        ({"duration_minutes": 0}, "invalid"),
        ({"resource": None}, "invalid"),
        ({"resource": 999_999}, "resource_unknown"),
        ({"mode": "some"}, "invalid"),
        ({"with_resources": [1]}, "resources_twice"),
    ],
)
def test_what_makes_no_sense_is_400(api: Caller, alpha: World, changes: dict[str, object], code: str) -> None:
    before = counted(alpha)
    answer = api("guest").post(SERIES, wish(alpha, **changes))
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()
    assert counted(alpha) == before


def test_the_same_key_is_the_same_series(api: Caller, alpha: World) -> None:
    client = api("guest", HTTP_IDEMPOTENCY_KEY="weekly")
    answers = [client.post(SERIES, wish(alpha)) for _number in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert counted(alpha) == (4, 4, 1, 4)


def test_cancelling_is_foretold_and_then_done(api: Caller, alpha: World, four: Any) -> None:
    path = f"{SERIES}{four['id']}/cancel/"
    third = four["dates"][2]["booking"]["id"]
    body = {"scope": "following", "booking": third}
    before = counted(alpha)
    foretold = api("guest").post(path, {**body, "preview": True}).json()
    assert counted(alpha) == before
    assert list(foretold) == ["preview", "cancelled", "fee", "refund", "currency", "dates"]
    assert (foretold["preview"], foretold["cancelled"], foretold["fee"], foretold["refund"]) == (
        True,
        2,
        "0.00",
        "0.00",
    )
    done = api("guest").post(path, body).json()
    assert done == {**foretold, "preview": False}
    assert [list(one) for one in done["dates"]] == [
        ["date", "booking", "reference_code", "left_alone", "fee", "refund"]
    ] * 2
    statuses = [one["booking"]["status"] for one in api("guest").get(f"{SERIES}{four['id']}/").json()["dates"]]
    assert statuses == ["pending", "pending", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": "this"},
        {"scope": "all", "from_date": "2026-12-01"},
        {"scope": "some"},
        {"scope": "this", "booking": "first"},
    ],
)
def test_a_scope_needs_a_beginning_and_all_has_none(api: Caller, alpha: World, four: Any, body: Any) -> None:
    before = counted(alpha)
    assert api("guest").post(f"{SERIES}{four['id']}/cancel/", body).status_code == 400
    assert counted(alpha) == before


def test_a_date_is_tried_again(api: Caller, alpha: World) -> None:
    block(alpha, 0)
    body = api("guest").post(SERIES, wish(alpha, mode="skip")).json()
    path, day = f"{SERIES}{body['id']}/dates/", str(first())
    refused = api("guest").post(path, {"dates": [day]})
    assert (refused.status_code, refused.json()["code"]) == (400, "series_conflicts")
    assert refused.json()["conflicts"][0]["reason"] == "external_calendar"
    elsewhere = api("guest").post(path, {"dates": [day], "resource": alpha.court_2})
    assert elsewhere.status_code == 201, elsewhere.json()
    assert elsewhere["Location"] == f"{SERIES}{body['id']}/"
    assert elsewhere.json()["dates"][0]["booking"]["resource"] == alpha.court_2
    again = api("guest").post(path, {"dates": [day]})
    assert (again.status_code, again.json()["code"]) == (400, "date_booked")


def test_lists_are_ones_own_and_staff_see_their_venues(api: Caller, alpha: World, four: Any) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.annex_room).update(horizon_days=60)
    annex = api("stranger").post(SERIES, wish(alpha, resource=alpha.annex_room, payment="on_site")).json()
    assert [list(one) for one in api("guest").get(SERIES).json()] == [SERIES_KEYS]
    assert [one["id"] for one in api("guest").get(SERIES).json()] == [four["id"]]
    staff = f"/api/v1/admin{SERIES.removeprefix('/api/v1')}"
    everything = [annex["id"], four["id"]]
    for who, seen in (("owner", everything), ("accountant", everything), ("manager", [four["id"]])):
        assert [one["id"] for one in api(who).get(staff).json()] == seen
    assert api("guest").get(staff).status_code == 403


@pytest.mark.parametrize(
    ("who", "reads", "changes"),
    [
        ("guest", 200, 200),
        ("stranger", 403, 403),
        ("owner", 200, 200),
        ("front_desk", 200, 200),
        ("manager", 200, 200),
        ("accountant", 200, 403),
        (None, 401, 401),
    ],
)
def test_who_may_read_and_change_a_series(
    api: Caller, alpha: World, four: Any, who: str, reads: int, changes: int
) -> None:
    path = f"{SERIES}{four['id']}/"
    assert api(who).get(path).status_code == reads
    before = counted(alpha)
    assert api(who).post(f"{path}cancel/", {"scope": "all", "preview": True}).status_code == changes
    day = str(first() + timedelta(days=1))
    added = api(who).post(f"{path}dates/", {"dates": [day]}).status_code
    assert added == (201 if changes == 200 else changes)
    if changes != 200:
        assert counted(alpha) == before


def test_a_series_that_does_not_exist_is_404(api: Caller, alpha: World) -> None:
    assert api("guest").get(f"{SERIES}999999/").status_code == 404
    assert api("guest").post(f"{SERIES}999999/cancel/", {"scope": "all"}).status_code == 404


def test_a_manager_does_not_touch_series_of_other_venues(api: Caller, alpha: World) -> None:
    annex = api("stranger").post(SERIES, wish(alpha, resource=alpha.annex_room, payment="on_site")).json()
    assert api("manager").get(f"{SERIES}{annex['id']}/").status_code == 403
    assert api("manager").post(f"{SERIES}{annex['id']}/cancel/", {"scope": "all"}).status_code == 403


def test_moving_is_foretold_and_then_done(api: Caller, alpha: World, four: Any) -> None:
    path, body = f"{SERIES}{four['id']}/reschedule/", {"scope": "following", "from_date": four["dates"][2]["date"]}
    before = counted(alpha)
    foretold = api("guest").post(path, {**body, "start_time": "20:00", "preview": True}).json()
    assert list(foretold) == ["preview", "moved", "conflicts", "delta", "currency", "dates"]
    assert (foretold["moved"], foretold["conflicts"], foretold["delta"], foretold["currency"]) == (2, 0, "0.00", "EUR")
    done = api("guest").post(path, {**body, "start_time": "20:00"}).json()
    assert done == {**foretold, "preview": False}
    assert [one["start_datetime"][11:16] for one in done["dates"]] == ["20:00", "20:00"]
    assert counted(alpha) == before
    shown = api("guest").get(f"{SERIES}{four['id']}/").json()["dates"]
    assert [one["booking"]["start_datetime"][11:16] for one in shown] == ["18:00", "18:00", "20:00", "20:00"]
    assert [one["start_time"] for one in shown] == ["18:00", "18:00", "20:00", "20:00"]


def test_a_manager_does_not_move_a_series_to_another_venue(api: Caller, alpha: World, four: Any) -> None:
    body = {"scope": "all", "resource": alpha.annex_room}
    answer = api("manager").post(f"{SERIES}{four['id']}/reschedule/", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    nothing = api("guest").post(f"{SERIES}{four['id']}/reschedule/", {"scope": "all"})
    assert (nothing.status_code, nothing.json()["code"]) == (400, "nothing_to_change")
