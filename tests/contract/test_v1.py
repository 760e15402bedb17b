"""v1, line by line of API.md's table, over HTTP: the JSON there, key by key.

Lines with many cases have files of their own, which are named here: availability, quotes, changes, series, waiting
lists, payments, webhooks and the desk in tests/bookings/api/.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bookings.models import Booking
from tests.bookings.scenes import let_lapse
from tests.contract.integrator import BERLIN, V1, House

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NOBODY = "00000000-0000-0000-0000-00000000ffff"
CANCELLED = {"id", "reference_code", "status", "cancelled_at"}


def expected(house: House, wish: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The booking of a wish as API.md prints one."""
    canary = house.alpha.canary
    return {
        "resource": house.alpha.court_1,
        "resource_name": f"Court 1 {canary}",
        "venue_name": f"Main {canary}",
        "venue_address": f"Street {canary} 1, 80000 Town",
        "start_datetime": wish["start_datetime"],
        "end_datetime": wish["end_datetime"],
        "duration_minutes": 60,
        "participant_count": 1,
        "price_per_unit": "25.00",
        "pricing_unit": "hour",
        "total_price": "25.00",
        "currency": "EUR",
        "status": "pending",
        "can_cancel": True,
        "is_upcoming": True,
        "notes": "",
        "confirmed_at": None,
        "paid_at": None,
        "cancelled_at": None,
        **changes,
    }


def test_booking_as_list_and_create_return_it(house: House) -> None:
    """`Booking, as list and create return it (all keys always present)`, `BK-250115: the local start date`."""
    wish = house.wish(participant_count=2, notes="Two rackets")
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/", json=wish)
        made = answer.json()
        rest = {name: made.pop(name) for name in ("id", "reference_code", "created_at", "updated_at")}
        assert answer.status_code == 201
        assert made == expected(house, wish, participant_count=2, notes="Two rackets")
        assert str(UUID(rest["id"])) == rest["id"]
        local_day = datetime.fromisoformat(wish["start_datetime"]).astimezone(BERLIN)
        assert re.fullmatch(f"BK-{local_day:%y%m%d}-[0-9A-Z]{{4}}", rest["reference_code"])
        assert all(STAMP.fullmatch(rest[name]) for name in ("created_at", "updated_at"))
        listed = {row["id"]: row for row in client.get(f"{V1}/bookings/").json()}
        assert listed[rest["id"]] == {**made, **rest}


def test_detail_form_differs(house: House) -> None:
    """`The detail form differs: resource is {...}, and payment and client are added (null where there is none).`"""
    booking = house.booked()
    with house.client("guest") as client:
        told = client.get(f"{V1}/bookings/{booking['id']}/").json()
        world = house.alpha
        reference = {"id": world.court_1, "name": f"Court 1 {world.canary}", "venue_name": f"Main {world.canary}"}
        person = {"id": world.users["guest"], "name": f"guest {world.canary}", "email": f"guest@{world.canary}.example"}
        added = {"payment": None, "client": {**person, "phone": ""}}
        assert told == {**booking, "resource": {**reference, "venue_slug": "main"}, **added}
        intent = house.pay(booking["id"])
        paid = client.get(f"{V1}/bookings/{booking['id']}/").json()["payment"]
    kept = {"payment_intent_id": intent, "amount": "25.00", "currency": "EUR", "method": "visa 4242"}
    assert {name: paid[name] for name in kept} == kept
    assert set(paid) == {*kept, "id", "paid_at"}


def test_get_bookings_is_a_bare_array_in_pages(house: House) -> None:
    """`GET /bookings/: the caller's own, a bare array; ?page, ?page_size with Link and X-Total-Count; filters`."""
    first, second, third = (house.booked(who="stranger") for _ in range(3))
    path = f"{V1}/bookings/"
    with house.client("stranger") as client:
        page = client.get(path, params={"page": 2, "page_size": 1})
        assert [row["id"] for row in page.json()] == [second["id"]]
        assert page.headers["X-Total-Count"] == "3"
        links = {rel: httpx_path(url) for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', page.headers["Link"])}
        assert links == {"next": f"{path}?page=3&page_size=1", "prev": f"{path}?page_size=1"}
        for params, ids in (
            ({"status": "pending"}, [third["id"], second["id"], first["id"]]),
            ({"status": "paid,cancelled"}, []),
            ({"from": second["start_datetime"]}, [third["id"], second["id"]]),
            ({"to": second["start_datetime"]}, [first["id"]]),
            ({"resource": str(house.alpha.court_2)}, []),
        ):
            assert [row["id"] for row in client.get(path, params=params).json()] == ids, params


def httpx_path(url: str) -> str:
    """Path and query of an address."""
    return "/" + url.split("/", 3)[3]


def test_get_upcoming_lists_future_ones_only(house: House) -> None:
    """`GET /bookings/upcoming/: the same, future ones only`."""
    booking = house.booked(who="accountant")
    with house.client("accountant") as client:
        assert client.get(f"{V1}/bookings/upcoming/").json() == [booking]
        client.post(f"{V1}/bookings/{booking['id']}/cancel/")
        assert client.get(f"{V1}/bookings/upcoming/").json() == []


def test_get_a_booking_of_another_customers_is_403(house: House) -> None:
    """`GET /bookings/{id}/: detail; another customer's: 403`, an unknown one 404."""
    booking = house.booked()
    with house.client("stranger") as client:
        assert client.get(f"{V1}/bookings/{booking['id']}/").status_code == 403
        assert client.get(f"{V1}/bookings/{NOBODY}/").status_code == 404


def test_post_bookings_holds_for_15_minutes(house: House) -> None:
    """`201, status pending, held for 15 minutes; it must be paid to be confirmed`."""
    booking = house.booked()
    with house.inside():
        row = Booking.objects.get(pk=booking["id"])
        assert row.hold_expires_at == row.created_at + timedelta(minutes=15)
    house.pay(booking["id"])
    with house.client("guest") as client:
        paid = client.get(f"{V1}/bookings/{booking['id']}/").json()
    assert (paid["status"], paid["confirmed_at"]) == ("paid", paid["paid_at"])
    assert STAMP.fullmatch(paid["paid_at"])


def test_post_bookings_where_the_venue_takes_payment_on_site(house: House) -> None:
    """`... unless the venue takes payment on site`."""
    assert house.booked(resource=house.alpha.court_2)["status"] == "confirmed"


@pytest.mark.parametrize("missing", ["start_datetime", "end_datetime"])
def test_post_bookings_requires_its_times(house: House, missing: str) -> None:
    """`resource (int), start_datetime, end_datetime required`."""
    wish = house.wish()
    del wish[missing]
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/", json=wish)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [missing])


def test_post_bookings_400_says_why(house: House) -> None:
    """`400: invalid times, slot not available (code says why)`."""
    wish = house.wish()
    with house.client("guest") as client, house.client("stranger") as other:
        backwards = {"start_datetime": wish["end_datetime"], "end_datetime": wish["start_datetime"]}
        assert client.post(f"{V1}/bookings/", json={**wish, **backwards}).status_code == 400
        past = {name: f"2020{wish[name][4:]}" for name in ("start_datetime", "end_datetime")}
        assert client.post(f"{V1}/bookings/", json={**wish, **past}).status_code == 400
        assert client.post(f"{V1}/bookings/", json=wish).status_code == 201
        taken = other.post(f"{V1}/bookings/", json=wish)
    assert (taken.status_code, taken.json()["code"]) == (400, "held")


def test_create_payment_intent_and_its_refusals(house: House) -> None:
    """`{"client_secret", "payment_intent_id", "amount", "currency"}; 400 ..., 403 ..., 500 ...; the same intent`."""
    booking = house.booked()
    path = f"{V1}/bookings/{booking['id']}/create-payment-intent/"
    with house.client("guest") as client, house.client("stranger") as other:
        refused = other.post(path)
        house.till.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "times": 20})
        failed = client.post(path)
        house.till.faults()
        first, second = client.post(path), client.post(path)
        assert refused.status_code == 403
        assert (failed.status_code, failed.json()["code"]) == (500, "payment_provider_error")
        assert (first.status_code, second.json()) == (200, first.json())
        told = first.json()
        assert set(told) == {"client_secret", "payment_intent_id", "amount", "currency"}
        assert (told["amount"], told["currency"]) == ("25.00", "EUR")
        assert told["client_secret"].startswith(told["payment_intent_id"])
        house.pay(booking["id"])
        paid = client.post(path)
        assert (paid.status_code, paid.json()["code"]) == (400, "already_paid")
        late = house.booked()
        with house.inside():
            let_lapse(Booking.objects.get(pk=late["id"]))
        wrong = client.post(f"{V1}/bookings/{late['id']}/create-payment-intent/")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "hold_expired")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_cancel_answers_exactly_four_keys_and_a_repeat_the_same(house: House, method: str) -> None:
    """`POST or PATCH .../cancel/: 200 with exactly four keys; 403 not the owner; a repeat answers the same 200`."""
    booking = house.booked()
    path = f"{V1}/bookings/{booking['id']}/cancel/"
    body = {"reason": "user_request", "notes": "Schedule conflict"}
    with house.client("guest") as client, house.client("stranger") as other:
        assert other.request(method, path, json=body).status_code == 403
        assert client.request(method, path, json={"reason": "boredom"}).status_code == 400
        first, second = client.request(method, path, json=body), client.request(method, path, json=body)
    told = first.json()
    assert (first.status_code, second.status_code, second.json()) == (200, 200, told)
    assert set(told) == CANCELLED
    same = {name: booking[name] for name in ("id", "reference_code")}
    assert told == {**same, "status": "cancelled", "cancelled_at": told["cancelled_at"]}
    assert STAMP.fullmatch(told["cancelled_at"])


def test_cancel_400_not_cancellable(house: House) -> None:
    """`400 not cancellable`: its time has passed."""
    booking = house.booked(resource=house.alpha.court_2)
    with house.inside():
        row = Booking.objects.get(pk=booking["id"])
        Booking.objects.filter(pk=row.pk).update(
            start=row.start - timedelta(days=400), end=row.end - timedelta(days=400)
        )
    with house.client("guest") as client:
        answer = client.post(f"{V1}/bookings/{booking['id']}/cancel/")
        assert (answer.status_code, answer.json()["code"]) == (400, "not_cancellable")
        assert client.get(f"{V1}/bookings/{booking['id']}/").json()["cancelled_at"] is None


def test_cancellation_preview(house: House) -> None:
    """`GET .../cancellation-preview/: what would come back`."""
    booking = house.booked()
    house.pay(booking["id"])
    with house.client("guest") as client:
        told = client.get(f"{V1}/bookings/{booking['id']}/cancellation-preview/").json()
        assert (told["can_cancel"], told["refund"], told["currency"]) == (True, "25.00", "EUR")
        client.post(f"{V1}/bookings/{booking['id']}/cancel/")
        assert client.get(f"{V1}/bookings/{booking['id']}/").json()["status"] == "cancelled"


def test_reschedule_and_extras_preview_the_money(house: House) -> None:
    """`POST .../reschedule/, /extras/: with preview and money delta`; all of it: test_v1_changes.py."""
    booking, later = house.booked(), house.wish()
    with house.client("guest") as client:
        body = {"start_datetime": later["start_datetime"], "preview": True}
        told = client.post(f"{V1}/bookings/{booking['id']}/reschedule/", json=body)
        assert (told.status_code, told.json()["delta"]) == (200, "0.00")
        assert client.get(f"{V1}/bookings/{booking['id']}/").json()["start_datetime"] == booking["start_datetime"]
        told = client.post(f"{V1}/bookings/{booking['id']}/extras/", json={"extras": [], "preview": True})
        assert (told.status_code, told.json()["delta"]) == (200, "0.00")


@pytest.mark.parametrize("path", ["venues", "resources", "products", "services"])
def test_catalogue(house: House, path: str) -> None:
    """`GET /venues/, /resources/, /products/, /services/: the catalogue`; every field: test_v1_catalogue.py."""
    with house.client("guest") as client:
        answer = client.get(f"{V1}/{path}/")
    assert (answer.status_code, type(answer.json())) == (200, list)
    assert answer.headers["X-Total-Count"] == str(len(answer.json())) != "0"


def test_availability(house: House) -> None:
    """`answer {"timezone", "slots": [...]} (?reasons=1 adds "refused": [{..., "reason"}])`."""
    booking = house.booked()
    start = datetime.fromisoformat(booking["start_datetime"])
    query: dict[str, Any] = {"resource": house.alpha.court_1, "date": f"{start:%Y-%m-%d}"}
    with house.client("guest") as client:
        told = client.get(f"{V1}/availability/", params=query).json()
        assert (set(told), told["timezone"]) == ({"timezone", "slots"}, "Europe/Berlin")
        slot = {"resource": house.alpha.court_1, "total_price": "25.00", "currency": "EUR"}
        later = {"start_datetime": booking["end_datetime"], "end_datetime": (start + timedelta(hours=2)).isoformat()}
        assert {**slot, **later} in told["slots"]
        assert start.isoformat() not in [each["start_datetime"] for each in told["slots"]]
        told = client.get(f"{V1}/availability/", params={**query, "reasons": 1}).json()
        assert set(told) == {"timezone", "slots", "refused"}
        [refused] = [each for each in told["refused"] if each["start_datetime"] == booking["start_datetime"]]
        assert refused["reason"] == "held"
        week = {"service_id": house.alpha.tennis, "from": query["date"], "days": 2, "participants": 2}
        assert client.get(f"{V1}/availability/", params=week).json()["slots"]


def test_availability_calendar(house: House) -> None:
    """`GET /availability/calendar/?month=YYYY-MM: number of free starts per day`."""
    start = house.hour()
    query: dict[str, Any] = {"resource": house.alpha.court_1, "month": f"{start:%Y-%m}"}
    with house.client("guest") as client:
        answer = client.get(f"{V1}/availability/calendar/", params=query)
        days = client.get(f"{V1}/availability/", params={"resource": house.alpha.court_1, "date": f"{start:%F}"}).json()
    told = {each["date"]: each["free"] for each in answer.json()["days"]}
    assert told[f"{start:%Y-%m-%d}"] == len(days["slots"])


def test_quotes(house: House) -> None:
    """`POST /quotes/: the itemised price, before anybody books`; all of it: test_quotes.py."""
    with house.client("guest") as client:
        answer = client.post(f"{V1}/quotes/", json=house.wish())
    told = answer.json()
    assert (answer.status_code, told["total_price"], told["due_now"], told["available"]) == (
        200,
        "25.00",
        "25.00",
        True,
    )
    assert [line["amount"] for line in told["lines"]] == ["25.00"]


@pytest.mark.parametrize("path", ["series", "waitlist"])
def test_series_and_waiting_list_are_there(house: House, path: str) -> None:
    """`/series/, /waitlist/, /vouchers/check/`; all of it: test_v1_series.py, test_v1_waitlist.py, test_quotes.py."""
    with house.client("guest") as client:
        assert client.get(f"{V1}/{path}/").json() == []
        answer = client.post(f"{V1}/vouchers/check/", json={"code": "NONE"})
    assert (answer.status_code, answer.json()["valid"]) == (200, False)


def test_admin_bookings_are_for_staff_only(house: House) -> None:
    """`GET /admin/bookings/ and staff verbs: staff of the tenant only`."""
    booking = house.booked()
    with house.client("guest") as client, house.client("front_desk") as desk, house.client(None) as nobody:
        assert client.get(f"{V1}/admin/bookings/").status_code == 403
        assert nobody.get(f"{V1}/admin/bookings/").status_code == 401
        assert booking["id"] in [row["id"] for row in desk.get(f"{V1}/admin/bookings/").json()]
        for verb in ("no-show", "check-in", "confirm"):
            assert client.post(f"{V1}/admin/bookings/{booking['id']}/{verb}/").status_code == 403


def test_webhooks_are_self_service_with_replay(house: House) -> None:
    """`/webhook-endpoints/, /webhook-deliveries/: self-service, with replay`; all of it: test_v1_webhooks.py."""
    with house.client("owner") as client:
        made = client.post(f"{V1}/webhook-endpoints/", json={"url": "https://hooks.example/in"})
        assert (made.status_code, made.json()["secret"].partition("_")[0]) == (201, "whsec")
        path = made.headers["Location"]
        sent = client.post(f"{path}test/").json()
        again = client.post(f"{V1}/webhook-deliveries/{sent['id']}/replay/")
        assert (again.status_code, again.json()["webhook_id"]) == (200, sent["webhook_id"])
        assert client.delete(path).status_code == 204
