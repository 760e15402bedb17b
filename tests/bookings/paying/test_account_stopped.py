"""The account stops being able to charge while somebody holds a slot: a clean answer, and the hold stays as it is."""

from typing import Any

import pytest

from billing import accounts
from billing.payments.models import Payment
from bookings.models import Booking
from tests.bookings.api.desk import OWN, AtHome, wish
from tests.bookings.scenes import digest
from tests.till import Till
from tests.worlds import World

UNAVAILABLE = (400, "payment_unavailable")
STOPS: dict[str, dict[str, Any]] = {
    "disabled": {"disabled_reason": "rejected.fraud"},
    "past due": {"currently_due": ["company.tax_id"], "past_due": ["company.tax_id"], "deadline": 1_700_000_000},
    "capability lost": {"inactive": ["card_payments", "transfers"]},
}


def stop(till: Till, how: str) -> None:
    """Have Stripe, or the owner, stop it; we have been told."""
    if how == "deauthorized":
        till.server.outside("deauthorize", account=till.account.account_id)
    elif how == "given up":
        accounts.disconnect(till.tenant)
    else:
        till.server.outside("account", account=till.account.account_id, **STOPS[how])
    accounts.refresh(till.account.account_id)


def pay(api: AtHome, booking_id: str) -> tuple[int, str]:
    """The payment step: status and code."""
    answer = api("guest").post(f"{OWN}{booking_id}/create-payment-intent/")
    return answer.status_code, answer.json().get("code", "")


@pytest.fixture
def api(in_alpha: World) -> AtHome:
    """Alpha's API, called from inside its schema."""
    return AtHome(in_alpha)


@pytest.fixture
def held(api: AtHome, alpha: World) -> str:
    """The guest's hold of the annex's room, which is paid online."""
    return str(api("guest").post(OWN, wish(alpha.annex_room)).json()["id"])


@pytest.mark.parametrize("how", [*STOPS, "deauthorized", "given up"])
def test_the_payment_step_gets_a_clean_answer_and_the_hold_stays(
    till: Till, api: AtHome, alpha: World, held: str, how: str
) -> None:
    """RELIABILITY 6, `account.updated`, `capability.updated`, `account.application.deauthorized`."""
    stop(till, how)
    rows = digest()
    assert pay(api, held) == UNAVAILABLE
    assert digest() == rows
    assert api("guest").get(f"{OWN}{held}/").json()["status"] == "pending"


def test_an_attempt_that_was_open_can_be_paid_no_more_from_our_side(till: Till, api: AtHome, held: str) -> None:
    assert pay(api, held) == (200, "")
    stop(till, "disabled")
    assert pay(api, held) == UNAVAILABLE
    assert Payment.objects.get().state == "open"


def test_when_it_charges_again_the_same_hold_is_paid(till: Till, api: AtHome, held: str) -> None:
    stop(till, "disabled")
    assert pay(api, held) == UNAVAILABLE
    till.server.outside("account", account=till.account.account_id, complete=True)
    accounts.refresh(till.account.account_id)
    assert pay(api, held) == (200, "")


def test_before_the_event_came_stripe_itself_refuses_and_the_hold_stays(stripe: Till, api: AtHome, held: str) -> None:
    """Nobody has told us that the owner withdrew our access."""
    stripe.server.outside("deauthorize", account=stripe.account.account_id)
    assert pay(api, held) == (500, "payment_provider_error")
    booking = Booking.objects.get(pk=held)
    assert (booking.state, booking.payment_state) == ("held", "unpaid")


def test_what_is_not_paid_online_goes_on(till: Till, api: AtHome, alpha: World) -> None:
    stop(till, "given up")
    answer = api("guest").post(OWN, wish(alpha.court_1))
    assert (answer.status_code, answer.json()["status"]) == (201, "pending")
    booking_id = answer.json()["id"]
    answer = api("front_desk").post(f"/api/v1/admin/bookings/{booking_id}/confirm/")
    assert answer.status_code == 200
    assert Booking.objects.get(pk=booking_id).state == "confirmed"


def test_a_venue_whose_currency_nobody_can_charge_takes_no_cards(till: Till, api: AtHome, held: str) -> None:
    """The tenant's own currency can be charged; the Iraqi dinar cannot be, by anybody."""
    Booking.objects.filter(pk=held).update(currency="IQD")
    assert pay(api, held) == UNAVAILABLE
    assert not Payment.objects.exists()
