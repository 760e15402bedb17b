"""v1: the tenant's Stripe account."""

from typing import Any

import pytest
import requests

from billing.subscriptions.models import StripeAccount
from tests.conftest import Caller
from tests.till import Till
from tests.worlds import World

ACCOUNT, REFRESH = "/api/v1/admin/stripe-account/", "/api/v1/admin/stripe-account/refresh/"
NOTHING = {
    "status": "none",
    "can_accept_payments": False,
    "account_id": "",
    "charge_type": "direct",
    "country": "",
    "currency": "",
    "gets_payouts": False,
    "currently_due": [],
    "past_due": [],
    "due_by": None,
    "disabled_reason": "",
    "connected_at": None,
    "refreshed_at": None,
    "disconnected_at": None,
    "former_accounts": [],
}


@pytest.fixture
def till(stripe: Till) -> Till:
    """A sandbox that asks for papers, and Alpha without an account."""
    StripeAccount.objects.all().delete()
    stripe.server.reset()
    return stripe


def test_before_there_is_an_account(till: Till, api: Caller) -> None:
    answer = api("owner").get(ACCOUNT)
    assert (answer.status_code, answer.json()) == (200, NOTHING)


def test_connecting_leads_to_stripes_pages_and_refreshing_says_what_came_of_it(till: Till, api: Caller) -> None:
    owner = api("owner")
    answer = owner.post(ACCOUNT, {"country": "AT"})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    row = StripeAccount.objects.get()
    assert told["account"]["account_id"] == row.account_id
    assert (told["account"]["status"], told["account"]["country"]) == ("onboarding", "AT")
    assert "external_account" in told["account"]["currently_due"]

    requests.get(told["url"], timeout=60)
    requests.post(told["url"], data={"do": "complete"}, allow_redirects=False, timeout=60)
    assert owner.get(ACCOUNT).json()["status"] == "onboarding"
    told = owner.post(REFRESH).json()
    assert {name: told[name] for name in ("status", "can_accept_payments", "gets_payouts", "currency")} == {
        "status": "ready",
        "can_accept_payments": True,
        "gets_payouts": True,
        "currency": "EUR",
    }


def test_disconnecting_and_taking_the_account_back(stripe: Till, api: Caller) -> None:
    owner, account_id = api("owner"), stripe.account.account_id
    assert owner.delete(ACCOUNT).status_code == 204
    told = owner.get(ACCOUNT).json()
    assert (told["status"], told["can_accept_payments"], told["former_accounts"]) == (
        "disconnected",
        False,
        [account_id],
    )
    assert [owner.delete(ACCOUNT).status_code, owner.post(REFRESH).status_code] == [404, 404]
    told = owner.post(ACCOUNT, {"account_id": account_id}).json()["account"]
    assert (told["status"], told["former_accounts"]) == ("ready", [])


@pytest.mark.parametrize(
    "body", [{}, {"country": "XX"}, {"country": "de"}, {"country": "DE", "account_id": "acct_1"}, {"account_id": ""},
             {"account_id": "a" * 65}, {"country": ["DE"]}, {"account_id": {"a": 1}}]
)  # fmt: skip
def test_what_makes_no_sense_is_told_and_nothing_is_made(till: Till, api: Caller, body: dict[str, Any]) -> None:
    answer = api("owner").post(ACCOUNT, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not StripeAccount.objects.exists()


def test_somebody_elses_account_is_unknown(till: Till, api: Caller) -> None:
    answer = api("owner").post(ACCOUNT, {"account_id": "acct_1Elsewhere"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_stripe_that_fails_is_a_500_with_a_code_and_the_same_call_can_be_made_again(till: Till, api: Caller) -> None:
    owner = api("owner", HTTP_IDEMPOTENCY_KEY="connect-once")
    till.faults({"method": "POST", "path": "/v1/accounts$", "times": 1, "do": "timeout_after"})
    answer = owner.post(ACCOUNT, {"country": "DE"})
    assert (answer.status_code, answer.json()["code"]) == (500, "payment_provider_error")
    answer = owner.post(ACCOUNT, {"country": "DE"})
    assert answer.status_code == 200
    assert len(till.server.look("state")["acct_1SandboxPlatform"]["account"]) == 1


@pytest.mark.parametrize(
    ("who", "may_read"),
    [("owner", True), ("manager", True), ("accountant", True), ("front_desk", False), ("guest", False)],
)
def test_who_reads(stripe: Till, api: Caller, who: str, may_read: bool) -> None:
    assert api(who).get(ACCOUNT).status_code == (200 if may_read else 403)


@pytest.mark.parametrize("who", ["manager", "accountant", "front_desk", "guest", None])
def test_only_the_owner_changes(stripe: Till, api: Caller, who: str | None) -> None:
    someone, no = api(who), 403 if who else 401
    answers = [someone.post(ACCOUNT, {"country": "DE"}), someone.post(REFRESH), someone.delete(ACCOUNT)]
    assert [answer.status_code for answer in answers] == [no, no, no]
    assert StripeAccount.objects.get().disconnected_at is None


def test_the_other_tenant_sees_its_own(stripe: Till, beta: World) -> None:
    answer = Caller(beta)("owner").get(ACCOUNT)
    assert (answer.status_code, answer.json()) == (200, NOTHING)
