"""The life of an invoice: draft, open, then paid, void or uncollectible. Who is charged for it is in `collecting`."""

from embedded.sandbox import currencies, events, intents, lines, shapes, taxes, taxids, timeline
from embedded.sandbox.calls import Call, lazy_list, lazy_value
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.timeline import HOUR
from embedded.sandbox.world import World, new_id, public

shapes.LEFT_OUT["invoice"] = {"deleted", "payments", "confirmation_secret", "amount_paid_off_stripe"}
LEFT_OUT_LATER = ("payments", "confirmation_secret")
NAME = "Platform (sandbox)"


def draft(world: World, scope: str, owner: Json, reason: str, found: list[Json], **fields: object) -> Json:
    """A draft for a subscription, or (`owner` is a customer) for nothing in particular: `invoice.created`."""
    invoice = unkept(world, scope, owner, reason, found, **fields)
    world.put(scope, invoice)
    if owner["object"] == "subscription":
        owner["latest_invoice"] = invoice["id"]
    events.record(world, scope, "invoice.created", invoice)
    return invoice


def unkept(world: World, scope: str, owner: Json, reason: str, found: list[Json], **fields: object) -> Json:
    """The same without keeping it, for a preview."""
    is_subscription = owner["object"] == "subscription"
    customer = world.get(scope, "customer", owner["customer"]) if is_subscription else owner
    start, end = period_of(owner) if is_subscription else (world.now(), world.now())
    invoice = shapes.blank(
        "invoice",
        id=new_id("in_1"),
        account_country="DE",
        account_name=NAME,
        auto_advance=True,
        billing_reason=reason,
        collection_method=owner.get("collection_method", "charge_automatically"),
        created=world.now(),
        currency=owner["currency"] or "eur",
        customer=customer["id"],
        default_payment_method=None,  # the subscription's or the customer's, as they are when it is charged
        effective_at=None,
        issuer={"type": "self", "account": None},
        metadata={},
        period_start=start,
        period_end=end,
        starting_balance=customer["balance"],
        status="draft",
        test_clock=owner["test_clock"],
        discounts=[],
        total_discount_amounts=[],
        total_pretax_credit_amounts=[],
        total_taxes=[],
        _asked=False,
        _automatic=False,
        _intent=None,
        _days_until_due=owner.get("days_until_due"),
        **_customer(world, scope, customer),
    )
    if is_subscription:
        details = {
            "subscription": owner["id"],
            "metadata": dict(owner["metadata"]),
            "subscription_proration_date": None,
        }
        invoice["parent"] = {"type": "subscription_details", "subscription_details": details, "quote_details": None}
        asked = owner["automatic_tax"]
        invoice["automatic_tax"].update(enabled=asked["enabled"], liability=asked["liability"])
        invoice["automatic_tax"]["provider"] = "stripe" if asked["enabled"] else None
    invoice.update(fields)
    lines.put(invoice, found)
    taxes.levy(world, scope, invoice, owner if is_subscription else None)
    return invoice


def _customer(world: World, scope: str, customer: Json) -> Json:
    same = {
        f"customer_{name}": customer[name] for name in ("email", "name", "phone", "address", "shipping", "tax_exempt")
    }
    ids = [{"type": each["type"], "value": each["value"]} for each in taxids.of(world, scope, customer)]
    return {**same, "customer_tax_ids": ids}


def period_of(subscription: Json) -> tuple[int, int]:
    """The current period, which all items of a subscription share here."""
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def subscription_of(world: World, scope: str, invoice: Json) -> Json | None:
    """The subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return world.seek(scope, "subscription", details.get("subscription"))


def advance_later(world: World, scope: str, invoice: Json) -> None:
    """Finalize a draft an hour from now, and collect it, unless somebody stops that."""
    invoice["automatically_finalizes_at"] = world.now() + HOUR
    invoice["next_payment_attempt"] = (
        world.now() + HOUR if invoice["collection_method"] == "charge_automatically" else None
    )
    timeline.plan(world, scope, "finalize", invoice, world.now() + HOUR)


def finalize(world: World, scope: str, invoice: Json) -> None:
    """Draft to open, `invoice.finalized`: number, page, and an intent to pay it; nothing to pay is paid at once."""
    customer = world.get(scope, "customer", invoice["customer"])
    _take_balance(world, scope, invoice, customer)
    now = world.now()
    invoice.update(
        status="open",
        automatically_finalizes_at=None,
        effective_at=now,
        number=f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
        hosted_invoice_url=f"{world.url}/invoice/{invoice['id']}",
        invoice_pdf=f"{world.url}/invoice/{invoice['id']}/pdf",
    )
    if invoice["collection_method"] == "send_invoice" and invoice["due_date"] is None:
        due = now + (invoice["_days_until_due"] or 30) * timeline.DAY
        invoice["due_date"] = due
        timeline.plan(world, scope, "overdue", invoice, due)
    customer["next_invoice_sequence"] += 1
    invoice["status_transitions"]["finalized_at"] = now
    if invoice["amount_due"]:
        _want_payment(world, scope, invoice)
    events.record(world, scope, "invoice.finalized", invoice)
    if not invoice["amount_due"]:
        paid(world, scope, invoice)


@timeline.does("overdue", "invoice")
def _overdue(world: World, scope: str, invoice: Json) -> None:
    if invoice["status"] == "open":
        events.record(world, scope, "invoice.overdue", invoice)


def _take_balance(world: World, scope: str, invoice: Json, customer: Json) -> None:
    """The customer's balance pays, or is paid; amounts too small to charge become balance."""
    invoice["starting_balance"] = customer["balance"]
    invoice.update(_customer(world, scope, customer))
    subscription = subscription_of(world, scope, invoice)
    taxes.levy(world, scope, invoice, subscription)
    taxes.give_up(world, scope, invoice, subscription)
    rest = invoice["total"] + invoice["starting_balance"]
    if rest < currencies.LEAST.get(invoice["currency"], 1):
        invoice.update(amount_due=0, amount_remaining=0, ending_balance=rest)
    else:
        invoice["ending_balance"] = 0
    if customer["balance"] != invoice["ending_balance"]:
        before = public(customer)
        customer.update(balance=invoice["ending_balance"], currency=invoice["currency"])
        events.updated(world, scope, "customer.updated", customer, before)


def _want_payment(world: World, scope: str, invoice: Json) -> None:
    params = {
        "amount": invoice["amount_due"],
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": "Subscription update" if invoice["parent"] else None,
        "payment_method_types": ["card", *(["sepa_debit"] if invoice["currency"] == "eur" else [])],
        "setup_future_usage": "off_session" if invoice["parent"] else None,
    }
    intent = intents.create(Call(world, scope, {name: each for name, each in params.items() if each}))
    intent["_invoice"], invoice["_intent"] = invoice["id"], intent["id"]
    payment = shapes.blank(
        "invoice_payment",
        id=new_id("inpay_1"),
        amount_requested=invoice["amount_due"],
        created=world.now(),
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
    )
    world.put(scope, payment)


def paid(world: World, scope: str, invoice: Json, intent: Json | None = None) -> None:
    """The invoice is paid, by an intent, by the balance, or outside of Stripe."""
    before = public(invoice)
    invoice.update(
        status="paid",
        attempted=True,
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        next_payment_attempt=None,
        auto_advance=False,
    )
    invoice["status_transitions"]["paid_at"] = world.now()
    for payment in payments_of(world, scope, invoice):
        if intent and payment["status"] == "open":
            payment.update(status="paid", amount_paid=intent["amount_received"])
            payment["status_transitions"]["paid_at"] = world.now()
            events.record(world, scope, "invoice_payment.paid", payment)
    events.record(world, scope, "invoice.updated", invoice, events.difference(before, public(invoice)))
    events.record(world, scope, "invoice.paid", invoice)
    events.record(world, scope, "invoice.payment_succeeded", invoice)


def close(world: World, scope: str, invoice: Json, status: str) -> None:
    """An open invoice becomes `void` or `uncollectible`. Raises Problem for any other invoice."""
    if invoice["status"] not in {"open", "uncollectible"} or invoice["status"] == status:
        raise Problem(
            f"You can only pass in open invoices. This invoice isn't open (it is {invoice['status']}).",
            code="invoice_not_editable",
        )
    name = "voided" if status == "void" else "marked_uncollectible"
    before = public(invoice)
    invoice.update(status=status, next_payment_attempt=None, auto_advance=False)
    invoice["status_transitions"][f"{name}_at"] = world.now()
    if status == "void":
        invoice["amount_remaining"] = 0
        _cancel_payments(world, scope, invoice)
    events.record(world, scope, "invoice.updated", invoice, events.difference(before, public(invoice)))
    events.record(world, scope, f"invoice.{name}", invoice)


def _cancel_payments(world: World, scope: str, invoice: Json) -> None:
    intent = world.seek(scope, "payment_intent", invoice["_intent"])
    if intent and intent["status"] in intents.CANCELABLE:
        intents.cancel(Call(world, scope, {"cancellation_reason": "void_invoice"}, {"id": intent["id"]}))
    for payment in payments_of(world, scope, invoice):
        if payment["status"] == "open":
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = world.now()


@lazy_list("invoice", "payments", "/v1/invoice_payments?invoice={id}")
def payments_of(world: World, scope: str, invoice: Json) -> list[Json]:
    """What was asked for an invoice, newest first."""
    return [each for each in reversed(world.every(scope, "invoice_payment")) if each["invoice"] == invoice["id"]]


@lazy_value("invoice", "confirmation_secret")
def _confirmation_secret(world: World, scope: str, invoice: Json) -> Json | None:
    kept = world.seek(scope, "invoice", invoice["id"])
    intent = world.seek(scope, "payment_intent", kept["_intent"]) if kept else None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
