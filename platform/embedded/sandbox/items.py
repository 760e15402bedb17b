"""Subscription items: the prices and quantities of a subscription, and the period that they share."""

import copy

from embedded.sandbox import catalogue, periods, shapes
from embedded.sandbox.calls import whole_list
from embedded.sandbox.problems import Json, Problem, missing, not_given
from embedded.sandbox.world import World, merged_metadata, new_id

shapes.LEFT_OUT["subscription_item"] = {"deleted", "billed_until"}
MOST = 20


def begin(world: World, scope: str, subscription: Json, given: list[Json]) -> None:
    """The first items of a new subscription. Raises Problem."""
    _set(subscription, [_new(world, scope, subscription, each) for each in given])


def changed(world: World, scope: str, subscription: Json, given: list[Json]) -> None:
    """Items added, changed and deleted as an update asks for. Raises Problem."""
    found = {each["id"]: copy.deepcopy(each) for each in subscription["items"]["data"]}
    for each in given:
        identity = each.get("id")
        if identity is None:
            added = _new(world, scope, subscription, each)
            found[added["id"]] = added
        elif identity not in found:
            raise missing("subscription item", identity, "items[0][id]")
        elif each.get("deleted"):
            del found[identity]
        else:
            _change(world, scope, found[identity], each)
    _set(subscription, list(found.values()))


def _new(world: World, scope: str, subscription: Json, given: Json) -> Json:
    price = _price(world, scope, given)
    start, end = subscription["_period"]
    return shapes.blank(
        "subscription_item",
        id=new_id("si_"),
        created=world.now(),
        current_period_start=start,
        current_period_end=end or periods.following(start, price["recurring"], start),
        metadata=merged_metadata({}, given.get("metadata")),
        plan=catalogue.plan_of(price),
        price=price,
        quantity=given.get("quantity", 1),
        subscription=subscription["id"],
        tax_rates=[],
    )


def _change(world: World, scope: str, item: Json, given: Json) -> None:
    if "price" in given or "price_data" in given:
        item["price"] = _price(world, scope, given)
        item["plan"] = catalogue.plan_of(item["price"])
    item["quantity"] = given.get("quantity", item["quantity"])
    item["metadata"] = merged_metadata(item["metadata"], given.get("metadata", {}))


def _price(world: World, scope: str, given: Json) -> Json:
    if "price_data" in given:
        price = catalogue.inline(world, scope, given["price_data"])
    elif "price" in given:
        price = world.get(scope, "price", given["price"], "items[0][price]")
        if not price["active"]:
            raise Problem(
                f"The price specified is inactive. This field only accepts active prices. ({price['id']})",
                param="items[0][price]",
            )
    else:
        raise not_given("items[0][price]")
    if not price["recurring"]:
        raise Problem(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param="items[0][price]",
        )
    return copy.deepcopy(price)


def _set(subscription: Json, found: list[Json]) -> None:
    if not 1 <= len(found) <= MOST:
        raise Problem(f"A subscription must have 1 to {MOST} items.", param="items")
    if len({(each["price"]["currency"], *interval(each)) for each in found}) != 1:
        raise Problem(
            "All prices on a subscription must have the same currency and `recurring.interval`.", param="items"
        )
    subscription["currency"] = found[0]["price"]["currency"]
    subscription["items"] = whole_list(found, f"/v1/subscription_items?subscription={subscription['id']}")
    subscription["items"]["total_count"] = len(found)


def interval(item: Json) -> tuple[str, int]:
    """How often an item is billed."""
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def restarts(old: list[Json], new: list[Json]) -> bool:
    """Whether a change begins a new billing cycle: another interval, or the first one that costs something."""
    return interval(old[0]) != interval(new[0]) or (not amount(old) and amount(new) > 0)


def amount(found: list[Json]) -> int:
    """What items cost for a whole period."""
    return sum(each["price"]["unit_amount"] * each["quantity"] for each in found)


def set_period(subscription: Json, start: int, end: int | None = None) -> None:
    """Let all items run from here to there, or for one interval."""
    for each in subscription["items"]["data"]:
        recurring = each["price"]["recurring"]
        each["current_period_start"] = start
        each["current_period_end"] = end or periods.following(subscription["billing_cycle_anchor"], recurring, start)
