"""core, call by call as API.md has it, over HTTP, without an account; every case: tests/bookings/api/test_core.py."""

from datetime import datetime, timedelta
from typing import Any

from bookings.models import Booking
from tests.contract.integrator import House

BOOKINGS = "/api/bookings/"


def wish(house: House) -> dict[str, Any]:
    """`customer name, email, phone, service, start`."""
    who = {"customer_name": "Gina Guest", "customer_email": "gina@example.org", "customer_phone": "+49 89 1234567"}
    return {**who, "service_id": house.alpha.tennis, "start_datetime": house.hour().isoformat()}


def test_get_services(house: House) -> None:
    """`GET /api/services/`, also anonymous."""
    with house.client(None) as client:
        answer = client.get("/api/services/")
    assert answer.status_code == 200
    assert house.alpha.tennis in [row["id"] for row in answer.json()]


def test_get_availability_is_a_bare_list_of_start_times_in_the_venues_offset(house: House) -> None:
    """`opening hours, minus booked and blocked: a bare list of start times in the venue's offset`."""
    start = house.hour()
    with house.client(None) as client:
        query: dict[str, Any] = {"service_id": house.alpha.tennis, "date": f"{start:%Y-%m-%d}"}
        told = client.get("/api/availability/", params=query).json()
    assert start.isoformat() in told
    assert told == sorted(told)
    assert {datetime.fromisoformat(each).utcoffset() for each in told} <= {timedelta(hours=1), timedelta(hours=2)}


def test_post_bookings_creates_the_intent_and_returns_the_client_secret(house: House) -> None:
    """`checks, creates the PaymentIntent, saves as pending with its id, returns the client secret`, and all after it.

    `status (pending, confirmed, cancelled) and payment_status apart, and stripe_payment_intent_id`.
    """
    with house.client(None) as client:
        made = client.post(BOOKINGS, json=wish(house))
        told = made.json()
        path, token = f"{BOOKINGS}{told['id']}/", {"X-Booking-Token": told["token"]}
        assert (made.status_code, made.headers["Location"]) == (201, path)
        assert (told["status"], told["payment_status"]) == ("pending", "unpaid")
        assert told["client_secret"].startswith(told["stripe_payment_intent_id"])
        assert client.get(path).status_code == 401
        assert client.get(path, params={"token": told["token"]}).json()["status"] == "pending"
        assert house.till.pay(told["stripe_payment_intent_id"]) == "succeeded"
        cancelled = client.patch(f"{path}cancel/", headers=token)
        assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


def test_if_stripe_fails_the_hold_stays_and_the_payment_can_be_asked_for_again(house: House) -> None:
    """`The intent is created after the booking's transaction has committed; if Stripe fails the hold stays`."""
    house.till.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "times": 20})
    with house.client(None) as client:
        told = client.post(BOOKINGS, json=wish(house)).json()
        house.till.faults()
        assert (told["status"], told["client_secret"]) == ("pending", None)
        with house.inside():
            assert Booking.objects.get(pk=told["id"]).state == "held"
        token = {"X-Booking-Token": told["token"]}
        again = client.post(f"{BOOKINGS}{told['id']}/create-payment-intent/", headers=token)
    assert (again.status_code, again.json()["amount"]) == (200, "25.00")


def test_get_admin_bookings_is_for_staff(house: House) -> None:
    """`GET /api/admin/bookings/ (staff)`."""
    with house.client("front_desk") as desk, house.client("guest") as guest, house.client(None) as nobody:
        answers = [client.get("/api/admin/bookings/").status_code for client in (desk, guest, nobody)]
    assert answers == [200, 403, 401]


def test_openapi_of_core_says_what_is_anonymous(house: House) -> None:
    """`service list, availability and booking creation also anonymous`."""
    with house.client(None, headers={"Accept": "application/json"}) as client:
        paths = client.get("/api/schema/core/").json()["paths"]
    for path, method in (("services", "get"), ("availability", "get"), ("bookings", "post")):
        assert {} in paths[f"/api/{path}/"][method]["security"]
    assert {} not in paths["/api/admin/bookings/"]["get"]["security"]
