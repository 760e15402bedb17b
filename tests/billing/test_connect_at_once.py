"""Owners who press twice, and two owners at once: one account, in real transactions."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django_tenants.utils import tenant_context

from billing import accounts
from billing.accounts import acts
from billing.subscriptions.models import StripeAccount
from tenants.models import Tenant
from tests.sandbox import Sandbox
from tests.threads import at_once, errors
from tests.till import point_settings_at

MANY = 6


@pytest.fixture
def tenant(scratch: str, stripe_server: Sandbox, settings: LazySettings) -> Tenant:
    """Alpha in a database of the test's own, and a sandbox that has forgotten everything."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    return Tenant.objects.get(slug="alpha-sports")


def of(tenant: Tenant, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work, in the tenant's schema."""

    def inside() -> Any:
        with tenant_context(tenant):
            return work()

    return inside


def at_stripe(server: Sandbox) -> set[str]:
    """The accounts that there are."""
    return {each["id"] for each in server.look("state").get("acct_1SandboxPlatform", {}).get("account", [])}


def test_six_at_once_make_one_account(tenant: Tenant, stripe_server: Sandbox) -> None:
    results = at_once(*[of(tenant, lambda: accounts.connect(tenant, "DE"))] * MANY)
    assert errors(results) == []
    assert {result.account_id for result in results} == at_stripe(stripe_server)
    assert StripeAccount.objects.count() == len(at_stripe(stripe_server)) == 1


def test_without_the_lock_only_the_constraint_is_left(
    tenant: Tenant, stripe_server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: all look before one writes, and the others are thrown out by the database."""
    meeting, look = Barrier(MANY, timeout=30), accounts.account_of

    def looked(whose: Tenant) -> StripeAccount | None:
        found = look(whose)
        meeting.wait()
        return found

    monkeypatch.setattr(acts, "wait_for_all", lambda _names: None)
    monkeypatch.setattr(acts, "account_of", looked)
    results = at_once(*[of(tenant, lambda: accounts.connect(tenant, "DE"))] * MANY)
    assert [type(error) for error in errors(results)] == [IntegrityError] * (MANY - 1)
    assert StripeAccount.objects.count() == 1


def test_a_new_account_and_a_former_one_at_once_leave_one_connected(tenant: Tenant, stripe_server: Sandbox) -> None:
    with tenant_context(tenant):
        former = accounts.connect(tenant, "DE").account_id
        accounts.disconnect(tenant)
    results = at_once(
        of(tenant, lambda: accounts.connect(tenant, "AT")), of(tenant, lambda: accounts.reconnect(tenant, former))
    )
    assert StripeAccount.objects.filter(disconnected_at=None).count() == 1
    refused = [getattr(error, "code", repr(error)) for error in errors(results)]
    assert refused in ([], ["account_connected"])
    # Whoever came second either found the other's account connected, or was told so.
    assert len(at_stripe(stripe_server)) == (1 if refused == [] else 2)
