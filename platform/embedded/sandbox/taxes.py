"""Stripe Tax as far as VAT goes: where a customer is, how that is taxed, and what it makes of an invoice.

The platform sits in Germany and is registered for VAT there and, by the one-stop shop, in the rest of the EU. As at
Stripe a VAT id of another member state means reverse charge as soon as it has the right form: whether the register
knows it is asked, and told, but does not change the tax.
"""

from embedded.sandbox import lines, methods, shapes, taxids
from embedded.sandbox.calls import Call, only
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import SETTINGS, World, new_id

SETTINGS["tax_status"] = "active"  # of Stripe Tax; "pending": nobody has said yet where the head office is
shapes.LEFT_OUT["tax_rate"] = set()
HOME = "DE"
OFF: Json = {"enabled": False, "liability": None, "disabled_reason": None}
RATES = {
    "AT": 2000, "BE": 2100, "BG": 2000, "CY": 1900, "CZ": 2100, "DE": 1900, "DK": 2500, "EE": 2400, "ES": 2100,
    "FI": 2550, "FR": 2000, "GR": 2400, "HR": 2500, "HU": 2700, "IE": 2300, "IT": 2200, "LT": 2100, "LU": 1700,
    "LV": 2100, "MT": 1800, "NL": 2100, "PL": 2300, "PT": 2300, "RO": 2100, "SE": 2500, "SI": 2200, "SK": 2300,
}  # fmt: skip
"""Standard rates of the member states in basis points."""
NOWHERE = (
    "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
)
WHOLE = 10_000


def settings(call: Call) -> Json:
    """`GET /v1/tax/settings`: whether anything can be calculated."""
    only(call.params, {"expand"})
    is_active = _is_active(call.world)
    address = dict.fromkeys(("city", "line1", "line2", "postal_code", "state"))
    missing = None if is_active else {"missing_fields": ["head_office"]}
    return {
        "object": "tax.settings",
        "defaults": {"provider": "stripe", "tax_behavior": None, "tax_code": None},
        "head_office": {"address": {**address, "country": HOME}} if is_active else None,
        "livemode": False,
        "status": "active" if is_active else "pending",
        "status_details": {"active": {} if is_active else None, "pending": missing},
    }


def _is_active(world: World) -> bool:
    return bool(world.settings.get("tax_status", SETTINGS["tax_status"]) == "active")


def check_active(world: World) -> None:
    """Raises Problem where Stripe Tax was never set up."""
    if not _is_active(world):
        raise Problem(
            "You must have a valid head office address to enable automatic tax calculation in test mode. Visit "
            "https://dashboard.stripe.com/test/settings/tax to update it.",
            code="stripe_tax_inactive",
        )


def wanted(world: World, params: Json) -> Json | None:
    """What `automatic_tax` asks for, in the shape of a subscription's; None where it does not ask. Raises Problem."""
    given = params.get("automatic_tax")
    if given is None:
        return None
    only(given, {"enabled"})
    if not given["enabled"]:
        return dict(OFF)
    check_active(world)
    return {"enabled": True, "liability": {"type": "self", "account": None}, "disabled_reason": None}


def check(world: World, scope: str, subscription: Json, customer: Json) -> None:
    """Raises Problem for a taxed subscription whose customer is nowhere, or whose prices do not say what they are."""
    if not subscription["automatic_tax"]["enabled"]:
        return
    if not country_of(world, scope, subscription, customer):
        raise Problem(NOWHERE, code="customer_tax_location_invalid")
    for item in subscription["items"]["data"]:
        check_price(item["price"])


def check_price(price: Json) -> None:
    """Raises Problem for a price of which nobody knows whether the tax is in it."""
    if price["tax_behavior"] == "unspecified":
        raise Problem(
            f"Price `{price['id']}` has no `tax_behavior`. Set it in order to automatically calculate tax.",
            code="tax_behavior_unspecified",
            param="automatic_tax",
        )


def country_of(world: World, scope: str, *owners: Json | None) -> str:
    """Where somebody is: by shipping address, address, or the default payment method; empty for unknown."""
    for owner in owners:
        for place in ((owner or {}).get("shipping") or {}, owner or {}):
            if country := (place.get("address") or {}).get("country"):
                return str(country)
    method = methods.default_of(world, scope, *owners)
    if method is None:
        return ""
    country = (method["billing_details"]["address"] or {}).get("country")
    return str(country or (method.get("card") or {}).get("country") or "")


# ---- Invoices --------------------------------------------------------------------------------------------------------


def levy(world: World, scope: str, invoice: Json, subscription: Json | None) -> None:
    """Tax every line of an invoice that is taxed automatically, and add it up."""
    if invoice["automatic_tax"]["enabled"]:
        customer = world.get(scope, "customer", invoice["customer"])
        country = country_of(world, scope, subscription, customer)
        invoice["automatic_tax"]["status"] = "complete" if country else "requires_location_inputs"
        for line in invoice["lines"]["data"]:
            line["taxes"] = [_tax(world, scope, line, country, customer)] if country else []
    lines.add_up(invoice)


def give_up(world: World, scope: str, invoice: Json, subscription: Json | None) -> None:
    """An invoice is made final without tax where nobody knows the customer's location."""
    if invoice["automatic_tax"]["status"] != "requires_location_inputs":
        return
    invoice["automatic_tax"].update(enabled=False, disabled_reason="finalization_requires_location_inputs")
    if subscription:
        subscription["automatic_tax"] = {**OFF, "disabled_reason": "requires_location_inputs"}


def _tax(world: World, scope: str, line: Json, country: str, customer: Json) -> Json:
    points, reason = _rate(world, scope, customer, country)
    price = world.seek(scope, "price", (line["pricing"] or {}).get("price_details", {}).get("price"))
    is_inclusive = bool(price) and price["tax_behavior"] == "inclusive"  # type: ignore[index]
    amount = line["amount"]
    tax = _share(amount, points, WHOLE + points) if is_inclusive else _share(amount, points)
    return {
        "amount": tax,
        "tax_behavior": "inclusive" if is_inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": _rate_object(world, scope, country, points)["id"]},
        "taxability_reason": reason,
        "taxable_amount": amount - tax if is_inclusive else amount,
        "type": "tax_rate_details",
    }


def _rate(world: World, scope: str, customer: Json, country: str) -> tuple[int, str]:
    if customer["tax_exempt"] == "exempt":
        return 0, "customer_exempt"
    if customer["tax_exempt"] == "reverse":
        return 0, "reverse_charge"
    if country not in RATES:
        return 0, "not_collecting"
    if country != HOME and any(each["type"] == "eu_vat" for each in taxids.of(world, scope, customer)):
        return 0, "reverse_charge"
    return RATES[country], "standard_rated"


def _share(amount: int, points: int, whole: int = WHOLE) -> int:
    """Rounded half away from zero, so that what is credited is what was charged."""
    size = (2 * abs(amount) * points + whole) // (2 * whole)
    return size if amount >= 0 else -size


def _rate_object(world: World, scope: str, country: str, points: int) -> Json:
    """The tax rate that stands for a country's tax: made when it is first needed."""
    percentage = points / 100
    for each in world.every(scope, "tax_rate"):
        if (each["country"], each["percentage"]) == (country, percentage):
            return each
    made = shapes.blank(
        "tax_rate",
        id=new_id("txr_1"),
        active=False,
        country=country,
        created=world.now(),
        description=f"VAT {country}",
        display_name="VAT",
        effective_percentage=percentage,
        jurisdiction=country,
        jurisdiction_level="country",
        metadata={},
        percentage=percentage,
        rate_type="percentage",
        tax_type="vat",
    )
    return world.put(scope, made)


def said(invoice: Json) -> str:
    """What an invoice says of its tax, in one sentence; empty where it says nothing."""
    reasons = {each["taxability_reason"] for each in invoice["total_taxes"]}
    is_reverse = "reverse_charge" in reasons or invoice["customer_tax_exempt"] == "reverse"
    return "Tax to be paid on reverse charge basis" if is_reverse else ""
