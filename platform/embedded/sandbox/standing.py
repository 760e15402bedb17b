"""What a subscription is, as payments come and fail: the moves between its statuses, and its end."""

import copy

from embedded.sandbox import collecting, events, invoices, lines
from embedded.sandbox.problems import Json
from embedded.sandbox.world import SETTINGS, World, public

ENDED = ("canceled", "incomplete_expired")
OWING = ("past_due", "unpaid")


def move(world: World, scope: str, subscription: Json, **changes: object) -> None:
    """Change a subscription: `customer.subscription.updated`."""
    before = public(subscription)
    subscription.update(changes)
    events.updated(world, scope, "customer.subscription.updated", subscription, before)


def end(world: World, scope: str, subscription: Json, reason: str, details: Json | None = None) -> None:
    """Cancel now: `customer.subscription.deleted`. What is still open is not collected any more."""
    now = world.now()
    told = {**(subscription["cancellation_details"] or {}), **(details or {}), "reason": reason}
    subscription.update(status="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
    subscription["cancellation_details"] = told
    for invoice in of(world, scope, subscription):
        if invoice["status"] in {"draft", "open"}:
            invoice.update(auto_advance=False, next_payment_attempt=None)
    events.record(world, scope, "customer.subscription.deleted", subscription)


def of(world: World, scope: str, subscription: Json) -> list[Json]:
    """The invoices of a subscription, oldest first."""
    return [
        each for each in world.every(scope, "invoice") if invoices.subscription_of(world, scope, each) is subscription
    ]


def pending(world: World, scope: str, subscription: Json) -> list[Json]:
    """Invoice items that wait for the next invoice of a subscription, its customer's own among them."""
    return [
        each
        for each in world.every(scope, "invoiceitem")
        if each["invoice"] is None
        and each["customer"] == subscription["customer"]
        and each["currency"] == subscription["currency"]
        and ((each["parent"] or {}).get("subscription_details") or {}).get("subscription") in {None, subscription["id"]}
    ]


def invoice(world: World, scope: str, subscription: Json, reason: str, found: list[Json]) -> Json:
    """A draft of these lines and of all pending items."""
    waiting = pending(world, scope, subscription)
    found = [*(lines.of_invoice_item(world, scope, each) for each in waiting), *found]
    made = invoices.draft(world, scope, subscription, reason, found)
    for each in waiting:
        each["invoice"] = made["id"]
    return made


def invoice_now(world: World, scope: str, subscription: Json, reason: str, found: list[Json]) -> Json:
    """The same, finalized and collected at once."""
    made = invoice(world, scope, subscription, reason, found)
    invoices.finalize(world, scope, made)
    if made["status"] == "open" and made["collection_method"] == "charge_automatically":
        collecting.collect(world, scope, made)
    return made


def whole_lines(world: World, scope: str, subscription: Json) -> list[Json]:
    """The lines of the current period."""
    is_trial = subscription["status"] == "trialing"
    return [
        lines.of_item(world, scope, subscription, each, is_trial=is_trial) for each in subscription["items"]["data"]
    ]


@events.upon("customer.deleted")
def _customer_is_gone(world: World, scope: str, customer: Json) -> None:
    """Nobody is left to be billed."""
    for subscription in world.every(scope, "subscription"):
        if subscription["customer"] == customer["id"] and subscription["status"] not in ENDED:
            end(world, scope, subscription, "cancellation_requested")


# ---- What payments make of it ----------------------------------------------------------------------------------------


@events.upon("invoice.payment_succeeded")
def _paid(world: World, scope: str, paid: Json) -> None:
    subscription = invoices.subscription_of(world, scope, paid)
    if subscription is None or subscription["status"] in ENDED:
        return
    changes: Json = {}
    if subscription["status"] == "incomplete":
        changes["status"] = "active"
        intent = world.seek(scope, "payment_intent", paid["_intent"])
        settings = subscription["payment_settings"] or {}
        if intent and settings.get("save_default_payment_method") == "on_subscription":
            changes["default_payment_method"] = intent["payment_method"]
    elif subscription["status"] in OWING:
        if not any(each["status"] == "open" for each in of(world, scope, subscription)):
            changes["status"] = "active"
    elif subscription["status"] == "paused" and subscription["latest_invoice"] == paid["id"]:
        changes["status"] = "active"
    move(world, scope, subscription, **changes)


@events.upon("invoice.payment_failed")
def _failed(world: World, scope: str, failed: Json) -> None:
    subscription = invoices.subscription_of(world, scope, failed)
    if subscription is None or failed["billing_reason"] == "subscription_create":
        return
    if subscription["status"] in {"active", "trialing"}:
        move(world, scope, subscription, status="past_due")
    if failed["_automatic"] and failed["next_payment_attempt"] is None and subscription["status"] == "past_due":
        give_up(world, scope, subscription)


def give_up(world: World, scope: str, subscription: Json) -> None:
    """The retries are used up: cancel, unpaid, or past_due, as the settings say."""
    outcome = world.settings.get("after_retries", SETTINGS["after_retries"])
    if outcome == "cancel":
        end(world, scope, subscription, "payment_failed")
    elif outcome == "unpaid":
        move(world, scope, subscription, status="unpaid")


def cancellation(subscription: Json, params: Json) -> None:
    """Take over what a customer says about leaving."""
    if given := params.get("cancellation_details"):
        told = {name: each or None for name, each in given.items()}
        subscription["cancellation_details"] = {**copy.deepcopy(subscription["cancellation_details"]), **told}
