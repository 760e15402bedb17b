"""core: a simple site books a service for somebody without an account, and pays it (API.md, core)."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.payments.models import Payment
from billing.subscriptions.models import StripeAccount
from bookings import checkout
from bookings.models import Booking, Occupancy
from tests.bookings.api.desk import AtHome
from tests.bookings.scenes import at, digest, let_lapse
from venues.models import Resource

BOOKINGS, STARTS = "/api/bookings/", "/api/availability/"
KEYS = {
    *("id", "reference_code", "service_id", "service_name", "resource_id", "resource_name", "venue_name"),
    *("start_datetime", "end_datetime", "duration_minutes", "participant_count", "customer_name", "customer_email"),
    *("customer_phone", "notes", "total_price", "currency", "status", "payment_status", "stripe_payment_intent_id"),
    *("hold_expires_at", "cancelled_at", "created_at", "updated_at"),
}
NEW = {"token", "client_secret", "stripe_account", "payment_error"}


@pytest.fixture
def home(stripe, in_alpha) -> AtHome:
    """Alpha's API with the sandbox behind it; its courts are paid online, and nobody has to say yes."""
    Resource.objects.filter(pk__in=[in_alpha.court_1, in_alpha.court_2]).update(
        pays_online=True, pays_on_site=False, needs_approval=False
    )
    return AtHome(in_alpha)


def wish(home: AtHome, hour: int = 10, **changes: Any) -> dict[str, Any]:
    """A lesson, by somebody without an account."""
    who = {"customer_name": "Gina Guest", "customer_email": "gina@example.org", "customer_phone": "+49 89 1234567"}
    return {**who, "service_id": home.world.tennis, "start_datetime": at(hour).isoformat(), **changes}


def book(home: AtHome, hour: int = 10, who: str | None = None, **changes: Any) -> dict[str, Any]:
    """A new booking, as answered."""
    answer = home(who).post(BOOKINGS, wish(home, hour, **changes))
    assert answer.status_code == 201, answer.json()
    return answer.json()


def read(home: AtHome, made: dict[str, Any]) -> dict[str, Any]:
    """The booking by its token."""
    answer = home(None).get(f"{BOOKINGS}{made['id']}/", {"token": made["token"]})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_new_booking_says_its_version(home):
    answer = home(None).post(BOOKINGS, wish(home))
    path = f"{answer['Location']}cancel/?token={answer.json()['token']}"
    old = answer["ETag"]
    assert home(None).patch(path, {}, HTTP_IF_MATCH=old).status_code == 200
    assert home(None).patch(path, {}, HTTP_IF_MATCH=old).status_code == 412


def test_customer_is_written_to_in_the_language_of_their_browser(home):
    home(None, HTTP_ACCEPT_LANGUAGE="de-AT,en;q=0.5").post(BOOKINGS, wish(home))
    assert Booking.objects.get().language == "de"


def test_services_are_public(home):
    [service] = [row for row in home(None).get("/api/services/").json() if row["id"] == home.world.tennis]
    assert service["duration_minutes"] == 60
    assert service["resources"] == [home.world.court_1, home.world.court_2]


def test_free_starts_are_a_bare_list_in_the_venues_offset(home):
    day = at(10).date().isoformat()
    query = {"service_id": home.world.tennis, "date": day}
    before = home(None).get(STARTS, query).json()
    assert before == sorted(before)
    ten = at(10).astimezone(ZoneInfo("Europe/Berlin")).isoformat()
    assert {datetime.fromisoformat(start).utcoffset() for start in before} <= {timedelta(hours=1), timedelta(hours=2)}
    assert ten in before
    book(home), book(home)
    after = home(None).get(STARTS, query).json()
    assert ten not in after
    assert set(after) < set(before)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"service_id": "x", "date": "2027-01-01"}, 400),
        ({"service_id": 1, "date": "yesterday"}, 400),
        ({"service_id": 999_999, "date": "2027-01-01"}, 404),
    ],
)
def test_starts_of_nonsense(home, query, status):
    assert home(None).get(STARTS, query).status_code == status


def test_guest_books_pays_reads_and_cancels_by_the_token(home, stripe):
    made = book(home)
    assert made.keys() == KEYS | NEW
    assert (made["status"], made["payment_status"], made["total_price"], made["currency"]) == (
        *("pending", "unpaid", "25.00", "EUR"),
    )
    assert made["stripe_payment_intent_id"] == Payment.objects.get().intent_id
    assert made["client_secret"].startswith(made["stripe_payment_intent_id"])
    assert made["stripe_account"] == stripe.account.account_id
    assert made["payment_error"] is None
    assert read(home, made).keys() == KEYS
    stripe.pay(made["stripe_payment_intent_id"])
    checkout.look(Payment.objects.get().pk)
    paid = read(home, made)
    assert (paid["status"], paid["payment_status"]) == ("confirmed", "paid")
    cancel = home(None, HTTP_X_BOOKING_TOKEN=made["token"]).patch(f"{BOOKINGS}{made['id']}/cancel/")
    assert (cancel.status_code, cancel.json()["status"]) == (200, "cancelled")
    assert cancel.json().keys() == KEYS
    again = home(None, HTTP_X_BOOKING_TOKEN=made["token"]).patch(f"{BOOKINGS}{made['id']}/cancel/")
    assert (again.status_code, again.json()) == (200, cancel.json())


def test_nobody_reads_or_cancels_by_the_id_alone(home):
    """A wrong token and a booking that is not there are one answer; T09 for tokens of elsewhere."""
    made = book(home)
    here = f"{BOOKINGS}{made['id']}/"
    before = digest()
    for path, method in ((here, "get"), (f"{here}cancel/", "patch"), (f"{here}create-payment-intent/", "post")):
        bare = getattr(home(None), method)(path)
        assert (bare.status_code, bare["WWW-Authenticate"]) == (401, "Token")
        wrong = getattr(home(None, HTTP_X_BOOKING_TOKEN="wrong"), method)(path)
        gone = getattr(home(None, HTTP_X_BOOKING_TOKEN=made["token"]), method)(
            path.replace(made["id"], str(uuid.uuid4()))
        )
        assert (wrong.status_code, wrong.json()) == (gone.status_code, gone.json()) == (404, wrong.json())
        assert getattr(home("stranger"), method)(path).status_code == 403
    assert digest() == before


def test_who_is_signed_in_books_under_their_own_name(home):
    answer = home("guest").post(BOOKINGS, {"service_id": home.world.tennis, "start_datetime": at(10).isoformat()})
    booking = Booking.objects.get()
    assert answer.status_code == 201
    assert (booking.customer_id, answer.json()["customer_email"]) == (home.world.users["guest"], booking.email)
    assert home("guest").get(f"{BOOKINGS}{booking.pk}/").status_code == 200
    assert home("owner").get(f"{BOOKINGS}{booking.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_name": ""}, "customer_name"),
        ({"customer_email": "nonsense"}, "customer_email"),
        ({"service_id": "x"}, "service_id"),
        ({"start_datetime": "2027-01-01T10:00:00"}, "start_datetime"),
        ({"participant_count": 0}, "participant_count"),
    ],
)
def test_nonsense_names_its_field_and_books_nothing(home, changes, field):
    before = digest()
    answer = home(None).post(BOOKINGS, wish(home, **changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["errors"]
    assert digest() == before


def test_contact_is_required_of_who_has_no_account(home):
    body = wish(home)
    del body["customer_name"], body["customer_email"]
    answer = home(None).post(BOOKINGS, body)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"customer_name", "customer_email"})


def test_taken_is_400_and_says_why(home):
    book(home), book(home)
    before = digest()
    answer = home(None).post(BOOKINGS, wish(home))
    assert (answer.status_code, answer.json()["code"]) == (400, "held")
    assert digest() == before


def test_same_key_is_one_booking_and_one_payment(home, stripe):
    """R07"""
    first, second = (home(None, HTTP_IDEMPOTENCY_KEY="once").post(BOOKINGS, wish(home)) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Location"] == first["Location"] == f"{BOOKINGS}{first.json()['id']}/"
    assert second["Idempotency-Replayed"] == "true"
    assert (Booking.objects.count(), Payment.objects.count(), len(stripe.intents())) == (1, 1, 1)
    other = home(None, HTTP_IDEMPOTENCY_KEY="once").post(BOOKINGS, wish(home, 12))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    let_lapse(Booking.objects.get())
    late = home(None, HTTP_IDEMPOTENCY_KEY="once").post(BOOKINGS, wish(home)).json()
    assert (late["id"], late["status"], late["client_secret"]) == (first.json()["id"], "cancelled", None)
    assert late["payment_error"] == "hold_expired"


def test_where_stripe_fails_the_hold_stays_and_can_be_paid_later(home, stripe):
    stripe.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "times": 20})
    made = book(home)
    assert (made["client_secret"], made["payment_error"]) == (None, "payment_provider_error")
    assert (made["status"], Occupancy.objects.count()) == ("pending", 1)
    asked = f"{BOOKINGS}{made['id']}/create-payment-intent/"
    refused = home(None, HTTP_X_BOOKING_TOKEN=made["token"]).post(asked)
    assert (refused.status_code, refused.json()["code"]) == (500, "payment_provider_error")
    stripe.faults()
    answer = home(None, HTTP_X_BOOKING_TOKEN=made["token"]).post(asked)
    assert answer.status_code == 200
    assert answer.json() == {
        "client_secret": stripe.intents()[0].client_secret,
        "payment_intent_id": stripe.intents()[0].id,
        "stripe_account": stripe.account.account_id,
        "amount": "25.00",
        "currency": "EUR",
    }
    assert read(home, made)["stripe_payment_intent_id"] == stripe.intents()[0].id


def test_what_nobody_could_pay_is_not_held(home):
    StripeAccount.objects.all().delete()
    before = digest()
    answer = home(None).post(BOOKINGS, wish(home))
    assert (answer.status_code, answer.json()["code"]) == (400, "payment_unavailable")
    assert digest() == before


def test_paid_at_the_venue_it_is_confirmed_at_once(home, stripe):
    Resource.objects.filter(pk=home.world.court_1).update(pays_online=False, pays_on_site=True)
    made = book(home)
    assert (made["status"], made["payment_status"], made["client_secret"]) == ("confirmed", "unpaid", None)
    assert (made["stripe_payment_intent_id"], stripe.intents()) == (None, [])


def test_staff_see_all_bookings_and_nobody_else_does(home):
    made = book(home)
    book(home, 12)
    home(None, HTTP_X_BOOKING_TOKEN=made["token"]).patch(f"{BOOKINGS}{made['id']}/cancel/")
    path = "/api/admin/bookings/"
    rows = home("owner").get(path).json()
    assert [row.keys() for row in rows] == [KEYS, KEYS]
    assert [row["id"] for row in home("owner").get(path, {"status": "cancelled"}).json()] == [made["id"]]
    assert home("owner").get(path, {"payment_status": "paid"}).json() == []
    assert len(home("owner").get(path, {"from": at(11).astimezone(UTC).isoformat()}).json()) == 1
    assert home("owner").get(path, {"status": "paid"}).status_code == 400
    assert (home("guest").get(path).status_code, home(None).get(path).status_code) == (403, 401)


def test_staffs_list_costs_the_same_however_long_it_is(home, django_assert_num_queries):
    book(home)
    client = home("owner")
    client.get("/api/admin/bookings/")
    with django_assert_num_queries(4):
        client.get("/api/admin/bookings/")
    book(home, 12), book(home, 13)
    with django_assert_num_queries(4):
        client.get("/api/admin/bookings/")


def test_owner_has_another_system_told_from_here_too(home):
    """Issue 6: webhooks are self-service in all dialects; what is made here is the same endpoint as v1's."""
    made = home("owner").post("/api/webhook-endpoints/", {"url": "https://hooks.example.com/here"})
    assert (made.status_code, made["Location"]) == (201, f"/api/webhook-endpoints/{made.json()['id']}/")
    assert [row["id"] for row in home("owner").get("/api/v1/webhook-endpoints/").json()] == [made.json()["id"]]
    assert home("owner").post(f"{made['Location']}rotate-secret/").json()["secret"] != made.json()["secret"]
    assert home("owner").get("/api/webhook-deliveries/").json() == []
    tested = home("owner").post(f"{made['Location']}test/")
    assert home("owner").get(tested["Location"]).json()["id"] == tested.json()["id"]
    assert tested["Location"].startswith("/api/webhook-deliveries/")
    assert home("guest").get("/api/webhook-endpoints/").status_code == 403
    assert home(None).get("/api/webhook-endpoints/").status_code == 401
