"""What confirming a PaymentIntent leads to: success, refusal, authentication, a debit that takes days, a capture."""

from embedded.sandbox import agenda, cards, charges, events, intents, methods
from embedded.sandbox.agenda import DAY
from embedded.sandbox.calls import Call
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World, public

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
MANUAL = "manual"
AUTHENTICATION_FAILED = (
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)


def create(call: Call) -> Json:
    """`POST /v1/payment_intents`, confirmed at once if asked for."""
    params = call.params
    if not params.get("confirm"):
        for name in ("off_session", "return_url", "error_on_requires_action"):
            if params.get(name):
                raise Problem(
                    f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set "
                    f"to true.",
                    param=name,
                )
    intent = intents.create(call)
    return confirm_now(call, intent) if params.get("confirm") else intent


def confirm(call: Call) -> Json:
    """`POST /v1/payment_intents/{id}/confirm`."""
    intent = intents.own(call, "payment_intent")
    if intent["status"] not in CONFIRMABLE:
        raise intents.unexpected(intent, "confirm")
    intents.refuse_undone(call.params)
    if "setup_future_usage" in call.params:
        intent["setup_future_usage"] = call.params["setup_future_usage"] or None
    if receipt := call.params.get("receipt_email"):
        intent["receipt_email"] = receipt
    intents.set_method(call, intent, call.params)
    return confirm_now(call, intent)


def confirm_now(call: Call, intent: Json) -> Json:
    """Try to take the money with the intent's payment method. Raises Problem 402 for a card that refuses."""
    world, params = call.world, call.params
    if not intent["payment_method"]:
        raise Problem(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method "
            "or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            payment_intent=public(intent),
        )
    method = world.get(call.scope, "payment_method", intent["payment_method"], "payment_method")
    automatic = intent["automatic_payment_methods"]
    if (
        automatic
        and automatic.get("allow_redirects") == "always"
        and not params.get("return_url")
        and call.client_secret is None
    ):
        raise Problem(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment "
            "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
            "want to accept "
            "redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
            param="return_url",
        )
    intent["_return_url"] = params.get("return_url")
    intent["_set_up"] = bool(intent["setup_future_usage"])
    if method["type"] in methods.REDIRECTING:
        return _ask(world, call.scope, intent, "redirect")
    if method["type"] in methods.DEBITS:
        return _start_debit(world, call.scope, intent, method)
    card = methods.card_of(method)
    assert card
    off_session = params.get("off_session") not in {None, False}
    options = (intent["payment_method_options"] or {}).get("card") or {}
    wanted = options.get("request_three_d_secure", "automatic") != "automatic" and not off_session
    if wanted or card.sca == "always" or (card.sca == "unless_set_up" and not (off_session and method["_set_up"])):
        if off_session or params.get("error_on_requires_action"):
            raise refuse(world, call.scope, intent, "authentication_required")
        return _ask(world, call.scope, intent, "three_d_secure")
    return take(world, call.scope, intent)


def take(world: World, scope: str, intent: Json) -> Json:
    """Charge, or refuse. Raises Problem 402."""
    method = world.get(scope, "payment_method", intent["payment_method"])
    card = methods.card_of(method)
    if card and card.decline:
        raise refuse(world, scope, intent, card.decline)
    charge = charges.attempt(world, scope, intent, method)
    if intent["capture_method"] == MANUAL:
        charges.authorize(world, scope, charge)
        _move(
            world,
            scope,
            intent,
            "payment_intent.amount_capturable_updated",
            status="requires_capture",
            amount_capturable=intent["amount"],
        )
    else:
        _succeed(world, scope, intent, charge)
    keep_method(world, scope, intent, method)
    return intent


def keep_method(world: World, scope: str, intent: Json, method: Json) -> None:
    """Set up for later and attached to the customer if that was wanted, or used up."""
    if intent["setup_future_usage"] and intent["customer"]:
        method["_set_up"] = method["_set_up"] or intent["setup_future_usage"] == "off_session"
        methods.attach_to(world, scope, method, intent["customer"])
    elif not method["customer"]:
        method["_spent"] = True


def _succeed(world: World, scope: str, intent: Json, charge: Json) -> None:
    charges.succeed(world, scope, charge, intent)
    charges.follow_up(world, scope, charge, world.get(scope, "payment_method", charge["payment_method"]))
    _move(
        world,
        scope,
        intent,
        "payment_intent.succeeded",
        status="succeeded",
        amount_received=charge["amount_captured"],
        amount_capturable=0,
    )


def _move(world: World, scope: str, intent: Json, event: str, **changes: object) -> None:
    intent.update({"next_action": None, "last_payment_error": None, "processing": None, **changes})
    events.record(world, scope, event, intent)


def refuse(world: World, scope: str, intent: Json, decline: str) -> Problem:
    """The bank says no: a failed charge, `payment_intent.payment_failed`, and the error to raise."""
    method = world.get(scope, "payment_method", intent["payment_method"])
    charge = charges.attempt(world, scope, intent, method)
    code, message = cards.error_code(decline), cards.SAID[decline]
    charges.fail(world, scope, charge, code, decline, message)
    told = {"decline_code": decline, "charge": charge["id"]}
    _fail(world, scope, intent, method, {"code": code, "message": message, **told})
    return cards.declined(code, message, **told, payment_intent=public(intent), payment_method=public(method))


def _fail(world: World, scope: str, intent: Json, method: Json, error: Json) -> None:
    full = {"type": "card_error" if method["type"] == "card" else "invalid_request_error", **error}
    full["doc_url"] = f"https://stripe.com/docs/error-codes/{error['code'].replace('_', '-')}"
    full["payment_method"] = public(method)
    _move(
        world,
        scope,
        intent,
        "payment_intent.payment_failed",
        status="requires_payment_method",
        payment_method=None,
        last_payment_error=full,
    )
    if not method["customer"]:
        method["_spent"] = method["type"] != "card"


# ---- Authentication and redirects ------------------------------------------------------------------------------------


def _ask(world: World, scope: str, intent: Json, how: str) -> Json:
    intent["next_action"] = next_action(world, scope, intent, how)
    before = public(intent)
    intent.update(status="requires_action", last_payment_error=None)
    events.updated(world, scope, "payment_intent.requires_action", intent, before)
    return intent


def next_action(world: World, scope: str, intent: Json, how: str) -> Json:
    """Where the payer has to go: a page of the sandbox's, by redirect or opened by Stripe.js."""
    url = f"{world.url}/authenticate/{intent['id']}?account={scope}"
    if intent["_return_url"]:
        return {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": intent["_return_url"]}}
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": f"{how}_redirect", "stripe_js": url, "source": intent["id"]},
    }


def authenticated(world: World, scope: str, intent: Json, outcome: str) -> None:
    """The payer has come to the page and decided: `authorise` or anything else. Raises nothing: the intent tells."""
    if intent["status"] != "requires_action":
        return
    method = world.get(scope, "payment_method", intent["payment_method"])
    if outcome == "authorise":
        try:
            take(world, scope, intent)
        except Problem:
            return
    else:
        code, message = AUTHENTICATION_FAILED
        _fail(world, scope, intent, method, {"code": code, "message": message})


# ---- Debits that take days -------------------------------------------------------------------------------------------


def _start_debit(world: World, scope: str, intent: Json, method: Json) -> Json:
    charge = charges.attempt(world, scope, intent, method)
    events.record(world, scope, "charge.pending", charge)
    _move(world, scope, intent, "payment_intent.processing", status="processing")
    keep_method(world, scope, intent, method)
    outcome = cards.IBANS[method["_number"]]
    agenda.later(world, "debit", world.settings["async_days"] * DAY, scope=scope, intent=intent["id"], outcome=outcome)
    return intent


@agenda.does("debit")
def _debit(world: World, facts: Json) -> None:
    debited(world, facts["scope"], world.get(facts["scope"], "payment_intent", facts["intent"]), facts["outcome"])


def debited(world: World, scope: str, intent: Json, outcome: str) -> None:
    """A direct debit `succeeds` or `fails`; nothing if that is known already."""
    if intent["status"] != "processing":
        return
    charge = world.get(scope, "charge", intent["latest_charge"])
    if outcome == "succeeds":
        _succeed(world, scope, intent, charge)
        return
    message = "The customer's bank account could not be debited."
    charges.fail(world, scope, charge, "charge_declined_insufficient_funds", "insufficient_funds", message)
    method = world.get(scope, "payment_method", charge["payment_method"])
    _fail(
        world,
        scope,
        intent,
        method,
        {"code": "payment_intent_payment_attempt_failed", "message": message, "charge": charge["id"]},
    )


# ---- Captures --------------------------------------------------------------------------------------------------------


def capture(call: Call) -> Json:
    """`POST /v1/payment_intents/{id}/capture`; what is not captured is released."""
    intent, params = call.its("payment_intent"), call.params
    if intent["status"] != "requires_capture":
        raise intents.unexpected(intent, "capture")
    amount = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise Problem(
            "The amount to capture is more than the amount that can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = call.world.get(call.scope, "charge", intent["latest_charge"])
    if "application_fee_amount" in params:
        intent["application_fee_amount"] = params["application_fee_amount"]
    before = public(charge)
    charge.update(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    charges.settle(call.world, call.scope, charge, intent)
    events.updated(call.world, call.scope, "charge.captured", charge, before)
    _move(
        call.world,
        call.scope,
        intent,
        "payment_intent.succeeded",
        status="succeeded",
        amount_received=amount,
        amount_capturable=0,
    )
    return intent
