"""Payment methods: cards, SEPA debits and those that redirect; per account, attached to customers."""

from datetime import UTC, datetime

from embedded.sandbox import cards, events, shapes
from embedded.sandbox.calls import Call, page
from embedded.sandbox.cards import Card
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.world import World, merged_metadata, new_id, public

REDIRECTING = ("ideal", "bancontact", "eps", "klarna", "paypal", "twint")
"""Methods where the payer leaves for a page that says yes or no."""
DEBITS = ("sepa_debit",)
USED = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected "
    "account without Customer attachment, or was detached from a Customer. It may not be used again. To use a "
    "PaymentMethod "
    "multiple times, you must attach it to a Customer first."
)


def create(call: Call) -> Json:
    """`POST /v1/payment_methods`."""
    return made(call.world, call.scope, call.params)


def made(world: World, scope: str, params: Json) -> Json:
    """A new payment method from `payment_method_data` or the parameters of a creation. Raises Problem."""
    kind = params.get("type")
    if kind is None:
        raise not_given("type")
    if kind == "card":
        method = of_card(world, scope, _card(params))
        if isinstance(given := params.get("card"), dict):
            _check_expiry(world, given)
    elif kind == "sepa_debit":
        if "sepa_debit" not in params:
            raise not_given("sepa_debit")
        method = of_iban(world, scope, params["sepa_debit"]["iban"])
    elif kind in REDIRECTING:
        method = _kept(world, scope, kind, {})
    else:
        raise Problem(f"The sandbox does not know payment methods of type {kind}.", param="type")
    method["billing_details"] = _billing(params.get("billing_details", {}))
    method["metadata"] = merged_metadata({}, params.get("metadata"))
    method["allow_redisplay"] = params.get("allow_redisplay", "unspecified")
    return method


def resolve(world: World, scope: str, identity: str) -> Json:
    """The payment method of an id; a test token such as `pm_card_visa` makes a new one. Raises Problem."""
    if card := cards.of_token(identity):
        return of_card(world, scope, card)
    if iban := cards.IBAN_TOKENS.get(identity):
        return of_iban(world, scope, iban)
    return world.get(scope, "payment_method", identity, "payment_method")


def of_card(world: World, scope: str, card: Card) -> Json:
    """A payment method of a test card."""
    details = shapes.part(
        "payment_method",
        "card",
        brand=card.brand,
        checks={"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        country=card.country,
        display_brand=card.brand,
        exp_month=12,
        exp_year=datetime.fromtimestamp(world.now(), UTC).year + 4,
        fingerprint=f"fp{card.number[-12:]}",
        funding=card.funding,
        last4=card.number[-4:],
        networks={"available": [card.brand], "preferred": None},
        three_d_secure_usage={"supported": True},
    )
    return _kept(world, scope, "card", details, _number=card.number, _set_up=card.is_set_up)


def of_iban(world: World, scope: str, iban: str) -> Json:
    """A payment method of a bank account. Raises Problem for a number that is no test account."""
    number = iban.replace(" ", "").upper()
    if number not in cards.IBANS:
        raise Problem("The IBAN you provided is invalid.", code="invalid_bank_account_iban", param="sepa_debit[iban]")
    details = shapes.part("payment_method", "sepa_debit", bank_code="37040044", country=number[:2], last4=number[-4:])
    details["fingerprint"] = f"fp{number[-12:]}"
    details["generated_from"] = {"charge": None, "setup_attempt": None}
    return _kept(world, scope, "sepa_debit", details, _number=number, _set_up=True)


def card_of(method: Json) -> Card | None:
    """The test card behind a payment method; None for another type."""
    return cards.BY_NUMBER[method["_number"]] if method["type"] == "card" else None


def check_usable(method: Json, customer: str | None) -> None:
    """Whether an intent of this customer may use it. Raises Problem."""
    if method.get("_spent"):
        raise Problem(USED, param="payment_method")
    if method["customer"] and method["customer"] != customer:
        raise Problem(
            f"The provided PaymentMethod ({method['id']}) belongs to the Customer {method['customer']}; include the "
            f"Customer in "
            "the `customer` parameter of the intent.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )


def update(call: Call) -> Json:
    """`POST /v1/payment_methods/{id}`."""
    method, params = call.its("payment_method"), call.params
    before = public(method)
    method["metadata"] = merged_metadata(method["metadata"], params.get("metadata", {}))
    if "billing_details" in params:
        method["billing_details"] = {**method["billing_details"], **_billing(params["billing_details"])}
    method["allow_redisplay"] = params.get("allow_redisplay", method["allow_redisplay"])
    events.updated(call.world, call.scope, "payment_method.updated", method, before)
    return method


def attach(call: Call) -> Json:
    """`POST /v1/payment_methods/{id}/attach`."""
    method = resolve(call.world, call.scope, call.ids["id"])
    card = card_of(method)
    if card and not card.attachable:
        code = cards.error_code(card.decline)
        raise cards.declined(code, cards.SAID[card.decline], decline_code=card.decline, param="")
    attach_to(call.world, call.scope, method, call.params["customer"])
    return method


def attach_to(world: World, scope: str, method: Json, customer: str) -> None:
    """Give a payment method to a customer. Raises Problem when it is another's, or used up."""
    world.get(scope, "customer", customer, "customer")
    if method["customer"] == customer:
        return
    if method["customer"]:
        raise Problem(
            "The payment method you provided has already been attached to a customer.", param="payment_method"
        )
    check_usable(method, customer)
    method["customer"] = customer
    events.record(world, scope, "payment_method.attached", method)


def detach(call: Call) -> Json:
    """`POST /v1/payment_methods/{id}/detach`."""
    method = call.its("payment_method")
    if not method["customer"]:
        raise Problem("The payment method you provided is not attached to a customer so detachment is impossible.")
    before = public(method)
    method["customer"], method["_spent"] = None, True
    events.updated(call.world, call.scope, "payment_method.detached", method, before)
    return method


def listed(call: Call) -> Json:
    """`GET /v1/payment_methods` and `GET /v1/customers/{id}/payment_methods`."""
    customer = call.ids.get("id") or call.params.get("customer")
    if "id" in call.ids:
        call.its("customer")
    kind = call.params.get("type")
    found = [
        each
        for each in call.world.every(call.scope, "payment_method")
        if customer and each["customer"] == customer and kind in {None, each["type"]}
    ]
    return page(call, found)


def _card(params: Json) -> Card:
    given = params.get("card")
    if not given:
        raise not_given("card")
    if "token" in given:
        card = cards.of_token(given["token"])
        if card is None:
            raise Problem(f"No such token: '{given['token']}'", code="resource_missing", param="card[token]")
        return card
    if "number" not in given:
        raise not_given("card[number]")
    return cards.of_number(given["number"])


def _check_expiry(world: World, given: Json) -> None:
    if "number" not in given:
        return
    today = datetime.fromtimestamp(world.now(), UTC)
    month, year = given.get("exp_month", 12), given.get("exp_year", today.year)
    if not 1 <= month <= 12:  # noqa: PLR2004
        raise cards.declined("invalid_expiry_month", "Your card's expiration month is invalid.", param="exp_month")
    if (year if year > 99 else 2000 + year, month) < (today.year, today.month):  # noqa: PLR2004
        raise cards.declined("invalid_expiry_year", "Your card's expiration year is invalid.", param="exp_year")


def _kept(world: World, scope: str, kind: str, details: Json, **private: object) -> Json:
    method = shapes.blank("payment_method", id=new_id("pm_1"), created=world.now(), type=kind, **private)
    method[kind] = details or shapes.part("payment_method", kind)
    method["billing_details"] = _billing({})
    return world.put(scope, method)


def _billing(given: Json) -> Json:
    address = {**shapes.part("payment_method", "billing_details", "address"), **(given.get("address") or {})}
    plain = {name: given.get(name) or None for name in ("email", "name", "phone", "tax_id")}
    return {**plain, "address": address}


def default_of(world: World, scope: str, *owners: Json | None) -> Json | None:
    """The first default payment method among invoices, subscriptions and customers."""
    for owner in owners:
        if owner:
            identity = owner.get("default_payment_method") or owner.get("invoice_settings", {}).get(
                "default_payment_method"
            )
            if found := world.seek(scope, "payment_method", identity):
                return found
    return None
