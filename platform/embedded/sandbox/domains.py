"""PaymentMethodDomains: hosts at which wallets may pay."""

from embedded.sandbox import shapes
from embedded.sandbox.calls import Call, listing
from embedded.sandbox.problems import Json
from embedded.sandbox.world import new_id


def create(call: Call) -> Json:
    """`POST /v1/payment_method_domains`: the one that is there already, or a new one."""
    name = call.params["domain_name"]
    for each in call.world.every(call.scope, "payment_method_domain"):
        if each["domain_name"] == name:
            return each
    made = shapes.blank(
        "payment_method_domain",
        id=new_id("pmd_1"),
        created=call.world.now(),
        domain_name=name,
        enabled=call.params.get("enabled", True),
    )
    return call.world.put(call.scope, made)


listed = listing("payment_method_domain", "domain_name", "enabled")
