"""Getting an invoice paid: attempts and retries."""

from embedded.sandbox import events, intents, invoices, methods, paying, timeline
from embedded.sandbox.calls import Call
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.timeline import DAY
from embedded.sandbox.world import SETTINGS, World, public

SETTINGS.update(
    {
        "retry_days": [3, 5, 7],  # days from each failed attempt of an invoice to the next
        "after_retries": "cancel",  # what a subscription becomes when they are used up: cancel, unpaid, past_due
        "upcoming_days": 7,  # days before a renewal that invoice.upcoming is sent
    }
)


@timeline.does("finalize", "invoice")
def _finalize_now(world: World, scope: str, invoice: Json) -> None:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        invoices.finalize(world, scope, invoice)
        if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
            collect(world, scope, invoice)


def collect(world: World, scope: str, invoice: Json) -> None:
    """An attempt of the sandbox's own, without the customer. What comes of it is in the invoice."""
    method = method_of(world, scope, invoice)
    invoice["_automatic"] = True
    try:
        if method is None:
            _failed(world, scope, invoice)
        else:
            attempt(world, scope, invoice, method)
    except Problem:
        pass  # the invoice tells
    finally:
        invoice["_automatic"] = False


def attempt(world: World, scope: str, invoice: Json, method: Json) -> None:
    """Charge an open invoice to a payment method. Raises Problem 402 when it is refused."""
    intent = world.get(scope, "payment_intent", invoice["_intent"])
    card = methods.card_of(method)
    needs_nobody = card is None or card.sca == "never" or (card.sca == "unless_set_up" and method["_set_up"])
    call = Call(world, scope, {"payment_method": method["id"], "off_session": needs_nobody})
    intents.set_method(call, intent, call.params)
    paying.confirm_now(call, intent)


def method_of(world: World, scope: str, invoice: Json) -> Json | None:
    """The default payment method of the invoice, its subscription or its customer."""
    customer = world.get(scope, "customer", invoice["customer"])
    return methods.default_of(world, scope, invoice, invoices.subscription_of(world, scope, invoice), customer)


# ---- What payment intents tell ---------------------------------------------------------------------------------------


def _invoice_of(world: World, scope: str, intent: Json) -> Json | None:
    return world.seek(scope, "invoice", intent.get("_invoice"))


@events.upon("payment_intent.succeeded")
def _on_success(world: World, scope: str, intent: Json) -> None:
    if invoice := _invoice_of(world, scope, intent):
        if not invoice["_asked"]:
            invoice["attempt_count"] += 1
        invoices.paid(world, scope, invoice, intent)


@events.upon("payment_intent.payment_failed")
def _on_failure(world: World, scope: str, intent: Json) -> None:
    if invoice := _invoice_of(world, scope, intent):
        _failed(world, scope, invoice)


@events.upon("payment_intent.requires_action")
def _on_action(world: World, scope: str, intent: Json) -> None:
    if invoice := _invoice_of(world, scope, intent):
        events.record(world, scope, "invoice.payment_action_required", invoice)
        _failed(world, scope, invoice)
        invoice["_asked"] = True


def _failed(world: World, scope: str, invoice: Json) -> None:
    before = public(invoice)
    invoice["attempted"], invoice["_asked"] = True, False
    invoice["attempt_count"] += 1
    is_first = invoice["billing_reason"] == "subscription_create"
    if invoice["_automatic"] and not is_first:
        invoice["next_payment_attempt"] = _next_attempt(world, scope, invoice)
    elif is_first:
        invoice["next_payment_attempt"] = None
    events.record(world, scope, "invoice.updated", invoice, events.difference(before, public(invoice)))
    events.record(world, scope, "invoice.payment_failed", invoice)


def _next_attempt(world: World, scope: str, invoice: Json) -> int | None:
    invoice["_retried"] = invoice.get("_retried", -1) + 1
    days = world.settings.get("retry_days", SETTINGS["retry_days"])
    if invoice["_retried"] >= len(days):
        return None
    at = world.now() + days[invoice["_retried"]] * DAY
    timeline.plan(world, scope, "retry", invoice, int(at))
    return int(at)


@timeline.does("retry", "invoice")
def _retry(world: World, scope: str, invoice: Json) -> None:
    if invoice["status"] == "open" and invoice["auto_advance"] and invoice["next_payment_attempt"] == world.now():
        collect(world, scope, invoice)
