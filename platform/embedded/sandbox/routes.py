"""Which request is answered by whom, and which of the SDK's parameter types it takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from embedded.sandbox import (
    accounts,
    billing,
    charges,
    customers,
    disputes,
    domains,
    endpoints,
    fees,
    intents,
    ledger,
    methods,
    onboarding,
    paying,
    payouts,
    refunds,
    setups,
    transfers,
)
from embedded.sandbox.calls import Handler, listing, retrieve
from embedded.sandbox.problems import Json, Problem


@dataclass(frozen=True)
class Route:
    """A method and a path with ids in it; `public`: a browser may call it with a publishable key."""

    method: str
    path: str
    handler: Handler
    params: str
    public: bool = False


@dataclass(frozen=True)
class Public(Route):
    """What Stripe.js may call."""

    public: bool = True


PAYMENTS = (
    Route("POST", "/v1/payment_intents", paying.create, "PaymentIntentCreateParams"),
    Route("GET", "/v1/payment_intents", listing("payment_intent", "customer"), "PaymentIntentListParams"),
    Public("GET", "/v1/payment_intents/{id}", intents.retrieve, "PaymentIntentRetrieveParams"),
    Route("POST", "/v1/payment_intents/{id}", intents.update, "PaymentIntentModifyParams"),
    Public("POST", "/v1/payment_intents/{id}/confirm", paying.confirm, "PaymentIntentConfirmParams"),
    Route("POST", "/v1/payment_intents/{id}/cancel", intents.cancel, "PaymentIntentCancelParams"),
    Route("POST", "/v1/payment_intents/{id}/capture", paying.capture, "PaymentIntentCaptureParams"),
    Route("POST", "/v1/payment_method_domains", domains.create, "PaymentMethodDomainCreateParams"),
    Route("GET", "/v1/payment_method_domains", domains.listed, "PaymentMethodDomainListParams"),
    Route("POST", "/v1/setup_intents", setups.create, "SetupIntentCreateParams"),
    Route("GET", "/v1/setup_intents", listing("setup_intent", "customer", "payment_method"), "SetupIntentListParams"),
    Public("GET", "/v1/setup_intents/{id}", setups.retrieve, "SetupIntentRetrieveParams"),
    Route("POST", "/v1/setup_intents/{id}", setups.update, "SetupIntentModifyParams"),
    Public("POST", "/v1/setup_intents/{id}/confirm", setups.confirm, "SetupIntentConfirmParams"),
    Route("POST", "/v1/setup_intents/{id}/cancel", setups.cancel, "SetupIntentCancelParams"),
    Public("POST", "/v1/payment_methods", methods.create, "PaymentMethodCreateParams"),
    Route("GET", "/v1/payment_methods", methods.listed, "PaymentMethodListParams"),
    Route("GET", "/v1/payment_methods/{id}", retrieve("payment_method"), "PaymentMethodRetrieveParams"),
    Route("POST", "/v1/payment_methods/{id}", methods.update, "PaymentMethodModifyParams"),
    Route("POST", "/v1/payment_methods/{id}/attach", methods.attach, "PaymentMethodAttachParams"),
    Route("POST", "/v1/payment_methods/{id}/detach", methods.detach, "PaymentMethodDetachParams"),
    Route("POST", "/v1/customers", customers.create, "CustomerCreateParams"),
    Route("GET", "/v1/customers", customers.listed, "CustomerListParams"),
    Route("GET", "/v1/customers/{id}", retrieve("customer"), "CustomerRetrieveParams"),
    Route("POST", "/v1/customers/{id}", customers.update, "CustomerModifyParams"),
    Route("DELETE", "/v1/customers/{id}", customers.delete, "CustomerDeleteParams"),
    Route("GET", "/v1/customers/{id}/payment_methods", methods.listed, "CustomerListPaymentMethodsParams"),
    Route(
        "GET",
        "/v1/customers/{id}/payment_methods/{method}",
        customers.payment_method,
        "CustomerRetrievePaymentMethodParams",
    ),
)
MONEY = (
    Route("GET", "/v1/charges", listing("charge", "customer", "payment_intent", "transfer_group"), "ChargeListParams"),
    Route("GET", "/v1/charges/{id}", retrieve("charge"), "ChargeRetrieveParams"),
    Route("POST", "/v1/charges/{id}", charges.update, "ChargeModifyParams"),
    Route("GET", "/v1/charges/{id}/refunds", refunds.of_charge, "ChargeListRefundsParams"),
    Route("POST", "/v1/refunds", refunds.create, "RefundCreateParams"),
    Route("GET", "/v1/refunds", refunds.listed, "RefundListParams"),
    Route("GET", "/v1/refunds/{id}", retrieve("refund"), "RefundRetrieveParams"),
    Route("POST", "/v1/refunds/{id}", refunds.update, "RefundModifyParams"),
    Route("POST", "/v1/refunds/{id}/cancel", refunds.cancel, "RefundCancelParams"),
    Route("GET", "/v1/disputes", disputes.listed, "DisputeListParams"),
    Route("GET", "/v1/disputes/{id}", retrieve("dispute"), "DisputeRetrieveParams"),
    Route("POST", "/v1/disputes/{id}", disputes.update, "DisputeModifyParams"),
    Route("POST", "/v1/disputes/{id}/close", disputes.close, "DisputeCloseParams"),
    Route(
        "GET",
        "/v1/radar/early_fraud_warnings",
        listing("radar.early_fraud_warning", "charge", "payment_intent"),
        "radar.EarlyFraudWarningListParams",
    ),
    Route(
        "GET",
        "/v1/radar/early_fraud_warnings/{id}",
        retrieve("radar.early_fraud_warning"),
        "radar.EarlyFraudWarningRetrieveParams",
    ),
    Route("GET", "/v1/application_fees", listing("application_fee", "charge"), "ApplicationFeeListParams"),
    Route("GET", "/v1/application_fees/{id}", retrieve("application_fee"), "ApplicationFeeRetrieveParams"),
    Route("POST", "/v1/application_fees/{id}/refunds", fees.refund, "ApplicationFeeCreateRefundParams"),
    Route("GET", "/v1/application_fees/{id}/refunds", fees.refunds, "ApplicationFeeListRefundsParams"),
    Route(
        "GET", "/v1/application_fees/{id}/refunds/{refund}", fees.refund_retrieve, "ApplicationFeeRetrieveRefundParams"
    ),
    Route("POST", "/v1/application_fees/{id}/refunds/{refund}", fees.refund_update, "ApplicationFeeModifyRefundParams"),
    Route("POST", "/v1/transfers", transfers.create, "TransferCreateParams"),
    Route("GET", "/v1/transfers", listing("transfer", "destination", "transfer_group"), "TransferListParams"),
    Route("GET", "/v1/transfers/{id}", retrieve("transfer"), "TransferRetrieveParams"),
    Route("POST", "/v1/transfers/{id}", transfers.update, "TransferModifyParams"),
    Route("POST", "/v1/transfers/{id}/reversals", transfers.create_reversal, "TransferCreateReversalParams"),
    Route("GET", "/v1/transfers/{id}/reversals", transfers.reversals, "TransferListReversalsParams"),
    Route(
        "GET", "/v1/transfers/{id}/reversals/{reversal}", transfers.reversal_retrieve, "TransferRetrieveReversalParams"
    ),
    Route("POST", "/v1/payouts", payouts.create, "PayoutCreateParams"),
    Route("GET", "/v1/payouts", payouts.listed, "PayoutListParams"),
    Route("GET", "/v1/payouts/{id}", retrieve("payout"), "PayoutRetrieveParams"),
    Route("POST", "/v1/payouts/{id}", payouts.update, "PayoutModifyParams"),
    Route("POST", "/v1/payouts/{id}/cancel", payouts.cancel, "PayoutCancelParams"),
    Route("GET", "/v1/balance", ledger.balance, "BalanceRetrieveParams"),
    Route("GET", "/v1/balance_transactions", ledger.listed, "BalanceTransactionListParams"),
    Route("GET", "/v1/balance_transactions/{id}", retrieve("balance_transaction"), "BalanceTransactionRetrieveParams"),
)
CONNECT = (
    Route("GET", "/v1/account", accounts.own, "AccountRetrieveCurrentParams"),
    Route("POST", "/v1/accounts", accounts.create, "AccountCreateParams"),
    Route("GET", "/v1/accounts", accounts.listed, "AccountListParams"),
    Route("GET", "/v1/accounts/{id}", accounts.retrieve, "AccountRetrieveParams"),
    Route("POST", "/v1/accounts/{id}", accounts.update, "AccountUpdateParams"),
    Route("DELETE", "/v1/accounts/{id}", accounts.delete, "AccountDeleteParams"),
    Route("GET", "/v1/accounts/{id}/capabilities", onboarding.capabilities, "AccountListCapabilitiesParams"),
    Route(
        "GET", "/v1/accounts/{id}/capabilities/{capability}", onboarding.capability, "AccountRetrieveCapabilityParams"
    ),
    Route(
        "POST",
        "/v1/accounts/{id}/capabilities/{capability}",
        onboarding.request_capability,
        "AccountModifyCapabilityParams",
    ),
    Route("GET", "/v1/accounts/{id}/external_accounts", onboarding.banks, "AccountListExternalAccountsParams"),
    Route("POST", "/v1/accounts/{id}/external_accounts", onboarding.create_bank, "AccountCreateExternalAccountParams"),
    Route("GET", "/v1/accounts/{id}/external_accounts/{bank}", onboarding.bank, "AccountRetrieveExternalAccountParams"),
    Route("POST", "/v1/account_links", onboarding.create_link, "AccountLinkCreateParams"),
)
TELLING = (
    Route("GET", "/v1/events", endpoints.events_listed, "EventListParams"),
    Route("GET", "/v1/events/{id}", retrieve("event"), "EventRetrieveParams"),
    Route("POST", "/v1/webhook_endpoints", endpoints.create, "WebhookEndpointCreateParams"),
    Route("GET", "/v1/webhook_endpoints", listing("webhook_endpoint"), "WebhookEndpointListParams"),
    Route("GET", "/v1/webhook_endpoints/{id}", retrieve("webhook_endpoint"), "WebhookEndpointRetrieveParams"),
    Route("POST", "/v1/webhook_endpoints/{id}", endpoints.update, "WebhookEndpointModifyParams"),
    Route("DELETE", "/v1/webhook_endpoints/{id}", endpoints.delete, "WebhookEndpointDeleteParams"),
)
ROUTES = (*PAYMENTS, *MONEY, *CONNECT, *TELLING, *(Route(*each) for each in billing.ROUTES))


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and the ids in its path (`_path` is the whole). Raises Problem 404 for none."""
    for pattern, route in _patterns():
        found = pattern.fullmatch(path) if route.method == method else None
        if found:
            return route, {**found.groupdict(), "_path": path}
    raise Problem(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )


_compiled: list[tuple[re.Pattern[str], Route]] = []


def _patterns() -> Iterator[tuple[re.Pattern[str], Route]]:
    if not _compiled:
        _compiled.extend((re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", each.path)), each) for each in ROUTES)
    yield from _compiled


def table() -> list[Json]:
    """Every route as method, path and parameter type; for the test that holds them against the SDK."""
    return [{"method": each.method, "path": each.path, "params": each.params} for each in ROUTES]
