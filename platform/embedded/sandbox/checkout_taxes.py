"""What Checkout asks for the sake of tax: an address, a VAT id; and what it adds to the price for it."""

import html

from embedded.sandbox import customers, taxes, taxids
from embedded.sandbox.calls import Call, only
from embedded.sandbox.pages import field
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World

DONE = {"automatic_tax", "billing_address_collection", "customer_update", "tax_id_collection"}
ADDRESS = ("line1", "postal_code", "city", "country")
ELSEWHERE = ("CH", "GB", "NO", "US")


def asked(call: Call, customer: Json | None) -> Json:
    """The fields of a new session that say what is asked for. Raises Problem, as Stripe does."""
    params = call.params
    update, tax = params.get("customer_update", {}), params.get("automatic_tax", {})
    collection = params.get("tax_id_collection", {})
    only(update, {"address", "name"})
    only(collection, {"enabled"})
    if update and customer is None:
        raise Problem("`customer_update` can only be used with `customer`.", param="customer_update")
    liability = taxes.wanted(call.world, params) or taxes.OFF
    is_taxed, wants_id = tax.get("enabled", False), collection.get("enabled", False)
    known = taxes.country_of(call.world, call.scope, customer)
    if is_taxed and customer and not known and update.get("address") != "auto":
        raise Problem(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to "
            "the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' "
            "to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
        )
    if wants_id and customer and update.get("name") != "auto":
        raise Problem(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an "
            "existing customer, please set `customer_update[name]` to `auto`.",
            param="customer_update",
        )
    status = "requires_location_inputs" if is_taxed else None
    return {
        "automatic_tax": {
            "enabled": is_taxed,
            "liability": liability["liability"],
            "provider": "stripe" if is_taxed else None,
            "status": status,
        },
        "billing_address_collection": params.get("billing_address_collection"),
        "tax_id_collection": {"enabled": wants_id, "required": "never"},
        "_update": update,
    }


def check_items(session: Json) -> None:
    """Raises Problem for a price that does not say whether tax is in it."""
    if session["automatic_tax"]["enabled"]:
        for each in session["_items"]:
            taxes.check_price(each["price"])


def fields(world: World, scope: str, session: Json) -> list[str]:
    """HTML of what is asked for besides the card; the country is chosen beforehand, as by the visitor's network."""
    wants = session["automatic_tax"]["enabled"] or session["billing_address_collection"] == "required"
    customer = world.seek(scope, "customer", session["customer"]) or {}
    before = customer.get("address") or {}
    found = []
    if wants:
        chosen = before.get("country") or taxes.HOME
        options = "".join(
            f"<option{' selected' if each == chosen else ''}>{each}</option>" for each in [*taxes.RATES, *ELSEWHERE]
        )
        names = (("name", "Name"), ("line1", "Address"), ("postal_code", "Postal code"), ("city", "City"))
        known = {"name": customer.get("name"), **before}
        found += [field(name, label, html.unescape(known.get(name) or "")) for name, label in names]
        found.append(f'<label>Country<select name="country">{options}</select></label>')
    if session["tax_id_collection"]["enabled"]:
        found.append(field("vat_id", "VAT id (businesses in the EU)"))
    return found


def take(world: World, scope: str, session: Json, form: Json) -> None:
    """Put what was typed onto session and customer, and say what the tax is. Raises Problem for an impossible id."""
    customer = world.seek(scope, "customer", session["customer"])
    if customer is None or session["mode"] == "setup":
        return
    call = Call(world, scope, {}, {"id": customer["id"]})
    if session["automatic_tax"]["enabled"] or session["billing_address_collection"] == "required":
        before = customer["address"] or {}
        typed = {name: str(form.get(name) or before.get(name) or "") or None for name in ADDRESS}
        address = {"line2": None, "state": None, **typed, "country": typed["country"] or taxes.HOME}
        session["customer_details"]["address"] = address
        if session["_update"].get("address") == "auto":
            call.params["address"] = address
    if (name := str(form.get("name", ""))) and session["_update"].get("name") == "auto":
        call.params["name"] = session["customer_details"]["name"] = name
    if call.params:
        customers.update(call)
    number = str(form.get("vat_id", "")).strip()
    if number and session["tax_id_collection"]["enabled"]:
        _take_id(world, scope, customer, number)
    ids = taxids.of(world, scope, customer)
    session["customer_details"]["tax_ids"] = [{"type": each["type"], "value": each["value"]} for each in ids]


def _take_id(world: World, scope: str, customer: Json, number: str) -> None:
    given = "".join(each for each in number if each.isalnum()).upper()
    if all(each["value"] != given for each in taxids.of(world, scope, customer)):
        taxids.new(world, scope, customer, {"type": "eu_vat", "value": given})


def add_up(session: Json, invoice: Json) -> None:
    """What was due at once, with its tax, becomes the session's amounts."""
    if session["automatic_tax"]["enabled"]:
        tax = invoice["total"] - invoice["total_excluding_tax"]
        session["automatic_tax"]["status"] = invoice["automatic_tax"]["status"]
        session["total_details"]["amount_tax"] = tax
        session.update(amount_subtotal=invoice["subtotal"], amount_total=invoice["total"])
