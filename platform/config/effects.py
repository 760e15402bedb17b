"""What the rows of `config.webhooks` do: find the thing of ours that an event speaks of, and have it looked at.

Each works in `public`, enters the tenant's schema itself, and may run any number of times. `Ignored`: nothing of
ours. `Rejected`: the event contradicts what we know, such as another tenant's booking on this account (T34).
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, tenant_context

from billing import accounts
from billing.gateway import intents, lists, sessions
from billing.gateway.charging import Place
from billing.gateway.trouble import Gone
from billing.payments import books, payouts
from billing.payments.models import Payment
from billing.subscriptions import acts as plans
from billing.subscriptions import fees
from bookings import checkout, contested, returns
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.inbox import Ignored, Rejected
from tenants.mail import in_house_language, tell_owners
from tenants.models import InboxEvent, Tenant

log = logging.getLogger(__name__)

# ---- Payments of bookings ----------------------------------------------------------------------------------------
# What is kept of these events is the id of their PaymentIntent, or of their Checkout session.


def payment(event: InboxEvent) -> None:
    """An attempt to pay moved: look at it."""
    tenant, payment_id = _payment(event)
    with tenant_context(tenant):
        checkout.look(payment_id, event.object_id)


def refund(event: InboxEvent) -> None:
    """Money of a payment goes back, or came back after all. The payment comes first: it may not be counted yet."""
    tenant, payment_id = _payment(event)
    with tenant_context(tenant):
        checkout.look(payment_id, event.object_id)
        returns.look(payment_id)


def dispute(event: InboxEvent) -> None:
    """A bank takes a payment back, or has decided. What was refunded meanwhile is counted first."""
    tenant, payment_id = _payment(event)
    with tenant_context(tenant):
        checkout.look(payment_id, event.object_id)
        returns.look(payment_id)
        contested.look_at_disputes(payment_id)


def warning(event: InboxEvent) -> None:
    """A card's bank says that a payment is fraud, before there is a dispute."""
    tenant, payment_id = _payment(event)
    with tenant_context(tenant):
        checkout.look(payment_id, event.object_id)
        contested.look_at_warnings(payment_id)


def session(event: InboxEvent) -> None:
    """A page at Stripe was paid, or its time is over."""
    try:
        page = sessions.retrieve(_place(event), event.object_id)
    except Gone:
        raise Ignored("gone at Stripe") from None
    if page.mode == "subscription":
        _plan_of(page.customer_id)
        return
    tenant, payment_id = _named(event, page.metadata)
    with tenant_context(tenant):
        checkout.look(payment_id, page.intent_id)


def _payment(event: InboxEvent) -> tuple[Tenant, UUID]:
    """The attempt of an intent: known by its id, or by what we wrote on it before its id was known (R20)."""
    if not event.object_id:
        raise Ignored("nothing that we charged")
    if event.account_id:
        tenant = _owner(event.account_id)
        with tenant_context(tenant):
            ours = Payment.objects.filter(intent_id=event.object_id, account_id=event.account_id)
            known = ours.values_list("pk", flat=True).first()
        if known is not None:
            return tenant, known
    try:
        return _named(event, intents.retrieve(_place(event), event.object_id).metadata)
    except Gone:
        raise Ignored("gone at Stripe") from None


def _named(event: InboxEvent, metadata: Mapping[str, str]) -> tuple[Tenant, UUID]:
    """The attempt that an object names, if it may: the account must be its tenant's."""
    if "forecourt_payment" not in metadata:
        raise Ignored("not made by us")
    tenant = _owner(event.account_id) if event.account_id else _tenant(metadata.get("forecourt_tenant", ""))
    with tenant_context(tenant):
        payment_id = checkout.find(event.account_id, metadata)
    if payment_id is None:
        raise Rejected("names a payment that is not of this account")
    return tenant, payment_id


def _place(event: InboxEvent) -> Place:
    """Where its object lives: whose charge it is does not matter for asking."""
    return Place(event.account_id, "direct")


def _tenant(schema_name: str) -> Tenant:
    tenants = Tenant.objects.exclude(schema_name=get_public_schema_name())
    found: Tenant | None = tenants.filter(schema_name=schema_name).first()
    if found is None:
        raise Rejected("names an unknown tenant")
    return found


# ---- What tenants pay the platform -------------------------------------------------------------------------------
# What is kept of these events is the id of the customer: `invoice.upcoming` has none of its own.


def plan(event: InboxEvent) -> None:
    """A subscription, an invoice or a VAT id of a tenant changed: derive its plan from what is true now."""
    _plan_of(event.object_id)


def confirmation(event: InboxEvent) -> None:
    """The bank wants the owner to confirm an invoice: look, and ask them."""
    if not plans.action_required(event.object_id):
        raise Ignored("nobody's customer")


def stuck_invoice(event: InboxEvent) -> None:
    """Stripe cannot finish an invoice, mostly because the address says nothing about the tax: somebody has to look."""
    log.error("stripe event %s: an invoice of customer %s cannot be finalized", event.event_id, event.object_id)
    _plan_of(event.object_id)


def fee(event: InboxEvent) -> None:
    """The platform took a part of a payment, or gave some of it back; what is kept is the fee's id."""
    fees.refresh(event.object_id, event.account_id)


def _plan_of(customer_id: str) -> None:
    if not plans.refresh_customer(customer_id):
        raise Ignored("nobody's customer")


# ---- Venues' accounts and balances -------------------------------------------------------------------------------


def account(event: InboxEvent) -> None:
    """The connected account may have changed, or have withdrawn our access: ask how it is now."""
    _owner(event.account_id)
    accounts.refresh(event.account_id)


def ledger(event: InboxEvent) -> None:
    """Something moved on a venue's balance, made by us or not: have its books read on."""
    if not event.account_id:
        raise Ignored("the platform's own balance")
    _read_soon(event.account_id)


def balance(event: InboxEvent) -> None:
    """Money of a venue became available: read its books. A balance below zero is told to its owners, once an event."""
    tenant = _owner(event.account_id)
    below = sorted(currency for currency, minor in lists.balances(event.account_id).items() if minor < 0)

    @in_house_language()
    def act() -> None:
        now = database_now()
        books.read_soon(event.account_id, now)
        if below:
            tell_owners(
                f"balance-below-zero:{event.event_id}",
                _("Your Stripe balance is below zero"),
                _("More was returned than came in (%(currencies)s). Stripe takes it from what comes next or your bank.")
                % {"currencies": ", ".join(below)},
                now,
            )

    with tenant_context(tenant):
        transact(act)
    if below:
        log.error("stripe account %s: balance below zero in %s", event.account_id, ", ".join(below))


def transfer(event: InboxEvent) -> None:
    """Money was passed on to a venue (destination charges), or taken back from it; what is kept is its account."""
    _read_soon(event.object_id)


def payout(event: InboxEvent) -> None:
    """A payout of a venue was made, arrived or failed."""
    with tenant_context(_owner(event.account_id)):
        payouts.refresh(event.account_id, event.object_id)


def _read_soon(account_id: str) -> None:
    with tenant_context(_owner(account_id)):
        books.read_soon(account_id, database_now())


def _owner(account_id: str) -> Tenant:
    """Whose connected account it is, or was."""
    tenant = accounts.tenant_of(account_id)
    if tenant is None:
        raise Rejected("unknown account")
    return tenant
