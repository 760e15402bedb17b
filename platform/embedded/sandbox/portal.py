"""The billing portal: sessions, the one configuration, and the page where plan, card and end are changed."""

import html

from embedded.sandbox import changing, customers, setups, shapes, standing, till, timeline
from embedded.sandbox.calls import Call, only, page
from embedded.sandbox.checkout_pages import link
from embedded.sandbox.currencies import shown as money
from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import field, form_of, redirect, shown
from embedded.sandbox.pages import page as route
from embedded.sandbox.periods import day
from embedded.sandbox.problems import Json, Problem, missing, not_given
from embedded.sandbox.world import PLATFORM, World, new_id

KIND, CONFIGURATION = "billing_portal.session", "billing_portal.configuration"
WHERE = "/p/session/(bps_[0-9A-Za-z]+)"
shapes.LEFT_OUT[CONFIGURATION] = set()


def create(call: Call) -> Json:
    """`POST /v1/billing_portal/sessions`."""
    params = call.params
    only(params, {"customer", "return_url", "locale", "configuration", "expand"})
    if "customer" not in params:
        raise not_given("customer")
    customer = call.world.get(call.scope, "customer", params["customer"], "customer")
    identity = new_id("bps_1")
    if "configuration" in params:
        used = call.world.get(call.scope, CONFIGURATION, params["configuration"], "configuration")
    else:
        used = _configuration(call.world, call.scope)
    session = shapes.blank(
        KIND,
        id=identity,
        configuration=used["id"],
        created=call.world.now(),
        customer=customer["id"],
        locale=params.get("locale"),
        return_url=params.get("return_url"),
        url=f"{call.world.url}/p/session/{identity}",
    )
    return call.world.put(call.scope, session)


def configurations(call: Call) -> Json:
    """`GET /v1/billing_portal/configurations`: the default one."""
    _configuration(call.world, call.scope)
    return page(call, call.world.every(call.scope, CONFIGURATION))


def _configuration(world: World, scope: str) -> Json:
    kept = world.every(scope, CONFIGURATION)
    if kept:
        return kept[0]
    made = shapes.blank(
        CONFIGURATION,
        id=new_id("bpc_1"),
        active=True,
        created=world.now(),
        updated=world.now(),
        is_default=True,
        metadata={},
    )
    for name in ("invoice_history", "payment_method_update", "subscription_cancel", "subscription_update"):
        made["features"][name]["enabled"] = True
    return world.put(scope, made)


# ---- The page --------------------------------------------------------------------------------------------------------


@route("GET", WHERE)
def _show(world: World, identity: str, form: Json) -> Answer:
    session = _session(world, identity)
    return _page(world, session)


@route("POST", WHERE + "(?:/return)?")
def _change(world: World, identity: str, form: Json) -> Answer:
    session = _session(world, identity)
    customer = world.get(PLATFORM, "customer", session["customer"])
    try:
        with timeline.of(world, PLATFORM, customer):
            if form.get("do") == "card":
                elsewhere = _give_card(world, session, form)
                return redirect(elsewhere) if elsewhere else _page(world, session, said="Your card is saved.")
            _change_plan(world, session, form)
    except Problem as problem:
        return _page(world, session, problem=str(problem))
    return _page(world, session, said="Done.")


@route("GET", WHERE + "/return")
def _back(world: World, identity: str, form: Json) -> Answer:
    """Back from the authentication of a new card."""
    session = _session(world, identity)
    intent = world.get(PLATFORM, "setup_intent", str(form.get("setup_intent", "")))
    if intent["status"] != "succeeded":
        return _page(world, session, problem=(intent["last_setup_error"] or {}).get("message", "Not authenticated."))
    _use(world, session, intent["payment_method"])
    return _page(world, session, said="Your card is saved.")


def _session(world: World, identity: str) -> Json:
    found = world.seek(PLATFORM, KIND, identity)
    if found is None:
        raise missing("billing portal session", identity)
    return found


def _running(world: World, session: Json) -> list[Json]:
    found = world.every(PLATFORM, "subscription")
    return [each for each in found if each["customer"] == session["customer"] and each["status"] not in standing.ENDED]


def _give_card(world: World, session: Json, form: Json) -> str | None:
    asked = {"customer": session["customer"], "payment_method_types": ["card"], "confirm": True}
    asked |= {
        "payment_method_data": {"type": "card", "card": till.card_data(form)},
        "return_url": f"{session['url']}/return",
    }
    intent = setups.create(Call(world, PLATFORM, asked))
    if intent["status"] == "requires_action":
        return str(intent["next_action"]["redirect_to_url"]["url"])
    _use(world, session, intent["payment_method"])
    return None


def _use(world: World, session: Json, method: str) -> None:
    """The card is the customer's default now, and that of subscriptions that had one of their own."""
    asked = {"invoice_settings": {"default_payment_method": method}}
    customers.update(Call(world, PLATFORM, asked, {"id": session["customer"]}))
    for each in _running(world, session):
        if each["default_payment_method"]:
            standing.move(world, PLATFORM, each, default_payment_method=method)


def _change_plan(world: World, session: Json, form: Json) -> None:
    for each in _running(world, session):
        if each["id"] != form.get("subscription"):
            continue
        if form["do"] == "change":
            wanted = [{"id": each["items"]["data"][0]["id"], "price": str(form.get("price", ""))}]
            asked: Json = {
                "items": wanted,
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            }
        else:
            asked = {"cancel_at_period_end": form["do"] == "cancel"}
        changing.change(world, PLATFORM, each, asked)


def _page(world: World, session: Json, said: str = "", problem: str = "") -> Answer:
    parts = [f'<p class="problem" role="alert">{html.escape(problem)}</p>'] if problem else []
    parts += [f'<p role="status">{html.escape(said)}</p>'] if said else []
    parts += [_subscription(world, each) for each in _running(world, session)] or ["<p>No subscription.</p>"]
    card = [field("number", "Card number"), field("expiry", "Expiry (MM / YY)"), field("cvc", "Security code")]
    parts.append(f"<h2>Payment method</h2>{form_of(*card, card='Save card')}<h2>Invoices</h2><ul>")
    for each in reversed(world.every(PLATFORM, "invoice")):
        if each["customer"] == session["customer"] and each["hosted_invoice_url"]:
            text = f"{each['number']}: {money(each['total'], each['currency'])}, {each['status']}"
            parts.append(f'<li><a href="{html.escape(each["hosted_invoice_url"])}">{html.escape(text)}</a></li>')
    parts.append(f"</ul>{link(session['return_url'], 'Back')}")
    return shown("Your subscription", "".join(parts))


def _subscription(world: World, subscription: Json) -> str:
    item = subscription["items"]["data"][0]
    name = world.get(PLATFORM, "product", item["price"]["product"])["name"]
    end = subscription["cancel_at"]
    until = f"ends {day(end)}" if end else f"next {day(item['current_period_end'])}"
    hidden = f'<input type="hidden" name="subscription" value="{subscription["id"]}">'
    options = "".join(
        f'<option value="{each["id"]}">{html.escape(_named(world, each))}</option>'
        for each in world.every(PLATFORM, "price")
        if each["active"]
        and each["recurring"]
        and each["currency"] == subscription["currency"]
        and each["id"] != item["price"]["id"]
    )
    price = money(item["price"]["unit_amount"], item["price"]["currency"])
    text = f"<p>{html.escape(name)}, {price}, {subscription['status']}, {until}</p>"
    if options:
        text += form_of(hidden, f'<label>Plan<select name="price">{options}</select></label>', change="Change plan")
    return text + (form_of(hidden, renew="Do not cancel") if end else form_of(hidden, cancel="Cancel subscription"))


def _named(world: World, price: Json) -> str:
    name = world.get(PLATFORM, "product", price["product"])["name"]
    return f"{name}, {money(price['unit_amount'], price['currency'])} a {price['recurring']['interval']}"
