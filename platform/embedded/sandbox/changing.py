"""What an update of a subscription does to its items, its period, its trial and its money."""

import copy

from embedded.sandbox import agreement, cycles, events, invoices, items, lines, previews, standing, taxes
from embedded.sandbox.problems import Json
from embedded.sandbox.world import World, merged_metadata, public


def change(world: World, scope: str, subscription: Json, params: Json) -> None:
    """Everything that an update may change, with the invoice that follows from it. Raises Problem."""
    before = public(subscription)
    _check_change(world, scope, subscription, params)
    _set_plain(world, scope, subscription, params)
    billed = _change_items(world, scope, subscription, params)
    if "trial_end" in params:
        billed = _change_trial(world, scope, subscription, params) or billed
    elif params.get("billing_cycle_anchor") == "now":
        billed = _restarted(world, scope, subscription)
    agreement.set_cancellation(subscription, params)
    if subscription["canceled_at"] is None and subscription["cancel_at"]:
        subscription["canceled_at"] = world.now()
        subscription["cancellation_details"]["reason"] = "cancellation_requested"
    elif subscription["cancel_at"] is None and subscription["status"] not in standing.ENDED:
        subscription["canceled_at"] = None
        subscription["cancellation_details"]["reason"] = None
    events.updated(world, scope, "customer.subscription.updated", subscription, before)
    if billed is not None:
        standing.invoice_now(world, scope, subscription, "subscription_update", billed)
    cycles.plan(world, scope, subscription)


def _check_change(world: World, scope: str, subscription: Json, params: Json) -> None:
    """What is charged at once needs a payment method, and with `error_if_incomplete` one that works."""
    if asked := taxes.wanted(world, params):
        customer = world.get(scope, "customer", subscription["customer"])
        taxes.check(world, scope, {**subscription, "automatic_tax": asked}, customer)
    if subscription["collection_method"] != "charge_automatically":
        return
    if previews.due_now(world, scope, subscription, params):
        customer = world.get(scope, "customer", subscription["customer"])
        given = agreement.method(world, scope, customer["id"], params) or subscription["default_payment_method"]
        behavior = params.get("payment_behavior", "allow_incomplete")
        agreement.check_method(world, scope, {**subscription, "default_payment_method": given}, customer, behavior)


def _set_plain(world: World, scope: str, subscription: Json, params: Json) -> None:
    for name in ("description", "days_until_due", "collection_method"):
        if name in params:
            subscription[name] = params[name] or None
    subscription["automatic_tax"] = taxes.wanted(world, params) or subscription["automatic_tax"]
    if "default_payment_method" in params:
        subscription["default_payment_method"] = agreement.method(world, scope, subscription["customer"], params)
    if "trial_settings" in params:
        subscription["trial_settings"] = agreement.trial_settings(params)
    if "payment_settings" in params:
        subscription["payment_settings"] = {**subscription["payment_settings"], **params["payment_settings"]}
    if "pause_collection" in params:
        given = params["pause_collection"] or None
        subscription["pause_collection"] = {"resumes_at": None, **given} if given else None
    subscription["metadata"] = merged_metadata(subscription["metadata"], params.get("metadata", {}))
    standing.cancellation(subscription, params)


def _change_items(world: World, scope: str, subscription: Json, params: Json) -> list[Json] | None:
    """The lines of the invoice that follows at once, besides what is pending; None without one."""
    if not params.get("items"):
        return None
    old = copy.deepcopy(subscription["items"]["data"])
    subscription["_period"] = invoices.period_of(subscription)
    items.changed(world, scope, subscription, params["items"])
    new = subscription["items"]["data"]
    if subscription["status"] == "trialing":
        return None
    moment, behavior = (
        int(params.get("proration_date", world.now())),
        params.get("proration_behavior", "create_prorations"),
    )
    restarts = items.interval(old[0]) != items.interval(new[0]) or (not items.amount(old) and items.amount(new))
    if behavior != "none":
        both = (old, []) if restarts else (old, new)
        keep(
            world,
            scope,
            [
                each
                for each in lines.prorated(world, scope, subscription, both, moment)
                if each["amount"] or not restarts
            ],
        )
    if restarts:
        return _restarted(world, scope, subscription)
    return [] if behavior == "always_invoice" else None


def keep(world: World, scope: str, made: list[Json]) -> None:
    """Invoice items that wait for an invoice: `invoiceitem.created`."""
    for each in made:
        world.put(scope, each)
        events.record(world, scope, "invoiceitem.created", each)


def restart(subscription: Json, now: int) -> None:
    """A billing cycle begins now."""
    subscription["billing_cycle_anchor"] = now
    items.set_period(subscription, now)


def _restarted(world: World, scope: str, subscription: Json) -> list[Json]:
    """The lines of a period that begins now."""
    restart(subscription, world.now())
    return standing.whole_lines(world, scope, subscription)


def _change_trial(world: World, scope: str, subscription: Json, params: Json) -> list[Json] | None:
    """The lines of the invoice that follows at once, because the trial is over now; None otherwise."""
    now = world.now()
    until = agreement.trial_end(params, now)
    if until is None:
        if subscription["status"] != "trialing":
            return None
        subscription.update(status="active", trial_end=now)
        return _restarted(world, scope, subscription)
    if subscription["status"] != "trialing":
        subscription.update(status="trialing", trial_start=now)
    subscription.update(trial_end=until, billing_cycle_anchor=until)
    items.set_period(subscription, invoices.period_of(subscription)[0], until)
    return None
