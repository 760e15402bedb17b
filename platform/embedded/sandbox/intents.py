"""PaymentIntents: made, changed, listed, cancelled. What confirming does is in `paying`."""

from embedded.sandbox import currencies, events, methods, shapes, transfers
from embedded.sandbox.calls import Call
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import APPLICATION, PLATFORM, World, merged_metadata, new_id, new_secret, public

CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CHANGEABLE, "requires_capture")
PLAIN = ("description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor",
         "statement_descriptor_suffix", "transfer_group")  # fmt: skip
NOT_DONE = ("confirmation_token", "customer_account", "excluded_payment_method_types", "hooks", "payment_details",
            "payment_method_configuration", "allowed_payment_method_types")  # fmt: skip
EURO_ONLY = {"sepa_debit", "ideal", "bancontact", "eps"}


def create(call: Call) -> Json:
    """A new intent, not confirmed. Raises Problem for what Stripe would refuse."""
    world, params = call.world, call.params
    refuse_undone(params)
    currency = params["currency"].lower()
    currencies.check_charge(params["amount"], currency, _country(world, call.scope))
    _check_connected(call, params)
    kinds = _kinds(call, params, currency)
    identity = new_id("pi_")
    automatic = params.get("automatic_payment_methods") or (
        {} if "payment_method_types" in params else {"enabled": True}
    )
    intent = shapes.blank(
        "payment_intent",
        id=identity,
        amount=params["amount"],
        amount_details={"tip": {}},
        application=None if call.is_platform else APPLICATION["id"],
        application_fee_amount=params.get("application_fee_amount"),
        automatic_payment_methods={"allow_redirects": "always", **automatic} if automatic else None,
        capture_method=params.get("capture_method", "automatic_async"),
        client_secret=new_secret(identity),
        confirmation_method=params.get("confirmation_method", "automatic"),
        created=world.now(),
        currency=currency,
        customer=_customer(call, params),
        metadata=merged_metadata({}, params.get("metadata")),
        on_behalf_of=params.get("on_behalf_of"),
        payment_method_types=kinds,
        payment_method_options={"card": shapes.part("payment_intent", "payment_method_options", "card")},
        status="requires_payment_method",
        transfer_data=params.get("transfer_data"),
    )
    intent["payment_method_options"]["card"] = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
    _set_plain(intent, params)
    _set_method(call, intent, params)
    world.put(call.scope, intent)
    events.record(world, call.scope, "payment_intent.created", intent)
    return intent


def refuse_undone(params: Json) -> None:
    """Better a refusal than a parameter without effect."""
    for name in NOT_DONE:
        if name in params:
            raise Problem(f"The sandbox does not do {name}.", param=name)


def _country(world: World, scope: str) -> str:
    account = world.seek(PLATFORM, "account", scope)
    return str(account["country"]) if account else "DE"


def _check_connected(call: Call, params: Json) -> None:
    """Fees and transfers: who may ask for them, and whether the accounts are able."""
    fee, data = params.get("application_fee_amount"), params.get("transfer_data")
    if fee is not None and call.is_platform and not data:
        raise Problem(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using "
            "an OAuth key "
            "or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if fee is not None and fee < 1:
        raise Problem(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="application_fee_amount",
        )
    if fee is not None and fee > params["amount"]:
        raise Problem("Your application fee cannot be larger than the charge amount.", param="application_fee_amount")
    if data:
        if not call.is_platform and data["destination"] == call.scope:
            raise Problem(
                "Cannot create a destination charge for your own account.", param="transfer_data[destination]"
            )
        if fee is not None and data.get("amount") is not None:
            raise Problem(
                "You may only provide one of these parameters: transfer_data[amount], application_fee_amount.",
                param="transfer_data[amount]",
            )
        transfers.check_destination(call.world, data["destination"], "transfer_data[destination]")
    behalf = params.get("on_behalf_of")
    if behalf and call.world.seek(PLATFORM, "account", behalf) is None:
        raise missing("account", behalf, "on_behalf_of")
    if not call.is_platform and not call.world.account(call.scope)["charges_enabled"]:
        raise Problem(
            "Your account cannot currently make charges. Complete its requirements first "
            "(see https://dashboard.stripe.com/account).",
            code="account_invalid",
        )


def _kinds(call: Call, params: Json, currency: str) -> list[str]:
    kinds: list[str] = params.get("payment_method_types") or ["card", *(["sepa_debit"] if currency == "eur" else [])]
    for kind in kinds:
        if kind not in {"card", "link", *methods.DEBITS, *methods.REDIRECTING}:
            raise Problem(
                f"The payment method type provided: {kind} is invalid. Please ensure the provided type is activated "
                f"in your "
                "dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for "
                "any preview "
                "features that you are trying to use.",
                param="payment_method_types",
            )
        if kind in EURO_ONLY and currency != "eur":
            raise Problem(
                f"The currency provided ({currency}) is invalid for one or more of the payment method types on this "
                "PaymentIntent.",
                code="payment_intent_invalid_currency",
                param="currency",
            )
    return kinds


def _customer(call: Call, params: Json) -> str | None:
    customer = params.get("customer") or None
    if customer:
        call.world.get(call.scope, "customer", customer, "customer")
    return customer


def _set_plain(intent: Json, params: Json) -> None:
    for name in PLAIN:
        if name in params:
            intent[name] = params[name] or None
    for kind, given in (params.get("payment_method_options") or {}).items():
        options = intent["payment_method_options"]
        options[kind] = {**options.get(kind, {}), **given} if given else {}


def _set_method(call: Call, intent: Json, params: Json) -> None:
    """Take the payment method of a creation, update or confirmation, given by id or by its data. Raises Problem."""
    if data := params.get("payment_method_data"):
        method = methods.made(call.world, call.scope, data)
    elif identity := params.get("payment_method"):
        method = methods.resolve(call.world, call.scope, identity)
    else:
        return
    methods.check_usable(method, intent["customer"])
    automatic = intent["automatic_payment_methods"]
    if method["type"] not in intent["payment_method_types"] and not (
        automatic and method["type"] in methods.REDIRECTING
    ):
        raise Problem(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. Please attach a "
            f"PaymentMethod "
            f"of one of the following types: {', '.join(intent['payment_method_types'])}.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    intent["payment_method"] = method["id"]
    if intent["status"] == "requires_payment_method":
        intent["status"] = "requires_confirmation"


set_method = _set_method
check_connected = _check_connected
country = _country


def update(call: Call) -> Json:
    """`POST /v1/payment_intents/{id}`."""
    intent, params = call.its("payment_intent"), call.params
    only_notes = params.keys() <= {"metadata", "description", "receipt_email", "shipping", "expand", "transfer_group"}
    if intent["status"] not in CHANGEABLE and not only_notes:
        raise unexpected(intent, "update")
    before = public(intent)
    wanted = {**{name: intent[name] for name in ("amount", "currency", "transfer_data")}, **params}
    currencies.check_charge(wanted["amount"], wanted["currency"].lower(), _country(call.world, call.scope))
    fee = params.get("application_fee_amount", intent["application_fee_amount"]) or None
    if only_notes is False:
        _check_connected(call, {**wanted, "application_fee_amount": fee, "on_behalf_of": intent["on_behalf_of"]})
    intent.update(amount=wanted["amount"], currency=wanted["currency"].lower(), application_fee_amount=fee)
    if "transfer_data" in params:
        intent["transfer_data"] = {**(intent["transfer_data"] or {}), **params["transfer_data"]}
    if "payment_method_types" in params:
        intent["payment_method_types"] = _kinds(call, params, intent["currency"])
    if "customer" in params:
        intent["customer"] = _customer(call, params)
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata", {}))
    _set_plain(intent, params)
    _set_method(call, intent, params)
    if intent["status"] == "requires_action" and before["amount"] != intent["amount"]:
        intent.update(status="requires_confirmation", next_action=None)
    return intent


def cancel(call: Call) -> Json:
    """`POST /v1/payment_intents/{id}/cancel`; a reserved amount is given back."""
    intent = call.its("payment_intent")
    if intent["status"] not in CANCELABLE:
        raise unexpected(intent, "cancel")
    before = public(intent)
    charge = call.world.seek(call.scope, "charge", intent["latest_charge"])
    if charge and charge["status"] == "succeeded":
        earlier = public(charge)
        charge.update(amount_refunded=charge["amount"], refunded=True)
        events.updated(call.world, call.scope, "charge.refunded", charge, earlier)
    intent.update(
        status="canceled",
        amount_capturable=0,
        canceled_at=call.world.now(),
        cancellation_reason=call.params.get("cancellation_reason"),
        next_action=None,
    )
    events.updated(call.world, call.scope, "payment_intent.canceled", intent, before)
    return intent


def retrieve(call: Call) -> Json:
    """`GET /v1/payment_intents/{id}`; from a browser with its client secret."""
    return own(call, "payment_intent")


def own(call: Call, kind: str) -> Json:
    """The intent of the path; a browser has to know its client secret. Raises Problem."""
    intent = call.its(kind)
    if call.client_secret is not None and call.client_secret != intent["client_secret"]:
        raise (
            missing(kind, intent["id"])
            if call.client_secret
            else Problem("Missing required param: client_secret.", code="parameter_missing", param="client_secret")
        )
    return intent


def unexpected(intent: Json, act: str) -> Problem:
    """`payment_intent_unexpected_state`, with the intent as it is."""
    name = {"update": "updated", "cancel": "canceled", "confirm": "confirmed", "capture": "captured"}[act]
    return Problem(
        f"This PaymentIntent could not be {name} because it has a status of {intent['status']}."
        + ("" if act != "confirm" else " You can only confirm an intent that waits for it."),
        code="payment_intent_unexpected_state",
        payment_intent=public(intent),
    )
