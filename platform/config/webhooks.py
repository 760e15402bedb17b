"""What Stripe brings in: which event calls what. `urls.py` for HTTP, this table for Stripe.

An event says only that something happened: each effect asks Stripe for the thing as it is now, so events may come
in any order, twice, late or never (`manage.py reconcile`). What is not in the table is kept as ignored.
docs/stripe.md lists the same rows, and `manage.py stripe_webhooks` registers exactly these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from config import effects
from tenants.inbox import Handler, Ignored, Rejected
from tenants.models import InboxEvent

PLATFORM, CONNECT = "platform", "connect"
ENDPOINTS = (PLATFORM, CONNECT)


@dataclass(frozen=True, slots=True)
class Row:
    """What an event does, at which endpoints it arrives, and which field of its object says what it is about."""

    effects: tuple[Handler, ...]
    endpoints: tuple[str, ...]
    keeps: str = "id"

    def handle(self, event: InboxEvent) -> None:
        """Have every effect; the event is ignored if each of them ignores it, or if it is of the other mode.

        Stripe sends events of test mode to live Connect endpoints too.
        """
        if event.is_live != settings.STRIPE_LIVE:
            raise Ignored("of live mode" if event.is_live else "of test mode")
        reasons: list[str] = []
        rejections: list[Rejected] = []
        for effect in self.effects:
            try:
                effect(event)
            except Ignored as why:
                reasons.append(str(why))
            except Rejected as why:  # the venue's books still hear that something moved
                rejections.append(why)
        if rejections:
            raise rejections[0]
        if len(reasons) == len(self.effects):
            raise Ignored("; ".join(dict.fromkeys(reasons)))


def nothing(reason: str) -> Handler:
    """The effect of an event that is known and needs nothing."""

    def ignore(event: InboxEvent) -> None:
        raise Ignored(reason)

    return ignore


def of_venues(*effects: Handler, keeps: str = "id") -> Row:
    """A row of events on connected accounts."""
    return Row(effects, (CONNECT,), keeps)


def of_platform(*effects: Handler, keeps: str = "id") -> Row:
    """A row of events on the platform's own account."""
    return Row(effects, (PLATFORM,), keeps)


def of_both(*effects: Handler, keeps: str = "id") -> Row:
    """A row of events on whichever account was charged: the venue's (direct) or the platform's (destination)."""
    return Row(effects, ENDPOINTS, keeps)


CHARGED, CUSTOMER = "payment_intent", "customer"
"""The fields by which charges, refunds, disputes and warnings say what was paid, and invoices who pays them."""

TABLE: Mapping[str, Row] = {
    # A booking is paid.
    "payment_intent.amount_capturable_updated": of_both(effects.payment),
    "payment_intent.canceled": of_both(effects.payment),
    "payment_intent.payment_failed": of_both(effects.payment),
    "payment_intent.processing": of_both(effects.payment),
    "payment_intent.requires_action": of_both(effects.payment),
    "payment_intent.succeeded": of_both(effects.payment, effects.ledger),
    "checkout.session.async_payment_failed": of_both(effects.session),
    "checkout.session.async_payment_succeeded": of_both(effects.session, effects.ledger),
    "checkout.session.completed": of_both(effects.session, effects.ledger),
    "checkout.session.expired": of_both(effects.session),
    # Its money goes back, by us, at Stripe's dashboard or by the customer's bank.
    "charge.refunded": of_both(effects.refund, effects.ledger, keeps=CHARGED),
    "refund.created": of_both(effects.refund, effects.ledger, keeps=CHARGED),
    "refund.failed": of_both(effects.refund, effects.ledger, keeps=CHARGED),
    "refund.updated": of_both(effects.refund, effects.ledger, keeps=CHARGED),
    "charge.dispute.closed": of_both(effects.dispute, effects.ledger, keeps=CHARGED),
    "charge.dispute.created": of_both(effects.dispute, effects.ledger, keeps=CHARGED),
    "charge.dispute.funds_reinstated": of_both(effects.dispute, effects.ledger, keeps=CHARGED),
    "charge.dispute.funds_withdrawn": of_both(effects.dispute, effects.ledger, keeps=CHARGED),
    "charge.dispute.updated": of_both(effects.dispute, effects.ledger, keeps=CHARGED),
    "radar.early_fraud_warning.created": of_both(effects.warning, keeps=CHARGED),
    "radar.early_fraud_warning.updated": of_both(effects.warning, keeps=CHARGED),
    # The venue's balance and its bank.
    "balance.available": of_venues(effects.balance),
    "payout.canceled": of_venues(effects.payout),
    "payout.created": of_venues(effects.payout),
    "payout.failed": of_venues(effects.payout),
    "payout.paid": of_venues(effects.payout),
    "payout.reconciliation_completed": of_venues(effects.payout),
    "payout.updated": of_venues(effects.payout),
    "transfer.created": of_platform(effects.transfer, keeps="destination"),
    "transfer.reversed": of_platform(effects.transfer, keeps="destination"),
    "transfer.updated": of_platform(effects.transfer, keeps="destination"),
    # Connected accounts: whether they can charge and pay out, and what Stripe wants to know.
    "account.application.deauthorized": of_venues(effects.account),
    "account.external_account.created": of_venues(effects.account),
    "account.external_account.deleted": of_venues(effects.account),
    "account.external_account.updated": of_venues(effects.account),
    "account.updated": of_venues(effects.account),
    "capability.updated": of_venues(effects.account),
    "person.created": of_venues(effects.account),
    "person.deleted": of_venues(effects.account),
    "person.updated": of_venues(effects.account),
    # What tenants pay the platform.
    "customer.subscription.created": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.subscription.deleted": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.subscription.paused": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.subscription.resumed": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.subscription.trial_will_end": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.subscription.updated": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.tax_id.created": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.tax_id.deleted": of_platform(effects.plan, keeps=CUSTOMER),
    "customer.tax_id.updated": of_platform(effects.plan, keeps=CUSTOMER),
    "entitlements.active_entitlement_summary.updated": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.created": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.finalization_failed": of_platform(effects.stuck_invoice, keeps=CUSTOMER),
    "invoice.finalized": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.marked_uncollectible": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.paid": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.payment_action_required": of_platform(effects.confirmation, keeps=CUSTOMER),
    "invoice.payment_failed": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.upcoming": of_platform(effects.plan, keeps=CUSTOMER),
    "invoice.voided": of_platform(effects.plan, keeps=CUSTOMER),
    # What the platform takes of venues' payments.
    "application_fee.created": of_platform(effects.fee),
    "application_fee.refund.updated": of_platform(effects.fee, keeps="fee"),
    "application_fee.refunded": of_platform(effects.fee),
    # Known, and nothing to do.
    "payment_method.automatically_updated": of_both(nothing("cards are asked for when they are used")),
    "payment_method.detached": of_both(nothing("cards are asked for when they are used")),
    "review.closed": of_both(nothing("the venue decides at Stripe")),
    "review.opened": of_both(nothing("the venue decides at Stripe")),
}

HANDLERS: Mapping[str, Handler] = {kind: row.handle for kind, row in TABLE.items()}


def kept_of(kind: str) -> str:
    """Which field of an event's object is kept."""
    return TABLE[kind].keeps if kind in TABLE else "id"


def kinds_of(endpoint: str) -> list[str]:
    """The events for which an endpoint is registered, sorted."""
    return sorted(kind for kind, row in TABLE.items() if endpoint in row.endpoints)
