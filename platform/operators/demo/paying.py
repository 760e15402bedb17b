"""Stripe accounts of the demo tenants, so that paying works at once: at the sandbox of `make run`, never at Stripe."""

from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.conf import settings
from django_tenants.utils import tenant_context

from billing import accounts
from operators.demo.plans import TenantPlan
from tenants.models import Tenant

STRIPE = "https://api.stripe.com"
SECONDS = 10


def is_sandbox() -> bool:
    """Whether the keys are test keys of a Stripe of our own."""
    return settings.STRIPE_SECRET_KEY.startswith("sk_test_") and settings.STRIPE_API_HOST != STRIPE


def connect(tenants: Iterable[tuple[TenantPlan, Tenant]]) -> None:
    """Give each tenant an account that can charge, unless it has one; raises `ProviderTrouble` or OSError."""
    for plan, tenant in tenants:
        if tenant.is_ready:
            with tenant_context(tenant):
                _connect(tenant, plan.venues[0].fields["country"])


def _connect(tenant: Tenant, country: str) -> None:
    account = accounts.account_of(tenant)
    if account is not None and account.account_id and not account.disconnected_at:
        accounts.refresh(account.account_id)
    if accounts.can_accept_payments(tenant):
        return
    account = accounts.connect(tenant, country)
    _complete(accounts.onboarding(account))
    accounts.refresh(account.account_id)


def _complete(link: str) -> None:
    """Stripe's own pages would ask a person; the sandbox's take any answer."""
    page = urlsplit(link)
    with closing(HTTPConnection(page.hostname or "", page.port, timeout=SECONDS)) as connection:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", page.path, "do=complete", form)
        connection.getresponse().read()
