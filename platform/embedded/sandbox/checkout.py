"""`/v1/checkout/sessions`: something to pay, set up or subscribe to on a page of Stripe's. `till` does the paying."""

from embedded.sandbox import agenda, catalogue, checkout_taxes, currencies, events, intents, setups, shapes
from embedded.sandbox.calls import PAGING, Call, lazy_list, only, page
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.timeline import DAY, HOUR
from embedded.sandbox.world import World, merged_metadata, new_id, public

KIND = "checkout.session"
SHORTEST, LONGEST = 30 * 60, DAY
LEEWAY = 1  # a second may turn while a request is under way
SHORTEST_TRIAL = 48 * HOUR
shapes.LEFT_OUT[KIND] = {"line_items", "managed_payments", "recovered_from", "shipping_details", "presentment_details"}
shapes.LEFT_OUT["item"] = {"adjustable_quantity", "discounts", "taxes"}
DONE = {
    *checkout_taxes.DONE,
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_creation",
    "customer_email",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_types",
    "setup_intent_data",
    "submit_type",
    "subscription_data",
    "success_url",
    "ui_mode",
}
OF_SUBSCRIPTION = {"description", "metadata", "trial_end", "trial_period_days", "trial_settings", "billing_mode"}
EURO_METHODS = ("sepa_debit", "ideal")


def create(call: Call) -> Json:
    """`POST /v1/checkout/sessions`."""
    world, params = call.world, call.params
    only(params, DONE)
    for name in ("mode", "success_url"):
        if name not in params:
            raise not_given(name)
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise Problem("The sandbox has a hosted page only.", param="ui_mode")
    mode, found = params["mode"], _items(call)
    total = sum(each["amount_total"] for each in found)
    currency = found[0]["currency"] if found else params.get("currency")
    customer = world.seek(call.scope, "customer", _customer(call))
    identity = f"cs_test_a1{new_id('')}{new_id('')}"
    session = shapes.blank(
        KIND,
        id=identity,
        amount_subtotal=total if found else None,
        amount_total=total if found else None,
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        created=world.now(),
        currency=currency,
        customer=customer["id"] if customer else None,
        customer_creation="always" if mode == "subscription" else params.get("customer_creation", "if_required"),
        customer_details=_details(call),
        customer_email=params.get("customer_email"),
        expires_at=_expiry(params, world.now()),
        locale=params.get("locale"),
        metadata=merged_metadata({}, params.get("metadata")),
        mode=mode,
        payment_method_collection=params.get("payment_method_collection", "always"),
        payment_method_options={},
        payment_method_types=params.get("payment_method_types") or _methods(mode, currency),
        payment_status="no_payment_required" if mode == "setup" else "unpaid",
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{world.url}/c/pay/{identity}",
        _items=found,
        _wanted=_wanted(call, total, currency),
        **checkout_taxes.asked(call, customer),
    )
    checkout_taxes.check_items(session)
    if session["customer"] or mode != "payment":
        session["customer_creation"] = None if session["customer"] else session["customer_creation"]
    world.put(call.scope, session)
    if mode == "setup":
        _set_up(call, session)
    agenda.later(world, "checkout", session["expires_at"] - world.now(), scope=call.scope, session=identity)
    return session


def _items(call: Call) -> list[Json]:
    mode, given = call.params["mode"], call.params.get("line_items")
    if mode == "setup":
        return []
    if not given:
        raise not_given("line_items")
    found = [_item(call, each) for each in given]
    recurring = [each for each in found if each["price"]["recurring"]]
    if mode == "payment" and recurring:
        raise Problem(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            param="line_items",
        )
    if mode == "subscription" and len(recurring) != len(found):
        raise Problem(
            "You must provide recurring prices only in `subscription` mode (the sandbox).", param="line_items"
        )
    if len({each["currency"] for each in found}) != 1:
        raise Problem("All line items must have the same currency.", param="line_items")
    return found


def _item(call: Call, given: Json) -> Json:
    if "price" in given:
        price = call.world.get(call.scope, "price", given["price"], "line_items[0][price]")
        if not price["active"]:
            raise Problem(f"The price specified is inactive: {price['id']}.", param="line_items[0][price]")
    elif "price_data" in given:
        price = catalogue.inline(call.world, call.scope, given["price_data"])
    else:
        raise not_given("line_items[0][price]")
    if "quantity" not in given:
        raise not_given("line_items[0][quantity]")
    amount = price["unit_amount"] * given["quantity"]
    product = call.world.get(call.scope, "product", price["product"])
    return shapes.blank(
        "item",
        id=new_id("li_1"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=product["name"],
        metadata={},
        price=public(price),
        quantity=given["quantity"],
    )


def _methods(mode: str, currency: str | None) -> list[str]:
    return ["card", *EURO_METHODS] if currency == "eur" and mode == "payment" else ["card"]


def _customer(call: Call) -> str | None:
    params = call.params
    if params.get("customer") and params.get("customer_email"):
        raise Problem("You may only specify one of these parameters: customer, customer_email.")
    if identity := params.get("customer"):
        return str(call.world.get(call.scope, "customer", identity, "customer")["id"])
    return None


def _details(call: Call) -> Json | None:
    customer = call.world.seek(call.scope, "customer", call.params.get("customer"))
    email = customer["email"] if customer else call.params.get("customer_email")
    return details(email, customer["name"] if customer else None) if email else None


def details(email: str | None, name: str | None) -> Json:
    """What is known of who pays."""
    return shapes.part(KIND, "customer_details", email=email, name=name, tax_exempt="none", tax_ids=[])


def _expiry(params: Json, now: int) -> int:
    at = params.get("expires_at", now + LONGEST)
    if at < now + SHORTEST - LEEWAY:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise Problem(message, param="expires_at")
    if at > now + LONGEST + LEEWAY:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise Problem(message, param="expires_at")
    return int(at)


def _wanted(call: Call, total: int, currency: str | None) -> Json:
    """What is made when somebody pays: parameters of the intent or the subscription, checked now."""
    params, mode = call.params, call.params["mode"]
    if mode == "payment":
        wanted = {**params.get("payment_intent_data", {}), "amount": total, "currency": currency}
        currencies.check_charge(total, str(currency), intents.country(call.world, call.scope))
        intents.check_connected(call, wanted)
        return wanted
    if "payment_intent_data" in params:
        raise Problem(f"You can not pass `payment_intent_data` in `{mode}` mode.", param="payment_intent_data")
    if mode == "setup":
        return dict(params.get("setup_intent_data", {}))
    wanted = dict(params.get("subscription_data", {}))
    only(wanted, OF_SUBSCRIPTION)
    if (until := wanted.get("trial_end")) and int(until) < call.world.now() + SHORTEST_TRIAL:
        message = "The `trial_end` date has to be at least 2 days in the future."
        raise Problem(message, param="subscription_data[trial_end]")
    return wanted


def _set_up(call: Call, session: Json) -> None:
    wanted = {
        "payment_method_types": session["payment_method_types"],
        "customer": session["customer"],
        **session["_wanted"],
    }
    asked = {name: each for name, each in wanted.items() if each}
    intent = setups.create(Call(call.world, call.scope, asked))
    intent["_session"], session["setup_intent"] = session["id"], intent["id"]


def update(call: Call) -> Json:
    """`POST /v1/checkout/sessions/{id}`: its metadata."""
    session = call.its(KIND)
    only(call.params, {"metadata", "expand"})
    session["metadata"] = merged_metadata(session["metadata"], call.params.get("metadata", {}))
    return session


def expire(call: Call) -> Json:
    """`POST /v1/checkout/sessions/{id}/expire`: only an open one."""
    session = call.its(KIND)
    if session["status"] != "open":
        raise Problem(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    end(call.world, call.scope, session)
    return session


@agenda.does("checkout")
def _run_out(world: World, facts: Json) -> None:
    session = world.seek(facts["scope"], KIND, facts["session"])
    if session and session["status"] == "open":
        end(world, facts["scope"], session)


def end(world: World, scope: str, session: Json) -> None:
    """Nobody can pay any more: `checkout.session.expired`, and its intent is cancelled."""
    session.update(status="expired", url=None)
    for kind, cancel in (("payment_intent", intents.cancel), ("setup_intent", setups.cancel)):
        intent = world.seek(scope, kind, session[kind])
        if intent and intent["status"] in intents.CANCELABLE:
            cancel(Call(world, scope, {}, {"id": intent["id"]}))
    events.record(world, scope, "checkout.session.expired", session)


def listed(call: Call) -> Json:
    """`GET /v1/checkout/sessions`, by `customer`, `payment_intent`, `subscription` and `status`."""
    names = ("customer", "payment_intent", "subscription", "status")
    only(call.params, {*PAGING, *names})
    found = [
        each
        for each in call.world.every(call.scope, KIND)
        if all(call.params.get(name) in {None, each[name]} for name in names)
    ]
    return page(call, found)


def items_of(call: Call) -> Json:
    """`GET /v1/checkout/sessions/{id}/line_items`."""
    return page(call, list(reversed(call.its(KIND)["_items"])))


@lazy_list(KIND, "line_items", "/v1/checkout/sessions/{id}/line_items")
def _line_items(world: World, scope: str, session: Json) -> list[Json]:
    return list(world.get(scope, KIND, session["id"])["_items"])
