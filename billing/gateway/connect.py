"""Connected accounts of tenants: Accounts v1 by controller properties, as Stripe recommends for direct charges.

The tenant is a customer of Stripe's: it pays Stripe's fees, Stripe bears losses and asks for papers, and the tenant has
the full dashboard. There is no OAuth and so nothing to deauthorize: to disconnect is to stop using the account.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import api, ask, key, on

if TYPE_CHECKING:
    import stripe
    from stripe.params import AccountCreateParams

DASHBOARD = "https://dashboard.stripe.com/"
"""Where a tenant changes its details: accounts with a dashboard have no `account_update` links (Stripe's docs)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """An account as Stripe describes it now. Capabilities are Stripe's words: `active`, `pending`, `inactive` or ``.

    `currently_due` and `past_due` name what Stripe wants to know, `due_by` until when; `disabled_reason` why it
    does not work, in Stripe's words.
    """

    account_id: str
    country: str
    default_currency: str
    card_payments: str
    transfers: str
    has_submitted: bool
    gets_payouts: bool
    currently_due: tuple[str, ...]
    past_due: tuple[str, ...]
    due_by: datetime | None
    disabled_reason: str
    is_live: bool


def create(tenant: str, country: str, number: int) -> Facts:
    """Make an account in a country (ISO 3166); `number` is our row's, so that asking again makes no second one."""
    params: AccountCreateParams = {
        "country": country,
        "controller": {
            "fees": {"payer": "account"},
            "losses": {"payments": "stripe"},
            "stripe_dashboard": {"type": "full"},
            "requirement_collection": "stripe",
        },
        "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
        "metadata": {"forecourt_tenant": tenant},
    }
    return _facts(ask(lambda: api().v1.accounts.create(params, on("", key("account", number)))))


def retrieve(account_id: str) -> Facts:
    """The account as it is now. Raises `Revoked` for one that has withdrawn our access."""
    return _facts(ask(lambda: api().v1.accounts.retrieve(account_id)))


def onboarding(account_id: str, return_url: str, refresh_url: str) -> str:
    """The address of Stripe's own pages for what it wants to know. Good once, and for minutes only: no key of ours.

    People come back to `return_url` when they are done or give up, and to `refresh_url` with a link that is over.
    """
    link = ask(
        lambda: api().v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    )
    return link.url


def _facts(account: "stripe.Account") -> Facts:
    capabilities = account.capabilities
    wanted = account.requirements
    deadline = wanted.current_deadline if wanted else None
    return Facts(
        account_id=account.id,
        country=account.country or "",
        default_currency=(account.default_currency or "").upper(),
        card_payments=getattr(capabilities, "card_payments", None) or "",
        transfers=getattr(capabilities, "transfers", None) or "",
        has_submitted=bool(account.details_submitted),
        gets_payouts=bool(account.payouts_enabled),
        currently_due=tuple((wanted and wanted.currently_due) or ()),
        past_due=tuple((wanted and wanted.past_due) or ()),
        due_by=datetime.fromtimestamp(deadline, UTC) if deadline else None,
        disabled_reason=(wanted and wanted.disabled_reason) or "",
        is_live=settings.STRIPE_LIVE,
    )
