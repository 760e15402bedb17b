"""Whether a tenant can take money, and if not, what is the matter."""

from enum import StrEnum

from django.conf import settings
from django_tenants.models import TenantMixin

from billing.gateway import currencies
from billing.gateway.trouble import Unavailable
from billing.subscriptions.models import StripeAccount
from tenants.models import Tenant

ACTIVE = "active"
WAITS = frozenset({"", "under_review", "requirements.pending_verification"})
"""Stripe's reasons that pass by themselves."""


class Standing(StrEnum):
    """How a tenant stands with Stripe. The first that applies.

    `none`: never connected. `disconnected`: given up, or access withdrawn. `starting`: Stripe was asked for an
    account and nobody knows the answer yet. `other_mode`: made with test keys, and these are live ones, or the other
    way round. Without the capability to charge: `onboarding`: the owner has not told Stripe everything; `disabled`:
    Stripe wants something, or has closed it; `checking`: Stripe looks at what it was told. With it: `currency`: not
    in the tenant's currency; `due`: it charges, and Stripe wants to know something; `ready`: it charges.
    """

    NONE = "none"
    DISCONNECTED = "disconnected"
    STARTING = "starting"
    OTHER_MODE = "other_mode"
    ONBOARDING = "onboarding"
    DISABLED = "disabled"
    CHECKING = "checking"
    CURRENCY = "currency"
    DUE = "due"
    READY = "ready"


CHARGES = frozenset({Standing.DUE, Standing.READY})


def account_of(tenant: TenantMixin) -> StripeAccount | None:
    """The tenant's account: the connected one, else the one that was given up last, else None."""
    accounts = StripeAccount.objects.filter(tenant__schema_name=tenant.schema_name).select_related("tenant")
    return accounts.filter(disconnected_at=None).first() or accounts.order_by("-disconnected_at").first()


def former_of(tenant: TenantMixin) -> list[StripeAccount]:
    """Accounts that the tenant has given up and could connect again, the last first."""
    return list(
        StripeAccount.objects.filter(
            tenant__schema_name=tenant.schema_name, disconnected_at__isnull=False, is_live=settings.STRIPE_LIVE
        )
        .exclude(account_id="")
        .order_by("-disconnected_at")
    )


def known(account_id: str) -> StripeAccount | None:
    """The row of an account, connected or not, with its tenant."""
    return StripeAccount.objects.filter(account_id=account_id).exclude(account_id="").select_related("tenant").first()


def tenant_of(account_id: str) -> Tenant | None:
    """Whose account it is, or was: what still happens on a former one is still its tenant's."""
    account = known(account_id)
    return account.tenant if account else None


def standing_of(account: StripeAccount | None) -> Standing:
    """How a tenant with this account stands."""
    if account is None:
        return Standing.NONE
    if account.disconnected_at:
        return Standing.DISCONNECTED
    if not account.account_id:
        return Standing.STARTING
    if account.is_live != settings.STRIPE_LIVE:
        return Standing.OTHER_MODE
    return _able(account) if _capability(account) == ACTIVE else _unable(account)


def _unable(account: StripeAccount) -> Standing:
    if not account.has_submitted:
        return Standing.ONBOARDING
    if account.currently_due or account.past_due or account.disabled_reason not in WAITS:
        return Standing.DISABLED
    return Standing.CHECKING


def _able(account: StripeAccount) -> Standing:
    if not charges_in(account, account.tenant.currency):
        return Standing.CURRENCY
    return Standing.DUE if account.currently_due or account.past_due else Standing.READY


def _capability(account: StripeAccount) -> str:
    is_direct = account.charge_type == StripeAccount.ChargeType.DIRECT
    return account.card_payments if is_direct else account.transfers


def charges_in(account: StripeAccount, currency: str) -> bool:
    """Whether a charge for this account can be in a currency: by its country, or anywhere on the platform's account."""
    is_direct = account.charge_type == StripeAccount.ChargeType.DIRECT
    return currencies.supports(account.country if is_direct else "", currency)


def can_accept_payments(tenant: TenantMixin) -> bool:
    """Whether the tenant can take cards online now, in its own currency."""
    return bool(settings.STRIPE_SECRET_KEY) and standing_of(account_of(tenant)) in CHARGES


def charging(tenant: TenantMixin, currency: str = "") -> StripeAccount:
    """The account on which, or for which, to charge in `currency`, or the tenant's own; raises `Unavailable`."""
    account = account_of(tenant)
    if account is None or not settings.STRIPE_SECRET_KEY or standing_of(account) not in CHARGES:
        raise Unavailable
    if currency and not charges_in(account, currency):
        raise Unavailable
    return account
