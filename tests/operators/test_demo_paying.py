"""Demo tenants can be paid at the sandbox; at Stripe itself nothing is made."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django_tenants.utils import tenant_context

from billing import accounts
from billing.subscriptions.models import StripeAccount
from operators.demo import paying
from operators.demo.munich import MUNICH
from tests.till import Till
from tests.worlds import World

PLAN = replace(MUNICH, slug="alpha-sports")


@pytest.fixture
def till(stripe: Till) -> Till:
    """A sandbox that asks for papers, and Alpha without an account."""
    StripeAccount.objects.all().delete()
    stripe.server.reset()
    return stripe


def made(till: Till) -> list[dict[str, Any]]:
    """The accounts at the sandbox."""
    found: list[dict[str, Any]] = till.server.look("state").get("acct_1SandboxPlatform", {}).get("account", [])
    return found


def test_a_tenant_can_be_paid_at_once_and_a_second_run_makes_nothing(till: Till, alpha: World) -> None:
    for _run in range(2):
        paying.connect([(PLAN, alpha.tenant)])
    (account,) = made(till)
    assert account["country"] == "DE"
    with tenant_context(alpha.tenant):
        assert accounts.charging(alpha.tenant).account_id == account["id"]


def test_a_sandbox_that_forgot_everything_gets_another_account(till: Till, alpha: World) -> None:
    paying.connect([(PLAN, alpha.tenant)])
    till.server.reset()
    paying.connect([(PLAN, alpha.tenant)])
    (account,) = made(till)
    with tenant_context(alpha.tenant):
        assert accounts.charging(alpha.tenant).account_id == account["id"]


def test_a_suspended_tenant_is_left_alone(till: Till, alpha: World) -> None:
    alpha.tenant.state = alpha.tenant.State.SUSPENDED
    paying.connect([(PLAN, alpha.tenant)])
    assert made(till) == []


@pytest.mark.parametrize(
    ("key", "host", "is_ours"),
    [
        ("sk_test_1", "http://127.0.0.1:1", True),
        ("sk_test_1", "https://api.stripe.com", False),
        ("sk_live_1", "http://127.0.0.1:1", False),
        ("", "http://127.0.0.1:1", False),
    ],
)
def test_only_a_sandbox_of_our_own_is_used(settings: LazySettings, key: str, host: str, is_ours: bool) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_HOST = key, host
    assert paying.is_sandbox() is is_ours
