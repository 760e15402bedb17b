"""Customers: the platform's own and each connected account's."""

from embedded.sandbox import events, methods, shapes
from embedded.sandbox.calls import Call, page
from embedded.sandbox.problems import Json
from embedded.sandbox.world import merged_metadata, new_id, public

PLAIN = (
    "address",
    "description",
    "email",
    "name",
    "phone",
    "shipping",
    "tax_exempt",
    "preferred_locales",
    "business_name",
)


def create(call: Call) -> Json:
    """`POST /v1/customers`."""
    identity = new_id("cus_")
    customer = shapes.blank(
        "customer",
        id=identity,
        balance=call.params.get("balance", 0),
        created=call.world.now(),
        delinquent=False,
        invoice_prefix=identity[-8:].upper(),
        invoice_settings=shapes.part("customer", "invoice_settings"),
        next_invoice_sequence=1,
        preferred_locales=[],
        tax_exempt="none",
        metadata=merged_metadata({}, call.params.get("metadata")),
        test_clock=call.params.get("test_clock"),
    )
    _change(call, customer)
    call.world.put(call.scope, customer)
    if method := call.params.get("payment_method"):
        methods.attach_to(call.world, call.scope, methods.resolve(call.world, call.scope, method), identity)
    events.record(call.world, call.scope, "customer.created", customer)
    return customer


def update(call: Call) -> Json:
    """`POST /v1/customers/{id}`."""
    customer = call.its("customer")
    before = public(customer)
    _change(call, customer)
    customer["metadata"] = merged_metadata(customer["metadata"], call.params.get("metadata", {}))
    events.updated(call.world, call.scope, "customer.updated", customer, before)
    return customer


def delete(call: Call) -> Json:
    """`DELETE /v1/customers/{id}`; its payment methods are detached."""
    customer = call.its("customer")
    for method in call.world.every(call.scope, "payment_method"):
        if method["customer"] == customer["id"]:
            method["customer"], method["_spent"] = None, True
    call.world.remove(call.scope, customer)
    events.record(call.world, call.scope, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


def listed(call: Call) -> Json:
    """`GET /v1/customers`, by `email` too."""
    email = call.params.get("email")
    return page(call, [each for each in call.world.every(call.scope, "customer") if email in {None, each["email"]}])


def payment_method(call: Call) -> Json:
    """`GET /v1/customers/{id}/payment_methods/{method}`."""
    call.its("customer")
    return call.its("payment_method", "method")


def _change(call: Call, customer: Json) -> None:
    for name in PLAIN:
        if name in call.params:
            value = call.params[name]
            if name == "address" and value:
                value = {**shapes.part("customer", "address"), **value}
            customer[name] = None if value == "" else value
    if "invoice_settings" in call.params:
        given = {name: each or None for name, each in call.params["invoice_settings"].items()}
        if identity := given.get("default_payment_method"):
            call.world.get(call.scope, "payment_method", identity, "invoice_settings[default_payment_method]")
        customer["invoice_settings"] = {**customer["invoice_settings"], **given}
