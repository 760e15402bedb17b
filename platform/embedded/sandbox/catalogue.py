"""Products and prices: what can be subscribed to."""

from embedded.sandbox import currencies, events, shapes
from embedded.sandbox.calls import PAGING, Call, only, page
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.world import World, merged_metadata, new_id, public

shapes.LEFT_OUT["product"] = {"deleted"}
shapes.LEFT_OUT["price"] = {"deleted", "currency_options", "tiers"}
shapes.LEFT_OUT["plan"] = {"deleted", "tiers"}
NOT_DONE = ("tiers", "transform_quantity", "custom_unit_amount", "currency_options")
PLAIN = (
    "active",
    "description",
    "images",
    "name",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
    "shippable",
)


def create_product(call: Call) -> Json:
    """`POST /v1/products`, with an id of the caller's choice if given."""
    params = call.params
    identity = params.get("id") or new_id("prod_")
    if call.world.seek(call.scope, "product", identity):
        raise Problem("Product already exists.", code="resource_already_exists", param="id")
    product = _product(call.world, call.scope, identity, params)
    if data := params.get("default_price_data"):
        price = _price(call.world, call.scope, {**data, "product": identity})
        product["default_price"] = price["id"]
    return product


def _product(world: World, scope: str, identity: str, params: Json) -> Json:
    now = world.now()
    product = shapes.blank("product", id=identity, active=True, created=now, updated=now, type="service")
    _change_product(product, params)
    world.put(scope, product)
    events.record(world, scope, "product.created", product)
    return product


def _change_product(product: Json, params: Json) -> None:
    for name in PLAIN:
        if name in params:
            product[name] = None if params[name] == "" else params[name]
    if "marketing_features" in params:
        product["marketing_features"] = params["marketing_features"] or []
    product["metadata"] = merged_metadata(product["metadata"], params.get("metadata", {}))


def update_product(call: Call) -> Json:
    """`POST /v1/products/{id}`."""
    product = call.its("product")
    before = public(product)
    _change_product(product, call.params)
    if identity := call.params.get("default_price"):
        product["default_price"] = call.world.get(call.scope, "price", identity, "default_price")["id"]
    if public(product) != before:
        product["updated"] = call.world.now()
    events.updated(call.world, call.scope, "product.updated", product, before)
    return product


def delete_product(call: Call) -> Json:
    """`DELETE /v1/products/{id}`: only one without prices."""
    product = call.its("product")
    if any(each["product"] == product["id"] for each in call.world.every(call.scope, "price")):
        raise Problem("This product cannot be deleted because it has one or more user-created prices.")
    call.world.remove(call.scope, product)
    events.record(call.world, call.scope, "product.deleted", product)
    return {"id": product["id"], "object": "product", "deleted": True}


def list_products(call: Call) -> Json:
    """`GET /v1/products`, by `active` and `ids`."""
    only(call.params, {*PAGING, "active", "ids"})
    ids, active = call.params.get("ids"), call.params.get("active")
    found = [
        each
        for each in call.world.every(call.scope, "product")
        if active in {None, each["active"]} and (ids is None or each["id"] in ids)
    ]
    return page(call, found)


def create_price(call: Call) -> Json:
    """`POST /v1/prices`."""
    return _price(call.world, call.scope, call.params)


def inline(world: World, scope: str, data: Json) -> Json:
    """A price made on the spot from `price_data`: it belongs to a product of its own and is not active."""
    return _price(world, scope, {**data, "active": False})


def _price(world: World, scope: str, params: Json) -> Json:
    for name in NOT_DONE:
        if name in params:
            raise Problem(f"The sandbox does not do {name}.", param=name)
    currencies.check_currency(params["currency"].lower())
    product = _product_of(world, scope, params)
    price = shapes.blank(
        "price",
        id=new_id("price_1"),
        active=params.get("active", True),
        created=world.now(),
        currency=params["currency"].lower(),
        metadata=merged_metadata({}, params.get("metadata")),
        nickname=params.get("nickname"),
        product=product["id"],
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if params.get("recurring") else "one_time",
        **_amount(params),
    )
    if given := params.get("recurring"):
        price["recurring"] = {
            **shapes.part("price", "recurring", usage_type="licensed"),
            "interval": given["interval"],
            "interval_count": given.get("interval_count", 1),
        }
    _name(world, scope, price, params)
    world.put(scope, price)
    events.record(world, scope, "price.created", price)
    return price


def _product_of(world: World, scope: str, params: Json) -> Json:
    if data := params.get("product_data"):
        return _product(world, scope, data.get("id") or new_id("prod_"), data)
    if "product" not in params:
        raise not_given("product")
    return world.get(scope, "product", params["product"], "product")


def _amount(params: Json) -> Json:
    if "unit_amount" in params:
        amount = params["unit_amount"]
    elif "unit_amount_decimal" in params and str(params["unit_amount_decimal"]).isdigit():
        amount = int(params["unit_amount_decimal"])
    else:
        raise not_given("unit_amount")
    if amount < 0:
        raise Problem("Invalid non-negative integer", param="unit_amount", code="parameter_invalid_integer")
    return {"unit_amount": amount, "unit_amount_decimal": str(amount)}


def _name(world: World, scope: str, price: Json, params: Json) -> None:
    """A lookup key names one active price; it moves when `transfer_lookup_key` says so."""
    key = params.get("lookup_key")
    if not key:
        return
    for other in world.every(scope, "price"):
        if other["lookup_key"] == key and other["id"] != price["id"]:
            if not params.get("transfer_lookup_key"):
                raise Problem(
                    f"A price (`{other['id']}`) already uses that lookup key.",
                    code="resource_already_exists",
                    param="lookup_key",
                )
            other["lookup_key"] = None
            events.record(world, scope, "price.updated", other, {"lookup_key": key})
    price["lookup_key"] = key


def update_price(call: Call) -> Json:
    """`POST /v1/prices/{id}`: its amount never changes."""
    price, params = call.its("price"), call.params
    before = public(price)
    for name in ("active", "nickname", "tax_behavior"):
        if name in params:
            price[name] = None if params[name] == "" else params[name]
    _name(call.world, call.scope, price, params)
    price["metadata"] = merged_metadata(price["metadata"], params.get("metadata", {}))
    events.updated(call.world, call.scope, "price.updated", price, before)
    return price


def list_prices(call: Call) -> Json:
    """`GET /v1/prices`, by `active`, `currency`, `product`, `type`, `lookup_keys` and `recurring`."""
    params = call.params
    only(params, {*PAGING, "active", "currency", "lookup_keys", "product", "recurring", "type"})
    keys, recurring = params.get("lookup_keys"), params.get("recurring", {})
    found = [
        each
        for each in call.world.every(call.scope, "price")
        if all(params.get(name) in {None, each[name]} for name in ("active", "currency", "product", "type"))
        and (keys is None or each["lookup_key"] in keys)
        and all((each["recurring"] or {}).get(name) == value for name, value in recurring.items())
    ]
    return page(call, found)


def plan_of(price: Json) -> Json:
    """The price in the older shape that subscription items still carry."""
    same = {
        name: price[name]
        for name in ("id", "active", "billing_scheme", "created", "currency", "metadata", "nickname", "product")
    }
    recurring = {name: price["recurring"][name] for name in ("interval", "interval_count", "usage_type")}
    amounts = {"amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"]}
    return shapes.blank("plan", **same, **recurring, **amounts)
