"""Connecting an account, looking at it again, giving it up. The row is written before Stripe is asked."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from billing.accounts import telling
from billing.accounts.standing import CHARGES, account_of, known, standing_of
from billing.accounts.wallets import WALLETS
from billing.gateway import connect as gateway
from billing.gateway.connect import Facts
from billing.gateway.trouble import ProviderTrouble, Revoked, Unavailable
from billing.subscriptions.models import StripeAccount
from kernel.errors import Conflict, NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due
from tenants.addresses import address
from tenants.gate import wait_for_all
from tenants.models import Tenant

ALONE = "stripe-account"
KEPT = (
    "country", "default_currency", "card_payments", "transfers", "has_submitted", "gets_payouts", "due_by",
    "disabled_reason", "is_live",
)  # fmt: skip


def connect(tenant: Tenant, country: str) -> StripeAccount:
    """The tenant's connected account, made at Stripe in a country (ISO 3166) if there is none. Network.

    Asked again after a time-out it finds the account that Stripe made. A row that never got further is dropped for
    another country. Former accounts stay as they are: `reconnect` takes one of them back. Raises `ProviderTrouble`,
    and `Unavailable` where the platform has no key.
    """
    if not settings.STRIPE_SECRET_KEY:
        raise Unavailable
    account = transact(lambda: _row(tenant, country))
    if account.account_id:
        return account
    asked_at = database_now()
    try:
        facts = gateway.create(tenant.schema_name, account.country, account.pk)
    except ProviderTrouble as trouble:
        if trouble.is_lasting or trouble.is_kept:  # the same key would get the same answer: forget it
            StripeAccount.objects.filter(pk=account.pk, account_id="").delete()
        raise

    def learn() -> StripeAccount:
        row = StripeAccount.objects.select_for_update().get(pk=account.pk)
        row.account_id = facts.account_id
        return _learn(row, facts, asked_at)

    return transact(learn)


def reconnect(tenant: Tenant, account_id: str) -> StripeAccount:
    """Take a former account back, if Stripe still lets us. Network.

    Raises `NotFound` for an account that was never the tenant's, `Conflict("account_connected")` while another one
    is connected, `Conflict("account_revoked")` where Stripe gives us no access any more.
    """
    asked_at = database_now()
    account = known(account_id)
    if account is None or account.tenant_id != tenant.pk:
        raise NotFound("not_found", _("There is no such account."))
    try:
        facts = gateway.retrieve(account_id)
    except Revoked:
        raise Conflict(
            "account_revoked", _("This Stripe account does not let us in any more. Connect another one.")
        ) from None

    def take() -> StripeAccount:
        wait_for_all([ALONE])
        current = account_of(tenant)
        if current is not None and current.disconnected_at is None and current.account_id != account_id:
            raise Conflict("account_connected", _("Another account is connected. Disconnect it first."))
        row = StripeAccount.objects.select_for_update().get(tenant=tenant, account_id=account_id)
        row.disconnected_at = None
        return _learn(row, facts, asked_at)

    return transact(take)


def onboarding(account: StripeAccount) -> str:
    """The address of Stripe's pages for the connected account; its owner comes back to ours. Network.

    Raises `NotFound` where no account is connected.
    """
    if account.disconnected_at or not account.account_id:
        raise NotFound("not_found", _("No Stripe account is connected."))
    back, again = (address(account.tenant, reverse(name)) for name in ("money-return", "money-onboarding"))
    return gateway.onboarding(account.account_id, back, again)


def refresh(account_id: str) -> None:
    """Ask Stripe how an account is and write it down; unknown accounts, and those of the other mode, are left. Network.

    Any number of times, in any order: what was asked for later wins. One that has withdrawn our access is
    `disconnected`. Owners hear when they can take no money any more, and when Stripe's deadline comes near.
    """
    account = known(account_id)
    if account is None or account.is_live != settings.STRIPE_LIVE:
        return
    asked_at = database_now()
    try:
        facts = gateway.retrieve(account_id)
    except Revoked:
        disconnected(account_id)
        return

    def learn() -> None:
        _learn(StripeAccount.objects.select_for_update().get(pk=account.pk), facts, asked_at)

    _inside(account.tenant, learn)


def look_again(tenant: Tenant) -> None:
    """`refresh` the connected account; raises `NotFound` without one. Network."""
    account = account_of(tenant)
    if account is None or account.disconnected_at or not account.account_id:
        raise NotFound("not_found", _("No Stripe account is connected."))
    refresh(account.account_id)


def disconnected(account_id: str) -> None:
    """The account was given up, here or at Stripe: no new payments; bookings and money under way stay as they are."""
    account = known(account_id)
    if account is None:
        return

    def end() -> None:
        now = database_now()
        row = StripeAccount.objects.select_for_update().get(pk=account.pk)
        if row.disconnected_at is None:
            row.disconnected_at = now
            row.save(update_fields=["disconnected_at"])
            telling.disconnected(row, now)

    _inside(account.tenant, end)


def disconnect(tenant: Tenant) -> None:
    """Give the connected account up; raises `NotFound` without one. Stripe is not asked: it stays the tenant's own."""
    account = account_of(tenant)
    if account is None or account.disconnected_at:
        raise NotFound("not_found", _("No Stripe account is connected."))
    if account.account_id:
        disconnected(account.account_id)
    else:
        StripeAccount.objects.filter(pk=account.pk, account_id="").delete()


def _row(tenant: Tenant, country: str) -> StripeAccount:
    wait_for_all([ALONE])
    current = account_of(tenant)
    if current is not None and current.disconnected_at is None:
        if current.account_id or current.country == country:
            return current
        current.delete()
    return StripeAccount.objects.create(
        tenant=tenant, country=country, is_live=settings.STRIPE_LIVE, connected_at=database_now()
    )


def _learn(row: StripeAccount, facts: Facts, asked_at: datetime) -> StripeAccount:
    """Write down what Stripe said to a question of `asked_at`, unless a later one was answered already."""
    if row.refreshed_at is not None and row.refreshed_at > asked_at:
        return row
    before = standing_of(row)
    for name in KEPT:
        setattr(row, name, getattr(facts, name))
    row.currently_due, row.past_due = list(facts.currently_due), list(facts.past_due)
    row.refreshed_at = asked_at
    row.save()
    telling.changed(row, before, asked_at)
    if before not in CHARGES and standing_of(row) in CHARGES:
        due.schedule(WALLETS, row.account_id, asked_at)
    return row


def _inside(tenant: Tenant, work: Callable[[], None]) -> None:
    if current_schema() == tenant.schema_name:
        transact(work)
        return
    with tenant_context(tenant):
        transact(work)
