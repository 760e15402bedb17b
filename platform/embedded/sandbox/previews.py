"""`POST /v1/invoices/create_preview`: what an invoice would be, computed on a copy of the world's facts."""

import copy

from embedded.sandbox import cycles, invoices, items, lines, periods, standing, taxes, timeline
from embedded.sandbox.calls import Call, only
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.world import World, new_id

CHANGES = {"items", "proration_behavior", "proration_date", "trial_end", "billing_cycle_anchor", "cancel_at_period_end"}


def create(call: Call) -> Json:
    """The next invoice of a subscription, changed or not, or the first one of a new subscription. Keeps nothing."""
    world, params = call.world, call.params
    only(params, {"automatic_tax", "customer", "subscription", "subscription_details", "currency", "expand"})
    details = dict(params.get("subscription_details", {}))
    only(details, CHANGES)
    details |= {name: each for name, each in params.items() if name == "automatic_tax"}
    if identity := params.get("subscription"):
        subscription = world.get(call.scope, "subscription", identity, "subscription")
        if subscription["status"] in standing.ENDED or (subscription["cancel_at"] and not details.get("items")):
            raise Problem("No upcoming invoices for customer", code="invoice_upcoming_none", status=404)
        with timeline.of(world, call.scope, subscription):
            return _shown(of_existing(world, call.scope, subscription, details))
    if "customer" not in params:
        raise not_given("customer")
    customer = world.get(call.scope, "customer", params["customer"], "customer")
    with timeline.of(world, call.scope, customer):
        return _shown(_of_new(world, call.scope, customer, details))


def due_now(world: World, scope: str, subscription: Json, params: Json) -> int:
    """What an update of a subscription would charge at once, in minor units."""
    changes = {name: each for name, each in params.items() if name in {*CHANGES, "automatic_tax"}}
    would = of_existing(world, scope, subscription, changes)
    return int(would["amount_due"]) if would["billing_reason"] == "subscription_update" else 0


def _shown(invoice: Json) -> Json:
    return {**invoice, "id": new_id("upcoming_in_1")}


def of_existing(world: World, scope: str, subscription: Json, details: Json) -> Json:
    """The next invoice of a subscription if it were changed like this; nothing is kept. Raises Problem."""
    now = world.now()
    changed = copy.deepcopy(subscription)
    old = subscription["items"]["data"]
    changed["_period"] = invoices.period_of(subscription)
    changed["automatic_tax"] = _taxed(world, scope, changed, details)
    if details.get("items"):
        items.changed(world, scope, changed, details["items"])
    new = changed["items"]["data"]
    moment, behavior = int(details.get("proration_date", now)), details.get("proration_behavior", "create_prorations")
    ends_trial = details.get("trial_end") == "now" and subscription["status"] == "trialing"
    is_trial = subscription["status"] == "trialing" and not ends_trial
    restarts = not is_trial and (
        items.interval(old[0]) != items.interval(new[0]) or (not items.amount(old) and items.amount(new))
    )
    prorated: list[Json] = []
    if behavior != "none" and subscription["status"] != "trialing":
        both = (old, []) if restarts else (old, new)
        prorated = lines.prorated(world, scope, changed, both, moment)
    found = [
        lines.of_invoice_item(world, scope, each) for each in [*standing.pending(world, scope, subscription), *prorated]
    ]
    found = [each for each in found if each["amount"] or not restarts]
    if restarts or ends_trial:
        changed.update(status="active", billing_cycle_anchor=now)
        items.set_period(changed, now)
        found += standing.whole_lines(world, scope, changed)
        return invoices.unkept(world, scope, changed, "subscription_update", found)
    if behavior == "always_invoice":
        return invoices.unkept(world, scope, changed, "subscription_update", found)
    return _renewal(world, scope, changed, found)


def _taxed(world: World, scope: str, subscription: Json, details: Json) -> Json:
    asked = taxes.wanted(world, details)
    if asked:
        customer = world.get(scope, "customer", subscription["customer"])
        taxes.check(world, scope, {**subscription, "automatic_tax": asked}, customer)
    return asked or subscription["automatic_tax"]


def _renewal(world: World, scope: str, changed: Json, found: list[Json]) -> Json:
    _, end = invoices.period_of(changed)
    made = invoices.unkept(world, scope, changed, "upcoming", [*found, *cycles.next_period(world, scope, changed)])
    made["next_payment_attempt"] = end
    return made


def _of_new(world: World, scope: str, customer: Json, details: Json) -> Json:
    now = world.now()
    trial_end = details.get("trial_end")
    until = int(trial_end) if trial_end not in {None, "now"} else None
    seen: Json = {
        "object": "subscription",
        "id": new_id("sub_1"),
        "customer": customer["id"],
        "test_clock": customer["test_clock"],
        "metadata": {},
        "automatic_tax": taxes.wanted(world, details) or taxes.OFF,
        "status": "trialing" if until else "incomplete",
        "billing_cycle_anchor": until or now,
        "_period": (now, until),
    }
    items.begin(world, scope, seen, details.get("items") or [])
    made = invoices.unkept(world, scope, seen, "subscription_create", standing.whole_lines(world, scope, seen))
    made["parent"]["subscription_details"]["subscription"] = seen["id"]
    made["period_end"] = until or periods.following(now, seen["items"]["data"][0]["price"]["recurring"], now)
    return made
