"""Whether money can be taken: what Stripe says of an account, and what owners hear of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

import billing.payments.tasks  # noqa: F401 - registers what the clock calls
from billing import accounts
from billing.accounts import Standing
from billing.gateway.trouble import Unavailable
from billing.subscriptions.models import StripeAccount
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork, OutgoingMail
from tests.till import Till
from tests.worlds import World

DAY = 86_400
NOW = 1_700_000_000


@pytest.fixture
def till(stripe: Till, in_alpha: World) -> Till:
    """Alpha, in whose schema the test runs, with an account that can charge."""
    return stripe


def now_is(till: Till, **order: Any) -> Standing:
    """Change the account at Stripe and look at it."""
    till.server.outside("account", account=till.account.account_id, **order)
    accounts.refresh(till.account.account_id)
    till.account.refresh_from_db()
    return accounts.standing_of(till.account)


def in_days(days: int) -> int:
    """Stripe's time stamp."""
    return int((database_now() + timedelta(days=days)).timestamp())


def letters() -> list[str]:
    """What kinds of letters wait for owners."""
    return [mail.key.partition(":")[0] for mail in OutgoingMail.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("order", "standing", "can"),
    [
        ({}, Standing.READY, True),
        ({"payouts_off": True}, Standing.READY, True),
        ({"currently_due": ["company.tax_id"], "deadline": 4_000_000_000}, Standing.DUE, True),
        ({"currently_due": ["company.name"], "past_due": ["company.name"], "deadline": NOW}, Standing.DISABLED, False),
        ({"disabled_reason": "rejected.fraud"}, Standing.DISABLED, False),
        ({"disabled_reason": "under_review"}, Standing.CHECKING, False),
        ({"inactive": ["card_payments"]}, Standing.CHECKING, False),
        ({"inactive": ["transfers"]}, Standing.READY, True),
    ],
)  # fmt: skip
def test_what_stripe_says_decides(till: Till, order: dict[str, Any], standing: Standing, can: bool) -> None:
    """RELIABILITY 6, `account.updated` and `capability.updated`: from active to what the order makes of it."""
    assert now_is(till, **order) == standing
    assert accounts.can_accept_payments(till.tenant) is can
    if not can:
        with pytest.raises(Unavailable):
            accounts.charging(till.tenant)


def test_what_was_wrong_can_become_right_again(till: Till) -> None:
    assert now_is(till, disabled_reason="rejected.other") == Standing.DISABLED
    assert now_is(till, disabled_reason=None) == Standing.READY
    assert accounts.charging(till.tenant).account_id == till.account.account_id


def test_destination_charges_need_transfers_and_nothing_else(till: Till) -> None:
    StripeAccount.objects.filter(pk=till.account.pk).update(charge_type="destination", country="BR")
    till.account.refresh_from_db()
    assert now_is(till, inactive=["card_payments"]) == Standing.READY
    assert now_is(till, inactive=["transfers"]) == Standing.CHECKING


def test_an_account_made_with_test_keys_takes_no_real_money(till: Till, settings: LazySettings) -> None:
    settings.STRIPE_LIVE = True
    assert accounts.standing_of(till.account) == Standing.OTHER_MODE
    assert not accounts.can_accept_payments(till.tenant)
    assert accounts.former_of(till.tenant) == []


def test_keys_of_the_other_mode_disconnect_nobody(till: Till, settings: LazySettings) -> None:
    """Stripe says of a test account that a live key has no access; that is not the owner's doing."""
    till.server.outside("deauthorize", account=till.account.account_id)
    settings.STRIPE_LIVE = True
    accounts.refresh(till.account.account_id)
    till.account.refresh_from_db()
    assert (till.account.disconnected_at, letters()) == (None, [])


def test_an_account_must_charge_in_the_tenants_currency(till: Till) -> None:
    StripeAccount.objects.filter(pk=till.account.pk).update(country="BR")
    assert accounts.standing_of(accounts.account_of(till.tenant)) == Standing.CURRENCY
    assert not accounts.can_accept_payments(till.tenant)


def test_a_venue_with_another_currency_is_asked_for_it(till: Till) -> None:
    assert accounts.charging(till.tenant, "CHF").account_id == till.account.account_id
    with pytest.raises(Unavailable):
        accounts.charging(till.tenant, "IQD")


def test_owners_hear_once_that_money_stopped(till: Till) -> None:
    now_is(till, disabled_reason="rejected.fraud")
    now_is(till, disabled_reason="rejected.listed")
    assert letters() == ["stripe-stopped"]
    now_is(till, disabled_reason=None)
    now_is(till, disabled_reason="rejected.fraud")
    assert letters() == ["stripe-stopped", "stripe-stopped"]
    letter = OutgoingMail.objects.first()
    assert letter is not None
    assert letter.subject == f"{till.tenant.name} cannot take payments online at the moment"
    assert letter.to == "owner@canaryalphaq7.example"


def test_owners_hear_of_a_deadline_a_week_before_it(till: Till) -> None:
    deadline = in_days(30)
    now_is(till, currently_due=["company.tax_id"], deadline=deadline)
    now_is(till, currently_due=["company.tax_id", "company.phone"], deadline=deadline)
    assert letters() == []
    work = DueWork.objects.get(kind="stripe_deadline")
    assert work.object_id == till.account.account_id
    assert work.due_at == datetime.fromtimestamp(deadline, UTC) - timedelta(days=7)


def test_a_near_deadline_is_told_once_and_the_next_one_again(till: Till) -> None:
    near, later = in_days(3), in_days(5)
    now_is(till, currently_due=["company.tax_id"], deadline=near)
    now_is(till, currently_due=["company.tax_id"], deadline=near)
    assert letters() == ["stripe-deadline"]
    now_is(till, currently_due=["company.tax_id"], deadline=later)
    assert letters() == ["stripe-deadline", "stripe-deadline"]
    assert "Stripe needs more about your business by" in OutgoingMail.objects.first().text  # type: ignore[union-attr]


def test_a_deadline_in_the_past_is_told_as_one(till: Till) -> None:
    past = ["company.tax_id"]
    standing = now_is(till, currently_due=past, past_due=past, deadline=NOW)
    assert standing == Standing.DISABLED
    assert letters() == ["stripe-stopped", "stripe-deadline"]
    text = OutgoingMail.objects.get(key__startswith="stripe-deadline").text
    assert text.startswith("Stripe needed more about your business by Tuesday, November 14, 2023.")


def test_a_deadline_is_looked_at_again_when_it_comes_near(till: Till) -> None:
    """And what was given to Stripe meanwhile is no matter any more."""
    now_is(till, currently_due=["company.tax_id"], deadline=in_days(30))
    till.server.outside("account", account=till.account.account_id, complete=True)
    DueWork.objects.update(due_at=database_now())
    (work,) = due.claim()
    due.perform(work.pk, work.attempts)
    till.account.refresh_from_db()
    assert (till.account.currently_due, till.account.due_by, letters()) == ([], None, [])
    assert not DueWork.objects.exists()
