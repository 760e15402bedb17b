"""Subscriptions: `/v1/subscriptions` and what an update does to period, items and money."""

from embedded.sandbox import (
    agreement,
    changing,
    collecting,
    cycles,
    events,
    invoices,
    items,
    lines,
    shapes,
    standing,
    taxes,
    timeline,
)
from embedded.sandbox.calls import PAGING, Call, only, page
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import World, merged_metadata, new_id

shapes.LEFT_OUT["subscription"] = {
    "billing_cycle_anchor_config",
    "default_source",
    "managed_payments",
    "presentment_details",
}
PLAIN = ("description", "trial_settings", "collection_method", "days_until_due", "off_session", "metadata", "expand")
BOTH = {
    *PLAIN,
    "automatic_tax",
    "cancel_at",
    "cancel_at_period_end",
    "default_payment_method",
    "items",
    "payment_behavior",
    "payment_settings",
    "proration_behavior",
    "trial_end",
}
CREATES = {*BOTH, "billing_mode", "currency", "customer", "trial_from_plan", "trial_period_days"}
UPDATES = {*BOTH, "billing_cycle_anchor", "cancellation_details", "pause_collection", "proration_date"}
AFTER_THE_END = {"metadata", "cancellation_details", "expand"}


def create(call: Call) -> Json:
    """`POST /v1/subscriptions`."""
    only(call.params, CREATES)
    customer = call.world.get(call.scope, "customer", call.params["customer"], "customer")
    with timeline.of(call.world, call.scope, customer):
        return begin(call.world, call.scope, customer, call.params)


def begin(world: World, scope: str, customer: Json, params: Json) -> Json:
    """A subscription with its first invoice, paid as `payment_behavior` says. Raises Problem."""
    now = world.now()
    trial_end = agreement.trial_end(params, now)
    behavior = params.get("payment_behavior", "allow_incomplete")
    subscription = shapes.blank(
        "subscription",
        id=new_id("sub_1"),
        automatic_tax=taxes.wanted(world, params) or dict(taxes.OFF),
        billing_cycle_anchor=trial_end or now,
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None},
        cancellation_details=shapes.part("subscription", "cancellation_details"),
        collection_method=params.get("collection_method", "charge_automatically"),
        created=now,
        customer=customer["id"],
        days_until_due=params.get("days_until_due"),
        default_payment_method=agreement.method(world, scope, customer["id"], params),
        default_tax_rates=[],
        description=params.get("description"),
        metadata=merged_metadata({}, params.get("metadata")),
        payment_settings=agreement.payment_settings(params),
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        test_clock=customer["test_clock"],
        trial_end=trial_end,
        trial_start=now if trial_end else None,
        trial_settings=agreement.trial_settings(params),
        _period=(now, trial_end),
    )
    subscription["invoice_settings"]["issuer"] = {"type": "self", "account": None}
    items.begin(world, scope, subscription, params.get("items") or [])
    is_charged = (
        not trial_end
        and behavior != "default_incomplete"
        and subscription["collection_method"] == "charge_automatically"
    )
    if is_charged and items.amount(subscription["items"]["data"]):
        agreement.check_method(world, scope, subscription, customer, behavior)
    taxes.check(world, scope, subscription, customer)
    agreement.set_cancellation(subscription, params)
    world.put(scope, subscription)
    events.record(world, scope, "customer.subscription.created", subscription)
    first = standing.invoice(
        world, scope, subscription, "subscription_create", standing.whole_lines(world, scope, subscription)
    )
    invoices.finalize(world, scope, first)
    if first["status"] == "open" and subscription["collection_method"] == "send_invoice":
        standing.move(world, scope, subscription, status="active")
    elif first["status"] == "open" and is_charged:
        collecting.collect(world, scope, first)
    cycles.plan(world, scope, subscription)
    return subscription


def update(call: Call) -> Json:
    """`POST /v1/subscriptions/{id}`."""
    subscription, params, world = call.its("subscription"), call.params, call.world
    only(params, UPDATES)
    if subscription["status"] in standing.ENDED and params.keys() - AFTER_THE_END:
        raise Problem("A canceled subscription can only update its cancellation_details and metadata.")
    with timeline.of(world, call.scope, subscription):
        changing.change(world, call.scope, subscription, params)
    return subscription


# ---- Ends, pauses, lists ---------------------------------------------------------------------------------------------


def cancel(call: Call) -> Json:
    """`DELETE /v1/subscriptions/{id}`: now. With `prorate` the rest of the period is credited."""
    subscription, params, world = call.its("subscription"), call.params, call.world
    only(params, {"invoice_now", "prorate", "cancellation_details", "expand"})
    if subscription["status"] in standing.ENDED:
        raise Problem(f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing", param="id")
    with timeline.of(world, call.scope, subscription):
        if params.get("prorate") and subscription["status"] != "trialing":
            old = subscription["items"]["data"]
            changing.keep(world, call.scope, lines.prorated(world, call.scope, subscription, (old, []), world.now()))
        if params.get("invoice_now"):
            standing.invoice_now(world, call.scope, subscription, "subscription_update", [])
        standing.cancellation(subscription, params)
        standing.end(world, call.scope, subscription, "cancellation_requested")
    return subscription


def resume(call: Call) -> Json:
    """`POST /v1/subscriptions/{id}/resume`: a paused one begins a new period and is billed."""
    subscription, world = call.its("subscription"), call.world
    only(call.params, {"billing_cycle_anchor", "proration_behavior", "expand"})
    if subscription["status"] != "paused":
        raise Problem(f"Only a paused subscription can be resumed. This one is {subscription['status']}.")
    with timeline.of(world, call.scope, subscription):
        customer = world.get(call.scope, "customer", subscription["customer"])
        agreement.check_method(world, call.scope, subscription, customer, "allow_incomplete")
        changing.restart(subscription, world.now())
        standing.invoice_now(
            world,
            call.scope,
            subscription,
            "subscription_update",
            standing.whole_lines(world, call.scope, subscription),
        )
        if subscription["status"] == "active":
            events.record(world, call.scope, "customer.subscription.resumed", subscription)
        cycles.plan(world, call.scope, subscription)
    return subscription


def listed(call: Call) -> Json:
    """`GET /v1/subscriptions`: without ended ones unless `status` asks for them."""
    params, wanted = call.params, call.params.get("status")
    only(params, {*PAGING, "collection_method", "customer", "price", "status", "test_clock"})
    found = [
        each
        for each in call.world.every(call.scope, "subscription")
        if all(params.get(name) in {None, each[name]} for name in ("customer", "collection_method", "test_clock"))
        and params.get("price") in {None, *(item["price"]["id"] for item in each["items"]["data"])}
        and _is_wanted(each["status"], wanted)
    ]
    return page(call, found)


def _is_wanted(status: str, wanted: str | None) -> bool:
    if wanted in {None, ""}:
        return status not in standing.ENDED
    return wanted in {"all", status} or (wanted == "ended" and status in standing.ENDED)


def list_items(call: Call) -> Json:
    """`GET /v1/subscription_items`."""
    subscription = call.world.get(call.scope, "subscription", call.params["subscription"], "subscription")
    return page(call, list(reversed(subscription["items"]["data"])))


def retrieve_item(call: Call) -> Json:
    """`GET /v1/subscription_items/{id}`."""
    for subscription in call.world.every(call.scope, "subscription"):
        for item in subscription["items"]["data"]:
            if item["id"] == call.ids["id"]:
                return dict(item)
    raise missing("subscription_item", call.ids["id"])
