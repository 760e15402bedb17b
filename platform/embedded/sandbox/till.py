"""What happens when somebody pays on a page of Checkout: the intent, the subscription, and the session's completion."""

from embedded.sandbox import (
    cards,
    checkout,
    checkout_taxes,
    customers,
    events,
    intents,
    methods,
    paying,
    setups,
    subscriptions,
)
from embedded.sandbox.calls import Call
from embedded.sandbox.checkout import KIND
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World


def submit(world: World, scope: str, session: Json, data: Json, form: Json) -> str | None:
    """Pay with this `payment_method_data` and what else the form says. Where the payer has to go first, or None.

    Raises Problem when it is refused.
    """
    call = Call(world, scope, {})
    email = data["billing_details"].get("email")
    session["customer_details"] = session["customer_details"] or checkout.details(email, None)
    back = f"{world.url}/c/pay/{session['id']}/return"
    if session["mode"] == "payment":
        intent = _payment(call, session)
    elif session["mode"] == "setup":
        intent = world.get(scope, "setup_intent", session["setup_intent"])
    else:
        session["customer"] = _customer(call, session)
        checkout_taxes.take(world, scope, session, form)
        intent = _subscription(call, session, data)
    asked = {"payment_method_data": data, "return_url": back}
    if intent["object"] == "setup_intent":
        intent = setups.confirm(Call(world, scope, asked, {"id": intent["id"]}))
    else:
        intent = paying.confirm(Call(world, scope, asked, {"id": intent["id"]}))
    action = (intent["next_action"] or {}).get("redirect_to_url")
    return str(action["url"]) if action else None


def _payment(call: Call, session: Json) -> Json:
    found = call.world.seek(call.scope, "payment_intent", session["payment_intent"])
    if found:
        return found
    if session["customer_creation"] == "always":
        session["customer"] = _customer(call, session)
    wanted = {
        **session["_wanted"],
        "payment_method_types": session["payment_method_types"],
        "customer": session["customer"],
    }
    intent = intents.create(Call(call.world, call.scope, {name: each for name, each in wanted.items() if each}))
    intent["_session"], session["payment_intent"] = session["id"], intent["id"]
    return intent


def _customer(call: Call, session: Json) -> str:
    if session["customer"]:
        return str(session["customer"])
    details = session["customer_details"]
    asked = {name: details[name] for name in ("email", "name") if details[name]}
    return str(customers.create(Call(call.world, call.scope, asked))["id"])


# ---- Subscriptions ---------------------------------------------------------------------------------------------------


def _subscription(call: Call, session: Json, data: Json) -> Json:
    """The intent whose success begins the subscription: of its first invoice, or for the card of a trial."""
    world, scope = call.world, call.scope
    is_free = not session["amount_total"] or session["_wanted"].keys() & {"trial_end", "trial_period_days"}
    if is_free:
        intent = world.seek(scope, "setup_intent", session.get("_setup"))
        if intent is None:
            asked = {"customer": session["customer"], "payment_method_types": ["card"], "usage": "off_session"}
            intent = setups.create(Call(world, scope, asked))
            intent["_session"], session["_setup"] = session["id"], intent["id"]
        return intent
    begun = world.seek(scope, "subscription", session["subscription"])
    if begun is None:
        _check_card(data)
        begun = _begin(world, scope, session, {"payment_behavior": "default_incomplete"})
    invoice = world.get(scope, "invoice", begun["latest_invoice"])
    session["invoice"] = invoice["id"]
    checkout_taxes.add_up(session, invoice)
    intent = world.get(scope, "payment_intent", invoice["_intent"])
    intent["_session"] = session["id"]
    return intent


def _check_card(data: Json) -> None:
    """A card that is simply declined leaves no subscription behind."""
    card = cards.of_number(data.get("card", {}).get("number", ""))
    if card.decline and card.sca == "never":
        raise cards.declined(cards.error_code(card.decline), cards.SAID[card.decline], decline_code=card.decline)


def _begin(world: World, scope: str, session: Json, params: Json) -> Json:
    customer = world.get(scope, "customer", session["customer"])
    wanted = [{"price": each["price"]["id"], "quantity": each["quantity"]} for each in session["_items"]]
    if session["automatic_tax"]["enabled"]:
        params = {**params, "automatic_tax": {"enabled": True}}
    begun = subscriptions.begin(world, scope, customer, {**session["_wanted"], "items": wanted, **params})
    session["subscription"] = begun["id"]
    return begun


# ---- Completion ------------------------------------------------------------------------------------------------------


def _session_of(world: World, scope: str, intent: Json) -> Json | None:
    return world.seek(scope, KIND, intent.get("_session"))


@events.upon("payment_intent.succeeded", "payment_intent.amount_capturable_updated")
def _on_success(world: World, scope: str, intent: Json) -> None:
    session = _session_of(world, scope, intent)
    if session is None:
        return
    if subscription := world.seek(scope, "subscription", session["subscription"]):
        subscription["default_payment_method"] = intent["payment_method"]
    status = "paid" if intent["status"] == "succeeded" else "unpaid"
    if session["status"] == "open":
        _complete(world, scope, session, status)
    elif session["payment_status"] == "unpaid":
        session["payment_status"] = "paid"
        events.record(world, scope, "checkout.session.async_payment_succeeded", session)


@events.upon("payment_intent.processing")
def _on_processing(world: World, scope: str, intent: Json) -> None:
    session = _session_of(world, scope, intent)
    if session and session["status"] == "open":
        _complete(world, scope, session, "unpaid")


@events.upon("payment_intent.payment_failed")
def _on_failure(world: World, scope: str, intent: Json) -> None:
    session = _session_of(world, scope, intent)
    if session and session["status"] == "complete":
        events.record(world, scope, "checkout.session.async_payment_failed", session)


@events.upon("setup_intent.succeeded")
def _on_set_up(world: World, scope: str, intent: Json) -> None:
    session = _session_of(world, scope, intent)
    if session is None or session["status"] != "open":
        return
    if session["mode"] == "subscription":
        begun = _begin(world, scope, session, {"default_payment_method": intent["payment_method"]})
        session["invoice"] = begun["latest_invoice"]
        checkout_taxes.add_up(session, world.get(scope, "invoice", begun["latest_invoice"]))
    _complete(world, scope, session, "no_payment_required")


def _complete(world: World, scope: str, session: Json, payment_status: str) -> None:
    session.update(status="complete", payment_status=payment_status, url=None)
    events.record(world, scope, "checkout.session.completed", session)


def failure_of(world: World, scope: str, session: Json) -> str:
    """What went wrong with the latest attempt; empty when nothing did."""
    for kind, name in (("payment_intent", "last_payment_error"), ("setup_intent", "last_setup_error")):
        identity = session[kind] or (session.get("_setup") if kind == "setup_intent" else None)
        if kind == "payment_intent" and (invoice := world.seek(scope, "invoice", session["invoice"])):
            identity = invoice["_intent"]
        intent = world.seek(scope, kind, identity)
        if intent and intent[name]:
            return str(intent[name]["message"])
    return ""


def method_data(form: Json, email: str) -> Json:
    """The `payment_method_data` of a form. Raises Problem for what was not filled in rightly."""
    kind = str(form.get("method", "card"))
    billing = {"email": email} if email else {}
    if name := str(form.get("name", "")):
        billing["name"] = name
    data: Json = {"type": kind, "billing_details": billing}
    if kind == "card":
        data["card"] = card_data(form)
    elif kind == "sepa_debit":
        data["sepa_debit"] = {"iban": str(form.get("iban", ""))}
    elif kind not in methods.REDIRECTING:
        raise Problem("Choose how to pay.", param="method")
    return data


def card_data(form: Json) -> Json:
    """A card's `number`, `exp_month`, `exp_year` and `cvc` from what was typed. Raises Problem, as Stripe words it."""
    number = "".join(each for each in str(form.get("number", "")) if each.isdigit())
    expiry = "".join(each for each in str(form.get("expiry", "")) if each.isdigit())
    cvc = str(form.get("cvc", "")).strip()
    if not number:
        raise _incomplete("incomplete_number", "Your card number is incomplete.")
    if len(expiry) not in {4, 6}:
        raise _incomplete("incomplete_expiry", "Your card's expiration date is incomplete.")
    if not cvc.isdigit() or len(cvc) not in {3, 4}:
        raise _incomplete("incomplete_cvc", "Your card's security code is incomplete.")
    year = int(expiry[2:])
    return {"number": number, "exp_month": int(expiry[:2]), "exp_year": year if year > 99 else 2000 + year, "cvc": cvc}  # noqa: PLR2004


def _incomplete(code: str, message: str) -> Problem:
    return Problem(message, type="validation_error", code=code)
