"""SetupIntents: a payment method for later, authenticated once."""

from embedded.sandbox import cards, events, intents, methods, paying, shapes
from embedded.sandbox.calls import Call
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import APPLICATION, World, merged_metadata, new_id, new_secret, public

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Json:
    """`POST /v1/setup_intents`."""
    params = call.params
    identity = new_id("seti_1")
    if customer := params.get("customer"):
        call.world.get(call.scope, "customer", customer, "customer")
    automatic = params.get("automatic_payment_methods") or (
        {} if "payment_method_types" in params else {"enabled": True}
    )
    intent = shapes.blank(
        "setup_intent",
        id=identity,
        application=None if call.is_platform else APPLICATION["id"],
        automatic_payment_methods={"allow_redirects": "always", **automatic} if automatic else None,
        client_secret=new_secret(identity),
        created=call.world.now(),
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=merged_metadata({}, params.get("metadata")),
        on_behalf_of=params.get("on_behalf_of"),
        payment_method_types=params.get("payment_method_types", ["card", "sepa_debit"]),
        status="requires_payment_method",
        usage=params.get("usage", "off_session"),
    )
    _set_method(call, intent)
    call.world.put(call.scope, intent)
    events.record(call.world, call.scope, "setup_intent.created", intent)
    return _confirm(call, intent) if params.get("confirm") else intent


def _set_method(call: Call, intent: Json) -> None:
    if data := call.params.get("payment_method_data"):
        method = methods.made(call.world, call.scope, data)
    elif identity := call.params.get("payment_method"):
        method = methods.resolve(call.world, call.scope, identity)
    else:
        return
    methods.check_usable(method, intent["customer"])
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"


def retrieve(call: Call) -> Json:
    """`GET /v1/setup_intents/{id}`."""
    return intents.own(call, "setup_intent")


def update(call: Call) -> Json:
    """`POST /v1/setup_intents/{id}`."""
    intent, params = call.its("setup_intent"), call.params
    if "customer" in params:
        call.world.get(call.scope, "customer", params["customer"], "customer")
        intent["customer"] = params["customer"]
    if "description" in params:
        intent["description"] = params["description"] or None
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata", {}))
    _set_method(call, intent)
    return intent


def confirm(call: Call) -> Json:
    """`POST /v1/setup_intents/{id}/confirm`. Raises Problem 402 for a card that refuses."""
    intent = intents.own(call, "setup_intent")
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    _set_method(call, intent)
    return _confirm(call, intent)


def _confirm(call: Call, intent: Json) -> Json:
    if not intent["payment_method"]:
        raise Problem(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    intent["_return_url"] = call.params.get("return_url")
    method = call.world.get(call.scope, "payment_method", intent["payment_method"])
    card = methods.card_of(method)
    if card and not card.attachable:
        raise _refused(call.world, call.scope, intent, card.decline)
    if card and card.sca != "never" and not card.is_set_up:
        intent["next_action"] = paying.next_action(call.world, call.scope, intent, "three_d_secure")
        intent["status"] = "requires_action"
        events.record(call.world, call.scope, "setup_intent.requires_action", intent)
        return intent
    return _succeed(call.world, call.scope, intent)


def _succeed(world: World, scope: str, intent: Json) -> Json:
    method = world.get(scope, "payment_method", intent["payment_method"])
    method["_set_up"] = True
    if intent["customer"]:
        methods.attach_to(world, scope, method, intent["customer"])
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    events.record(world, scope, "setup_intent.succeeded", intent)
    return intent


def _refused(world: World, scope: str, intent: Json, decline: str) -> Problem:
    code, message = cards.error_code(decline), cards.SAID[decline]
    _fail(world, scope, intent, {"type": "card_error", "code": code, "decline_code": decline, "message": message})
    return cards.declined(code, message, decline_code=decline, setup_intent=public(intent))


def _fail(world: World, scope: str, intent: Json, error: Json) -> None:
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_setup_error=error)
    events.record(world, scope, "setup_intent.setup_failed", intent)


def authenticated(world: World, scope: str, intent: Json, outcome: str) -> None:
    """The payer has decided on the page."""
    if intent["status"] != "requires_action":
        return
    if outcome == "authorise":
        _succeed(world, scope, intent)
        return
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    error = {"type": "invalid_request_error", "code": "setup_intent_authentication_failure", "message": message}
    _fail(world, scope, intent, error)


def cancel(call: Call) -> Json:
    """`POST /v1/setup_intents/{id}/cancel`."""
    intent = call.its("setup_intent")
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "cancel")
    intent.update(status="canceled", cancellation_reason=call.params.get("cancellation_reason"), next_action=None)
    events.record(call.world, call.scope, "setup_intent.canceled", intent)
    return intent


def _unexpected(intent: Json, act: str) -> Problem:
    return Problem(
        f"You cannot {act} this SetupIntent because it has a status of {intent['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=public(intent),
    )
