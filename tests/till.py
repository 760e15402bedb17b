"""The Stripe sandbox as tests use it: tenants that are connected, and customers who pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe
from django.conf import settings
from django_tenants.utils import schema_context

from billing.subscriptions.models import StripeAccount
from schemas.clock import database_now
from tenants.models import Tenant
from tests.sandbox import Sandbox

SECRETS = {"platform": "whsec_" + "platform" * 4, "connect": "whsec_" + "connect" * 4}
COUNTRIES = {"EUR": "DE", "USD": "US", "GBP": "GB", "CHF": "CH", "JPY": "JP", "HUF": "HU"}
RETURN = "https://example.org/back"


def environment(server: Sandbox) -> dict[str, str]:
    """What a process of the product needs to use this sandbox: `servers.web(database, extra=environment(server))`."""
    return {
        "STRIPE_SECRET_KEY": server.key,
        "STRIPE_PUBLISHABLE_KEY": server.publishable_key,
        "STRIPE_API_HOST": server.url,
        "STRIPE_JS_URL": f"{server.url}/v3/stripe.js",
        "STRIPE_WEBHOOK_SECRET_PLATFORM": SECRETS["platform"],
        "STRIPE_WEBHOOK_SECRET_CONNECT": SECRETS["connect"],
    }


def connect(server: Sandbox, tenant: Tenant, charge_type: str = "direct", country: str = "") -> StripeAccount:
    """A fully enabled account for a tenant: at the sandbox, and as our row. A former one is disconnected."""
    server.control("settings", requirements=False)
    made = server.client().v1.accounts.create(
        {
            "country": country or COUNTRIES.get(tenant.currency, "DE"),
            "controller": {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "stripe_dashboard": {"type": "full"},
                "requirement_collection": "stripe",
            },
            "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
            "metadata": {"forecourt_tenant": tenant.schema_name},
        }
    )
    now = database_now()
    with schema_context("public"):
        StripeAccount.objects.filter(tenant=tenant, disconnected_at=None).update(disconnected_at=now)
        return StripeAccount.objects.create(
            tenant=tenant,
            account_id=made.id,
            charge_type=charge_type,
            country=made.country or "",
            default_currency=(made.default_currency or "").upper(),
            card_payments="active",
            transfers="active",
            has_submitted=True,
            gets_payouts=True,
            connected_at=now,
            refreshed_at=now,
        )


@dataclass
class Till:
    """A running sandbox with Alpha connected to it. What it does not name, `server` and its `client` do."""

    server: Sandbox
    tenant: Tenant
    account: StripeAccount
    _client: list[stripe.StripeClient] = field(default_factory=list)

    @property
    def scope(self) -> str:
        """On which account Alpha's payments live; empty for the platform's."""
        return self.account.account_id if self.account.charge_type == "direct" else ""

    @property
    def client(self) -> stripe.StripeClient:
        """The SDK's client as the platform."""
        if not self._client:
            self._client.append(self.server.client())
        return self._client[0]

    @property
    def on(self) -> stripe.RequestOptions:
        """Options of a call about Alpha's payments."""
        return {"stripe_account": self.scope} if self.scope else {}

    def reconnect(self, charge_type: str, country: str = "") -> StripeAccount:
        """Give Alpha another account, such as one that is charged by `destination`."""
        self.account = connect(self.server, self.tenant, charge_type, country)
        return self.account

    def pay(self, intent_id: str, card: str = "pm_card_visa") -> str:
        """The customer pays with one of Stripe's test methods, as on our page; the status, or the decline code."""
        try:
            done = self.client.v1.payment_intents.confirm(
                intent_id, {"payment_method": card, "return_url": RETURN}, self.on
            )
        except stripe.CardError as error:
            return (error.error and error.error.decline_code) or error.code or ""
        return done.status

    def pay_page(self, url: str, number: str = "4242424242424242") -> int:
        """The customer fills in Stripe's own page; the status of its answer: 303 leads back to us."""
        parts = urlsplit(url)
        form = {"email": "gina@example.org", "method": "card", "number": number, "expiry": "12 / 40", "cvc": "123"}
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", parts.path, urlencode(form), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def authenticate(self, intent_id: str, outcome: str = "authorise") -> None:
        """The customer answers the bank's question (3-D Secure)."""
        self.server.outside("authenticate", intent=intent_id, outcome=outcome)

    def intent(self, intent_id: str) -> stripe.PaymentIntent:
        """An intent as it is at Stripe."""
        return self.client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}, self.on)

    def intents(self) -> list[stripe.PaymentIntent]:
        """All of Alpha's intents, the newest first."""
        return self.client.v1.payment_intents.list({"limit": 100}, self.on).data

    def refunds(self) -> list[stripe.Refund]:
        """All of Alpha's refunds, the newest first."""
        return self.client.v1.refunds.list({"limit": 100}, self.on).data

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Have requests stumble: the package `embedded.sandbox` says how. None: no more."""
        self.server.control("faults", rules=[dict(rule) for rule in rules])


def point_settings_at(server: Sandbox, own: Any = settings) -> None:
    """Have this process use the sandbox; `own` is pytest-django's `settings`, which puts everything back."""
    own.STRIPE_SECRET_KEY = server.key
    own.STRIPE_PUBLISHABLE_KEY = server.publishable_key
    own.STRIPE_API_HOST = server.url
    own.STRIPE_JS_URL = f"{server.url}/v3/stripe.js"
    own.STRIPE_WEBHOOK_SECRETS = dict(SECRETS)
    own.STRIPE_LIVE = False
