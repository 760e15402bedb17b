"""What is agreed with a subscription: parameters that its creation and its changes share, and their refusals."""

from embedded.sandbox import cards, invoices, methods
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.timeline import DAY
from embedded.sandbox.world import World


def trial_end(params: Json, now: int) -> int | None:
    """When a trial that is asked for ends; None without one. Raises Problem for a moment that is past."""
    given = params.get("trial_end")
    if given == "now":
        return None
    if given is None:
        days = params.get("trial_period_days")
        return now + days * DAY if days else None
    if int(given) <= now:
        raise Problem("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
    return int(given)


def method(world: World, scope: str, customer: str, params: Json) -> str | None:
    """The default payment method that is asked for: one of the customer's. Raises Problem."""
    identity = params.get("default_payment_method") or None
    if identity and world.get(scope, "payment_method", identity, "default_payment_method")["customer"] != customer:
        raise Problem(
            f"The customer does not have a payment method with the ID {identity}. The payment method must be attached "
            "to the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return identity


def payment_settings(params: Json) -> Json:
    """How a subscription is paid, with what is not said filled in."""
    given = {"payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"}
    return {**given, **params.get("payment_settings", {})}


def trial_settings(params: Json) -> Json:
    """What happens when a trial ends without a payment method."""
    given = params.get("trial_settings") or {}
    return {"end_behavior": {"missing_payment_method": "create_invoice", **given.get("end_behavior", {})}}


def check_method(world: World, scope: str, subscription: Json, customer: Json, behavior: str) -> None:
    """There has to be a payment method; with `error_if_incomplete` it has to work without the customer too."""
    method = methods.default_of(world, scope, subscription, customer)
    if method is None:
        raise Problem(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
            code="resource_missing",
        )
    if behavior == "pending_if_incomplete":
        raise Problem("The sandbox does not do `pending_if_incomplete`.", param="payment_behavior")
    card = methods.card_of(method)
    decline = card.decline if card else ""
    if card and not decline and card.sca != "never" and not (card.sca == "unless_set_up" and method["_set_up"]):
        decline = "authentication_required"
    if behavior == "error_if_incomplete" and decline:
        raise cards.declined(cards.error_code(decline), cards.SAID[decline], decline_code=decline)


def set_cancellation(subscription: Json, params: Json) -> None:
    """`cancel_at_period_end` or `cancel_at`; an empty one takes it back."""
    if "cancel_at" in params:
        at = params["cancel_at"] or None
        subscription.update(cancel_at=int(at) if at else None, cancel_at_period_end=False)
    if "cancel_at_period_end" in params:
        wanted = params["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = wanted
        subscription["cancel_at"] = invoices.period_of(subscription)[1] if wanted else None
