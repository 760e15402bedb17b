"""v1 pays bookings: exact answers and codes (API.md, `create-payment-intent`), pay links, kept cards."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from billing.payments.models import Payer, Payment
from bookings.models import Booking
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.bookings.api.desk import ADMIN, OWN, AtHome, wish
from tests.bookings.scenes import let_lapse

CARDS = "/api/v1/me/cards/"


@pytest.fixture
def home(stripe, in_alpha) -> AtHome:
    """Alpha's API, with the sandbox behind it."""
    return AtHome(in_alpha)


def held(home: AtHome, **changes: Any) -> str:
    """The guest's hold of the annex's room; its id."""
    answer = home("guest").post(OWN, wish(home.world.annex_room, **changes))
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def intent(home: AtHome, booking: str, body: object = None, who: str = "guest", **headers: str):
    """The answer to create-payment-intent."""
    return home(who, **headers).post(f"{OWN}{booking}/create-payment-intent/", body)


def test_create_payment_intent_answers_just_four_keys(home, stripe):
    booking = held(home)
    answer = intent(home, booking)
    payment = Payment.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "client_secret": stripe.intent(payment.intent_id).client_secret,
        "payment_intent_id": payment.intent_id,
        "amount": "25.00",
        "currency": "EUR",
    }
    assert intent(home, booking).json() == answer.json()


def test_it_ends_in_a_booking_that_is_paid(home, stripe):
    booking = held(home)
    stripe.pay(intent(home, booking).json()["payment_intent_id"])
    answer = home("guest").post(f"{OWN}{booking}/payments/refresh/")
    told = answer.json()
    attempt = told.pop("attempts")[0]
    assert answer.status_code == 200
    assert told == {
        "status": "paid",
        "payment_status": "paid",
        "currency": "EUR",
        "total": "25.00",
        "paid": "25.00",
        "due": "0.00",
        "due_now": "0.00",
        "refund_due": "0.00",
        "hold_expires_at": None,
        "balance_due_at": None,
        "overdue": False,
    }
    assert (attempt["state"], attempt["method"], attempt["amount"]) == ("succeeded", "visa 4242", "25.00")
    assert (attempt["failure"], attempt["refunded"], attempt["returned"]) == ("", "0.00", False)
    shown = home("guest").get(f"{OWN}{booking}/").json()
    assert shown["status"] == "paid"
    assert shown["confirmed_at"] == shown["paid_at"]
    assert shown["payment"] == {
        "id": attempt["id"],
        "payment_intent_id": Payment.objects.get().intent_id,
        "amount": "25.00",
        "currency": "EUR",
        "method": "visa 4242",
        "paid_at": attempt["succeeded_at"],
    }
    assert home("guest").get(f"{OWN}{booking}/payments/").json() == {**told, "attempts": [attempt]}


def test_a_paid_booking_is_400(home, stripe):
    booking = held(home)
    stripe.pay(intent(home, booking).json()["payment_intent_id"])
    answer = intent(home, booking)
    assert (answer.status_code, answer.json()["code"]) == (400, "already_paid")


def test_a_hold_that_is_over_is_400(home):
    booking = held(home)
    let_lapse(Booking.objects.get(pk=booking))
    answer = intent(home, booking)
    assert (answer.status_code, answer.json()["code"]) == (400, "hold_expired")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("call", ["create-payment-intent", "checkout-session"])
def test_whose_booking_it_is_not_may_not_pay_it(home, call):
    booking = held(home)
    for who in ("stranger", "owner", "front_desk"):
        assert home(who).post(f"{OWN}{booking}/{call}/").status_code == 403
    assert home("guest").post(f"{OWN}{uuid.uuid4()}/{call}/").status_code == 404
    assert home(None).post(f"{OWN}{booking}/{call}/").status_code == 401
    assert not Payment.objects.exists()


def test_when_stripe_fails_it_is_500_and_the_hold_stays(home, stripe):
    booking = held(home)
    before = Booking.objects.values().get(pk=booking)
    stripe.faults({"method": "POST", "path": "payment_intents$", "do": "timeout_after"})
    answer = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (500, "payment_provider_error", "10")
    assert answer.json().keys() == {"code", "detail"}
    assert "is kept for you until" in answer.json()["detail"]
    assert Booking.objects.values().get(pk=booking) == before
    assert not IdempotencyRecord.objects.filter(key="k").exists()
    again = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k")
    assert again.status_code == 200
    assert len(stripe.intents()) == 1


@pytest.mark.parametrize("path", ["checkout-session", "payments/refresh"])
def test_when_stripe_fails_elsewhere_it_is_503_and_a_repeat_succeeds(home, stripe, path):
    booking = held(home)
    assert intent(home, booking).status_code == 200
    before = Booking.objects.values().get(pk=booking)
    stripe.faults({"path": "payment_intents|checkout", "do": "status", "status": 500, "times": 9})
    answer = home("guest").post(f"{OWN}{booking}/{path}/")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "payment_provider_error", "10")
    assert answer.json().keys() == {"code", "detail"}
    assert "is kept for you until" in answer.json()["detail"]
    assert Booking.objects.values().get(pk=booking) == before
    stripe.faults()
    assert home("guest").post(f"{OWN}{booking}/{path}/").status_code == 200
    assert Payment.objects.filter(state__in=Payment.UNFINISHED).count() == 1


def test_the_same_key_while_it_runs_is_409_and_after_a_minute_it_may_run_again(home):
    """A worker that died in it leaves a claim without an answer."""
    booking = held(home)
    first = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k").json()
    IdempotencyRecord.objects.filter(key="k").update(status=None, body="")
    answer = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    IdempotencyRecord.objects.filter(key="k").update(created_at=database_now() - timedelta(minutes=1))
    assert intent(home, booking, {"save_card": True}, HTTP_IDEMPOTENCY_KEY="k").status_code == 409
    assert intent(home, booking, HTTP_IDEMPOTENCY_KEY="k").json() == first


def test_a_refusal_is_kept_under_its_key(home):
    booking = held(home)
    let_lapse(Booking.objects.get(pk=booking))
    first = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k")
    Booking.objects.update(hold_expires_at=database_now() + timedelta(minutes=5))
    again = intent(home, booking, HTTP_IDEMPOTENCY_KEY="k")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotency-Replayed"] == "true"


def test_a_page_at_stripe(home, stripe):
    booking = held(home)
    answer = home("guest").post(f"{OWN}{booking}/checkout-session/")
    assert answer.status_code == 200
    assert set(answer.json()) == {"url", "expires_at"}
    assert stripe.pay_page(answer.json()["url"]) == 303
    told = home("guest").post(f"{OWN}{booking}/payments/refresh/").json()
    assert (told["status"], told["paid"]) == ("paid", "25.00")


def test_strangers_see_nothing_and_accountants_may_read(home):
    booking = held(home)
    intent(home, booking)
    path = f"{OWN}{booking}/payments/"
    assert home("stranger").get(path).status_code == 403
    assert home("accountant").get(path).json()["attempts"][0]["state"] == "open"


def test_a_cancelled_booking_owes_what_was_paid(home, stripe):
    booking = held(home)
    stripe.pay(intent(home, booking).json()["payment_intent_id"])
    home("guest").post(f"{OWN}{booking}/payments/refresh/")
    home("guest").post(f"{OWN}{booking}/cancel/")
    told = home("guest").get(f"{OWN}{booking}/payments/").json()
    assert (told["payment_status"], told["refund_due"], told["due"]) == ("paid", "25.00", "0.00")


def test_staff_mail_a_link_to_pay(home):
    booking = held(home, payment="on_site")
    answer = home("front_desk").post(f"{ADMIN}{booking}/pay-link/")
    email = Booking.objects.get(pk=booking).customer.email
    assert (answer.status_code, answer.json()) == (200, {"sent_to": email, "amount": "25.00", "currency": "EUR"})
    letter = OutgoingMail.objects.get(key__startswith=f"pay-link:{booking}")
    assert (letter.to, f"/bookings/{booking}/" in letter.text) == (email, True)
    assert home("guest").post(f"{ADMIN}{booking}/pay-link/").status_code == 403
    assert home("accountant").post(f"{ADMIN}{booking}/pay-link/").status_code == 403


def test_without_an_address_there_is_nobody_to_write_to(home):
    booking = held(home, payment="on_site")
    Booking.objects.update(customer=None, email="")
    answer = home("front_desk").post(f"{ADMIN}{booking}/pay-link/")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_address")


def test_members_keep_a_card_use_it_and_remove_it(home, stripe):
    booking = held(home)
    first = intent(home, booking, {"save_card": True}).json()
    assert stripe.pay(first["payment_intent_id"]) == "succeeded"
    (card,) = home("guest").get(CARDS).json()
    assert (card["brand"], card["last4"]) == ("visa", "4242")
    assert home("stranger").get(CARDS).json() == []

    second = held(home, hour=14)
    other = intent(home, second).json()["payment_intent_id"]
    assert stripe.intent(other).customer == Payer.objects.get().customer_id
    assert stripe.pay(other, card["id"]) == "succeeded"

    assert home("stranger").delete(f"{CARDS}{card['id']}/").status_code == 404
    assert len(home("guest").get(CARDS).json()) == 1
    assert home("guest").delete(f"{CARDS}{card['id']}/").status_code == 204
    assert home("guest").get(CARDS).json() == []
    assert home("guest").delete(f"{CARDS}{card['id']}/").status_code == 404


def test_nobody_becomes_a_customer_at_stripe_without_asking_for_it(home, stripe):
    intent(home, held(home))
    assert stripe.client.v1.customers.list(None, stripe.on).data == []
    assert not Payer.objects.exists()
