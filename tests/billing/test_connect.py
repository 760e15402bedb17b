"""Connecting an account: one account whatever happens on the way, given up and taken back."""

from typing import Any

import pytest
from django.conf import LazySettings
from django_tenants.utils import tenant_context

from billing import accounts
from billing.accounts import Standing
from billing.gateway import connect as gateway
from billing.gateway.trouble import ProviderTrouble, Unavailable
from billing.subscriptions.models import StripeAccount
from kernel.errors import Conflict, NotFound
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.till import Till
from tests.worlds import World

PLATFORM = "acct_1SandboxPlatform"
CREATE = {"method": "POST", "path": "/v1/accounts", "times": 1}


@pytest.fixture
def till(stripe: Till, in_alpha: World) -> Till:
    """A sandbox that asks for papers, and Alpha, in whose schema the test runs, without an account."""
    StripeAccount.objects.all().delete()
    stripe.server.reset()
    return stripe


def at_stripe(till: Till) -> list[dict[str, Any]]:
    """The connected accounts that there are."""
    found: list[dict[str, Any]] = till.server.look("state").get(PLATFORM, {}).get("account", [])
    return found


def connected(till: Till) -> StripeAccount:
    """Alpha with a fresh account that can charge."""
    account = accounts.connect(till.tenant, "DE")
    till.server.outside("account", account=account.account_id, complete=True)
    accounts.refresh(account.account_id)
    account.refresh_from_db()
    return account


def test_an_account_is_the_tenants_own_with_stripe_answering_for_it(till: Till) -> None:
    account = accounts.connect(till.tenant, "AT")
    (made,) = at_stripe(till)
    assert made["id"] == account.account_id
    assert made["metadata"] == {"forecourt_tenant": till.tenant.schema_name}
    assert {name: made["controller"][name] for name in ("fees", "losses", "stripe_dashboard")} == {
        "fees": {"payer": "account"},
        "losses": {"payments": "stripe"},
        "stripe_dashboard": {"type": "full"},
    }
    assert made["controller"]["requirement_collection"] == "stripe"
    assert made["capabilities"] == {"card_payments": "inactive", "transfers": "inactive"}
    assert (account.country, account.default_currency, account.has_submitted) == ("AT", "EUR", False)
    assert accounts.standing_of(account) == Standing.ONBOARDING
    assert not accounts.can_accept_payments(till.tenant)


def test_connecting_again_finds_the_same_account(till: Till) -> None:
    first = accounts.connect(till.tenant, "DE")
    again = accounts.connect(till.tenant, "FR")
    assert (again.pk, again.account_id, again.country) == (first.pk, first.account_id, "DE")
    assert len(at_stripe(till)) == 1


@pytest.mark.parametrize(("fault", "made_meanwhile"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_call_that_was_cut_off_makes_one_account_in_the_end(till: Till, fault: str, made_meanwhile: int) -> None:
    """R30's kin: the row is written first and names the attempt in the key."""
    till.faults({**CREATE, "do": fault})
    with pytest.raises(ProviderTrouble):
        accounts.connect(till.tenant, "DE")
    assert len(at_stripe(till)) == made_meanwhile
    assert accounts.standing_of(accounts.account_of(till.tenant)) == Standing.STARTING
    account = accounts.connect(till.tenant, "DE")
    assert [each["id"] for each in at_stripe(till)] == [account.account_id]
    assert StripeAccount.objects.get().account_id == account.account_id


@pytest.mark.parametrize("status", [500, 503])
def test_an_error_that_stripe_keeps_under_the_key_is_not_asked_for_again(till: Till, status: int) -> None:
    till.faults({**CREATE, "do": "status", "status": status})
    with pytest.raises(ProviderTrouble):
        accounts.connect(till.tenant, "DE")
    assert not StripeAccount.objects.exists()
    accounts.connect(till.tenant, "DE")
    assert len(at_stripe(till)) == 1


def test_another_country_after_a_cut_is_another_account(till: Till) -> None:
    till.faults({**CREATE, "do": "timeout_before"})
    with pytest.raises(ProviderTrouble):
        accounts.connect(till.tenant, "DE")
    account = accounts.connect(till.tenant, "FR")
    assert [each["country"] for each in at_stripe(till)] == ["FR"]
    assert StripeAccount.objects.get() == account


def test_without_a_key_nothing_is_begun(till: Till, settings: LazySettings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(Unavailable):
        accounts.connect(till.tenant, "DE")
    assert not StripeAccount.objects.exists()
    assert not accounts.can_accept_payments(till.tenant)


def test_what_was_given_up_takes_no_new_payments_and_is_still_the_tenants(till: Till) -> None:
    account = connected(till)
    assert accounts.charging(till.tenant) == account
    accounts.disconnect(till.tenant)
    accounts.disconnected(account.account_id)
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert accounts.standing_of(account) == Standing.DISCONNECTED
    assert not accounts.can_accept_payments(till.tenant)
    with pytest.raises(Unavailable):
        accounts.charging(till.tenant)
    with pytest.raises(NotFound):
        accounts.disconnect(till.tenant)
    assert accounts.tenant_of(account.account_id) == till.tenant
    letter = OutgoingMail.objects.get()
    assert letter.to == "owner@canaryalphaq7.example"
    assert letter.subject == f"{till.tenant.name} is no longer connected to Stripe"
    assert "http://alpha-sports.localhost/desk/money/" in letter.text


def test_a_former_account_is_taken_back(till: Till) -> None:
    account = connected(till)
    accounts.disconnect(till.tenant)
    assert accounts.reconnect(till.tenant, account.account_id).pk == account.pk
    assert accounts.charging(till.tenant) == account
    assert accounts.former_of(till.tenant) == []
    assert len(at_stripe(till)) == 1


def test_a_new_account_after_a_former_one(till: Till) -> None:
    former = connected(till)
    accounts.disconnect(till.tenant)
    account = accounts.connect(till.tenant, "DE")
    assert account.account_id != former.account_id
    assert accounts.account_of(till.tenant) == account
    assert [each.account_id for each in accounts.former_of(till.tenant)] == [former.account_id]
    assert {accounts.tenant_of(each.account_id) for each in (account, former)} == {till.tenant}
    with pytest.raises(Conflict) as refusal:
        accounts.reconnect(till.tenant, former.account_id)
    assert refusal.value.code == "account_connected"
    former.refresh_from_db()
    assert former.disconnected_at is not None


def test_an_account_that_withdrew_access_is_disconnected_and_does_not_come_back(till: Till) -> None:
    account = connected(till)
    till.server.outside("deauthorize", account=account.account_id)
    accounts.refresh(account.account_id)
    accounts.refresh(account.account_id)
    assert accounts.standing_of(accounts.account_of(till.tenant)) == Standing.DISCONNECTED
    assert OutgoingMail.objects.filter(key__startswith="stripe-disconnected").count() == 1
    with pytest.raises(Conflict) as refusal:
        accounts.reconnect(till.tenant, account.account_id)
    assert refusal.value.code == "account_revoked"
    assert accounts.standing_of(accounts.account_of(till.tenant)) == Standing.DISCONNECTED


def test_another_tenants_account_is_not_to_be_had(till: Till, beta: World) -> None:
    """T34: nor does an empty id find a row that is only begun."""
    with tenant_context(beta.tenant):
        theirs = accounts.connect(beta.tenant, "US")
    for account_id in (theirs.account_id, ""):
        with pytest.raises(NotFound):
            accounts.reconnect(till.tenant, account_id)
    assert accounts.account_of(till.tenant) is None
    assert accounts.account_of(beta.tenant) == theirs
    assert accounts.tenant_of("") is None


def test_an_unknown_account_is_nobodys_business(till: Till) -> None:
    accounts.refresh("acct_unknown")
    accounts.disconnected("acct_unknown")
    assert accounts.tenant_of("acct_unknown") is None
    assert not StripeAccount.objects.exists()


def test_what_was_asked_for_later_wins(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was on its way while another one came is old news."""
    account = connected(till)
    retrieve = gateway.retrieve

    def slow(account_id: str) -> Any:
        facts = retrieve(account_id)
        monkeypatch.undo()
        till.server.outside("account", account=account_id, inactive=["card_payments"])
        accounts.refresh(account_id)
        return facts

    monkeypatch.setattr(gateway, "retrieve", slow)
    accounts.refresh(account.account_id)
    account.refresh_from_db()
    assert account.card_payments == "inactive"


def test_begun_and_given_up_leaves_nothing(till: Till) -> None:
    StripeAccount.objects.create(tenant=till.tenant, country="DE", connected_at=database_now())
    accounts.disconnect(till.tenant)
    assert not StripeAccount.objects.exists()
    assert not OutgoingMail.objects.exists()
