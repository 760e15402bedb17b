"""Tax ids of customers. VAT ids are looked up by number: what the register would say is in the number itself."""

import re

from embedded.sandbox import agenda, events, shapes
from embedded.sandbox.calls import Call, page
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World, new_id, public

shapes.LEFT_OUT["tax_id"] = {"deleted"}
EU_VAT = re.compile(
    r"(AT)U\d{8}|(BE)[01]\d{9}|(BG)\d{9,10}|(CY)\d{8}[A-Z]|(CZ)\d{8,10}|(DE)\d{9}|(DK)\d{8}|(EE)\d{9}|(EL)\d{9}|"
    r"(ES)[A-Z0-9]\d{7}[A-Z0-9]|(FI)\d{8}|(FR)[A-Z0-9]{2}\d{9}|(HR)\d{11}|(HU)\d{8}|(IE)\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|(IT)\d{11}|"
    r"(LT)\d{9}(?:\d{3})?|(LU)\d{8}|(LV)\d{11}|(MT)\d{8}|(NL)\d{9}B\d{2}|(PL)\d{10}|(PT)\d{9}|(RO)\d{2,10}|(SE)\d{12}|(SI)\d{8}|"
    r"(SK)\d{10}"
)
MOST = 5
LOOK_UP = 1
"""Seconds until the register has answered."""


def create(call: Call) -> Json:
    """`POST /v1/customers/{id}/tax_ids`.

    A VAT id is `pending` at first; a second later `customer.tax_id.updated` says `verified`, or `unverified` when its
    digits are all 0. One whose digits are all 2 stays pending.
    """
    return new(call.world, call.scope, call.its("customer"), call.params)


def new(world: World, scope: str, customer: Json, params: Json) -> Json:
    """A tax id for a customer, from `type` and `value`. Raises Problem `tax_id_invalid` for one that cannot be."""
    kind, number = params["type"], re.sub(r"[\s.-]", "", params["value"]).upper()
    found = EU_VAT.fullmatch(number) if kind == "eu_vat" else None
    if kind == "eu_vat" and not found:
        raise Problem(f"Invalid value for {kind}.", code="tax_id_invalid", param="value")
    if len(of(world, scope, customer)) >= MOST:
        raise Problem(f"Customers can have at most {MOST} tax ids.", code="customer_max_tax_ids")
    country = next(group for group in found.groups() if group) if found else kind[:2].upper()
    made = shapes.blank(
        "tax_id",
        id=new_id("txi_1"),
        country="GR" if country == "EL" else country,
        created=world.now(),
        customer=customer["id"],
        owner=shapes.part("tax_id", "owner", type="customer", customer=customer["id"]),
        type=kind,
        value=number,
        verification=shapes.part("tax_id", "verification", status="pending" if found else "unavailable"),
    )
    world.put(scope, made)
    events.record(world, scope, "customer.tax_id.created", made)
    if found:
        agenda.later(world, "vat", LOOK_UP, scope=scope, tax_id=made["id"])
    return made


@agenda.does("vat")
def _looked_up(world: World, facts: Json) -> None:
    found = world.seek(facts["scope"], "tax_id", facts["tax_id"])
    digits = set(re.sub(r"\D", "", found["value"])) if found else {"2"}
    if found is None or digits == {"2"}:
        return
    before = public(found)
    if digits == {"0"}:
        found["verification"] = {"status": "unverified", "verified_address": None, "verified_name": None}
    else:
        name = {"verified_address": "1 Test Street, Testville", "verified_name": "Verified Business"}
        found["verification"] = {"status": "verified", **name}
    events.updated(world, facts["scope"], "customer.tax_id.updated", found, before)


def delete(call: Call) -> Json:
    """`DELETE /v1/customers/{id}/tax_ids/{tax_id}`."""
    found = retrieve(call)
    call.world.remove(call.scope, found)
    events.record(call.world, call.scope, "customer.tax_id.deleted", found)
    return {"id": found["id"], "object": "tax_id", "deleted": True}


def retrieve(call: Call) -> Json:
    """`GET /v1/customers/{id}/tax_ids/{tax_id}`."""
    call.its("customer")
    return call.its("tax_id", "tax_id")


def listed(call: Call) -> Json:
    """`GET /v1/customers/{id}/tax_ids`."""
    return page(call, of(call.world, call.scope, call.its("customer")))


def of(world: World, scope: str, customer: Json) -> list[Json]:
    """A customer's tax ids, oldest first."""
    return [each for each in world.every(scope, "tax_id") if each["customer"] == customer["id"]]
