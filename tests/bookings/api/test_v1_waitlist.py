"""v1's waiting lists: join, look, take, leave; what staff see; and slots that a quota takes away."""

from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import resolve

from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking, WaitlistEntry
from bookings.records import SYSTEM
from tests.bookings.scenes import at, confirmed, digest, held, let_lapse, slot
from tests.bookings.test_query_counts import counting
from venues.models import CustomerGroup, Membership, Quota

ZONE = ZoneInfo("Europe/Berlin")
PATH = "/api/v1/waitlist/"
KEYS = {
    "id", "resource", "product", "name", "start_datetime", "end_datetime", "date", "minutes", "participant_count",
    "state", "position", "offer", "created_at",
}  # fmt: skip


@pytest.fixture
def api(in_alpha, api):
    """Callers after whose requests the test is back in Alpha's schema."""

    def caller(who):
        client = api(who)
        ask = client.request

        def back(**request):
            answer = ask(**request)
            connection.set_tenant(in_alpha.tenant)
            return answer

        client.request = back
        return client

    return caller


@pytest.fixture
def booked(in_alpha, staff) -> Booking:
    """Court 1 at 10, taken."""
    return confirmed(in_alpha.court_1, slot(10), staff)


def body(world, **fields):
    """Waiting for that hour."""
    times = {"start_datetime": at(10).isoformat(), "end_datetime": at(11).isoformat()}
    return {"resource": world.court_1, **times, **fields}


def test_a_place_in_line_is_made_and_shown(in_alpha, api, booked):
    answer = api("guest").post(PATH, body(in_alpha, participant_count=2))
    shown = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"{PATH}{shown['id']}/")
    assert shown.keys() == KEYS
    assert shown | {"id": 0, "created_at": ""} == {
        "id": 0,
        "resource": in_alpha.court_1,
        "product": None,
        "name": f"Court 1 {in_alpha.canary}",
        "start_datetime": at(10).astimezone(ZONE).isoformat(),
        "end_datetime": at(11).astimezone(ZONE).isoformat(),
        "date": None,
        "minutes": 60,
        "participant_count": 2,
        "state": "waiting",
        "position": 1,
        "offer": None,
        "created_at": "",
    }
    assert api("guest").get(f"{PATH}{shown['id']}/").json() == shown
    assert api("guest").get(PATH).json() == [shown]


def test_asking_again_answers_200_with_the_same_place(in_alpha, api, booked):
    first = api("guest").post(PATH, body(in_alpha))
    again = api("guest").post(PATH, body(in_alpha))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    behind = api("stranger").post(PATH, body(in_alpha)).json()
    assert behind["position"] == 2
    assert WaitlistEntry.objects.count() == 2


def test_a_day_is_waited_for_with_a_length(in_alpha, api, staff):
    for hour in range(7, 23, 2):
        confirmed(in_alpha.court_1, slot(hour, minutes=120), staff)
    wish = {"resource": in_alpha.court_1, "date": f"{at(10).date()}", "minutes": 90}
    shown = api("guest").post(PATH, wish).json()
    assert (shown["date"], shown["minutes"], shown["state"]) == (wish["date"], 90, "waiting")
    assert shown["start_datetime"][11:16] == "00:00"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"resource": None}, "resource"),
        ({"product": 1}, "resource"),
        ({"date": "2027-01-01"}, "date"),
        ({"end_datetime": None}, "date"),
        ({"start_datetime": "2027-01-01T10:00:00"}, "start_datetime"),
        ({"end_datetime": "2026-01-01T10:00:00Z"}, "end_datetime"),
        ({"end_datetime": "2190-01-01T10:00:00Z"}, "end_datetime"),
        ({"participant_count": 0}, "participant_count"),
        ({"resource": 2**63}, "resource"),
    ],
)
def test_what_makes_no_sense_is_refused(in_alpha, api, booked, fields, field):
    wish = {name: value for name, value in body(in_alpha, **fields).items() if value is not None}
    answer = api("guest").post(PATH, wish)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["errors"]
    assert not WaitlistEntry.objects.exists()


def test_what_is_free_says_where(in_alpha, api):
    answer = api("guest").post(PATH, body(in_alpha))
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "available",
        "detail": "This can be had now: book it.",
        "start_datetime": at(10).isoformat(),
        "end_datetime": at(11).isoformat(),
    }


def test_an_offer_has_the_booking_its_page_and_its_end(in_alpha, api, booked):
    entry = api("guest").post(PATH, body(in_alpha)).json()
    cancelling.cancel(booked, SYSTEM, Cancellation())
    shown = api("guest").get(f"{PATH}{entry['id']}/").json()
    hold = WaitlistEntry.objects.get().offer
    assert (shown["state"], shown["position"]) == ("offered", None)
    assert shown["offer"] | {"link": ""} == {
        "booking": str(hold.pk),
        "resource": in_alpha.court_1,
        "start_datetime": entry["start_datetime"],
        "end_datetime": entry["end_datetime"],
        "link": "",
        "expires_at": f"{hold.hold_expires_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    host, path = shown["offer"]["link"].split("://")[1].split("/", 1)
    assert (host, resolve(f"/{path}").url_name) == (in_alpha.host, "booking-details")
    page = Client(headers={"Host": in_alpha.host}).get(f"/{path}", follow=True)
    assert (page.status_code, b"countdown" in page.content or b"<form" in page.content) == (200, True)
    assert api("guest").get(f"/api/v1/bookings/{hold.pk}/").json()["status"] == "pending"


def test_an_offer_is_taken_once(in_alpha, api, booked):
    entry = api("guest").post(PATH, body(in_alpha)).json()
    take = f"{PATH}{entry['id']}/take/"
    early = api("guest").post(take)
    assert (early.status_code, early.json()["code"]) == (400, "no_offer")
    cancelling.cancel(booked, SYSTEM, Cancellation())
    assert api("stranger").post(take).status_code == 404
    taken = api("guest").post(take)
    assert (taken.status_code, taken.json()["status"]) == (200, "pending")  # Alpha's courts need approval
    assert api("guest").get(f"{PATH}{entry['id']}/").json()["state"] == "taken"
    assert api("guest").post(take).status_code == 400


def test_a_lapsed_offer_cannot_be_taken(in_alpha, api, booked):
    entry = api("guest").post(PATH, body(in_alpha)).json()
    cancelling.cancel(booked, SYSTEM, Cancellation())
    hold = WaitlistEntry.objects.get().offer
    let_lapse(hold)
    assert api("guest").get(f"{PATH}{entry['id']}/").json()["state"] == "passed"
    assert api("guest").get(f"{PATH}{entry['id']}/").json()["offer"] is None
    before = digest()
    late = api("guest").post(f"{PATH}{entry['id']}/take/")
    assert (late.status_code, late.json()["code"]) == (400, "hold_expired")
    assert digest() == before


def test_leaving_is_once_and_for_oneself(in_alpha, api, booked):
    entry = api("guest").post(PATH, body(in_alpha)).json()
    path = f"{PATH}{entry['id']}/"
    assert api("stranger").delete(path).status_code == 404
    assert api("owner").delete(path).status_code == 404
    assert WaitlistEntry.objects.get().state == "waiting"
    assert [api("guest").delete(path).status_code for _time in range(2)] == [204, 204]
    assert WaitlistEntry.objects.get().state == "left"
    assert api("guest").delete(f"{PATH}999/").status_code == 404


def test_nobody_is_nobody(in_alpha, api):
    assert [api(None).get(PATH).status_code, api(None).post(PATH, {}).status_code] == [401, 401]


def test_a_page_of_places_takes_as_many_queries_as_one(in_alpha, api, staff):
    for hour in (10, 12):
        confirmed(in_alpha.court_1, slot(hour), staff)
        confirmed(in_alpha.court_2, slot(hour), staff)
    api("guest").post(PATH, body(in_alpha))
    client = api("guest")
    client.get(PATH)
    with counting() as statements:
        client.get(PATH)
    assert len(statements) == 4  # the token, the count, the page, the clock
    times = {"start_datetime": at(12).isoformat(), "end_datetime": at(13).isoformat()}
    api("guest").post(PATH, {"product": in_alpha.tennis, **times})
    api("guest").post(PATH, {"resource": in_alpha.court_2, **times})
    with counting() as statements:
        answer = client.get(PATH)
    assert len(statements) == 6  # and the places of services with their venues
    assert answer["X-Total-Count"] == "3"
    assert [row["position"] for row in answer.json()] == [1, 1, 1]


# --- Staff ---


def test_staff_see_who_waits_at_their_venues(in_alpha, api, booked):
    mine = api("guest").post(PATH, body(in_alpha)).json()
    held(in_alpha.annex_room, slot(10))
    other = api("stranger").post(PATH, body(in_alpha, resource=in_alpha.annex_room)).json()
    everything = api("owner").get("/api/v1/admin/waitlist/").json()
    assert [row["id"] for row in everything] == [mine["id"], other["id"]]
    assert everything[0].keys() == KEYS | {"client"}
    assert everything[0]["client"]["id"] == in_alpha.users["guest"]
    assert [row["id"] for row in api("manager").get("/api/v1/admin/waitlist/").json()] == [mine["id"]]
    for who in ("guest", None):
        assert api(who).get("/api/v1/admin/waitlist/").status_code == (403 if who else 401)


def test_staff_narrow_it_by_resource_and_day(in_alpha, api, booked, staff):
    mine = api("guest").post(PATH, body(in_alpha)).json()
    confirmed(in_alpha.court_2, slot(10), staff)
    times = {"start_datetime": at(10).isoformat(), "end_datetime": at(11).isoformat()}
    service = api("guest").post(PATH, {"product": in_alpha.tennis, **times}).json()

    def seen(**query):
        return [row["id"] for row in api("owner").get("/api/v1/admin/waitlist/", query).json()]

    assert seen(resource=in_alpha.court_1) == [mine["id"], service["id"]]
    assert seen(resource=in_alpha.court_2) == [service["id"]]
    assert seen(resource=in_alpha.hall) == []
    assert seen(date=f"{at(10).date()}") == [mine["id"], service["id"]]
    assert seen(date=f"{at(10, ahead=8).date()}") == []


def test_staff_do_not_see_the_key_to_the_offer(in_alpha, api, booked):
    api("guest").post(PATH, body(in_alpha))
    cancelling.cancel(booked, SYSTEM, Cancellation())
    (row,) = api("front_desk").get("/api/v1/admin/waitlist/").json()
    assert (row["state"], row["offer"]["link"]) == ("offered", "")


# --- Quotas over the API ---


def test_a_booking_beyond_the_quota_is_refused_with_the_figures(in_alpha, api):
    Quota.objects.create(venue_id=in_alpha.venue, measure="bookings", span="active", most=1)
    times = {"start_datetime": at(10).isoformat(), "end_datetime": at(11).isoformat()}
    assert api("guest").post("/api/v1/bookings/", {"resource": in_alpha.court_1, **times}).status_code == 201
    before = digest()
    answer = api("guest").post("/api/v1/bookings/", {"resource": in_alpha.court_2, **times})
    assert answer.status_code == 400
    figures = {"measure": "bookings", "span": "active", "most": 1, "used": 1}
    assert answer.json() == {"code": "quota", "detail": "Of 1 bookings (At once) you have 1.", **figures}
    assert digest() == before


def test_slots_that_a_quota_takes_away_are_not_free_for_whom_it_does(in_alpha, api, guest):
    """I16: what is offered can be had."""
    Quota.objects.create(venue_id=in_alpha.venue, measure="bookings", span="day", most=1)
    held(in_alpha.court_1, slot(10), customer=guest)
    query = {"resource": in_alpha.court_2, "from": f"{at(10).date()}", "days": 2, "reasons": 1}
    own = api("guest").get("/api/v1/availability/", query).json()
    others = api("stranger").get("/api/v1/availability/", query).json()
    days = {start[:10] for start in (row["start_datetime"] for row in own["slots"])}
    assert days == {f"{at(10, ahead=8).date()}"}
    assert {row["reason"] for row in own["refused"] if row["start_datetime"][:10] not in days} >= {"quota"}
    assert len(others["slots"]) == 62
    assert len(own["slots"]) == 31
    month = {"resource": in_alpha.court_2, "month": f"{at(10):%Y-%m}"}
    free = {
        row["date"]: row["free"] for row in api("guest").get("/api/v1/availability/calendar/", month).json()["days"]
    }
    assert free[f"{at(10).date()}"] == 0


def test_a_members_quota_decides_for_members(in_alpha, api, guest):
    group = CustomerGroup.objects.create(name="Members")
    Membership.objects.create(group=group, user=guest)
    for most, whose in ((1, None), (2, group)):
        Quota.objects.create(venue_id=in_alpha.venue, measure="bookings", span="active", most=most, group=whose)
    held(in_alpha.court_1, slot(10), customer=guest)
    query = {"resource": in_alpha.court_2, "date": f"{at(10).date()}"}
    assert len(api("guest").get("/api/v1/availability/", query).json()["slots"]) == 31
    held(in_alpha.court_1, slot(12), customer=guest)
    assert api("guest").get("/api/v1/availability/", query).json()["slots"] == []
