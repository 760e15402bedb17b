"""Fields of bodies that sound like the server's own: each has a reason, in every dialect (T13).

What a call does not take is ignored; what it takes is in the description of the API, which is read here. So a
serializer that is new, or has one field more, is looked at by itself.
"""

import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from tests.isolation.test_mass_assignment import SERVERS_OWN

# Operation: the fields that it may take although other calls must not, and why.
STAFF_SAY_FOR_WHOM = {"customer", "user"}
THE_PRICE_LIST = {"amount", "unit", "currency"}
OFFERED_OR_NOT = {"is_active"}
WHAT_ONE_HAS_SEEN = {"revision"}
MAY: dict[str, set[str]] = {
    "admin_bookings_create": STAFF_SAY_FOR_WHOM,
    "admin_bookings_payments_create": {"amount"},  # money over the counter
    "admin_bookings_refunds_create": {"amount"},  # checked against what can be given back
    "admin_business_change": {"language"},  # of the documents
    "admin_custom_fields_create": OFFERED_OR_NOT,
    "admin_custom_fields_update": OFFERED_OR_NOT,
    "admin_gift_credits_create": THE_PRICE_LIST,
    "admin_gift_credits_top_up": {"amount"},
    "admin_members_create": STAFF_SAY_FOR_WHOM,
    "admin_hours_accounts_create": STAFF_SAY_FOR_WHOM,
    **dict.fromkeys(("admin_packs_create", "admin_packs_update"), OFFERED_OR_NOT | THE_PRICE_LIST),
    **dict.fromkeys(
        ("admin_membership_plans_create", "admin_membership_plans_update"), OFFERED_OR_NOT | THE_PRICE_LIST
    ),
    "admin_purchases_create": STAFF_SAY_FOR_WHOM,
    **dict.fromkeys(("admin_products_create", "admin_products_update"), OFFERED_OR_NOT),
    **dict.fromkeys(("admin_rates_create", "admin_rates_update"), THE_PRICE_LIST),
    **dict.fromkeys(("admin_resources_create", "admin_resources_update"), OFFERED_OR_NOT),
    **dict.fromkeys(("admin_venues_create", "admin_venues_update"), OFFERED_OR_NOT | {"currency", "time_zone"}),
    **dict.fromkeys(("admin_vouchers_create", "admin_vouchers_update"), OFFERED_OR_NOT | THE_PRICE_LIST),
    **dict.fromkeys(
        ("bookings_partial_update", "bookings_extras_create", "bookings_reschedule_create"), WHAT_ONE_HAS_SEEN
    ),
    "calendar_connections_update": {"state"},  # paused or not, of a choice of two
}


def test_no_call_takes_what_is_the_servers_own() -> None:
    """T13."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    taken = {
        operation["operationId"]: found
        for path in document["paths"].values()
        for operation in path.values()
        if (found := set(fields(operation, document)) & set(SERVERS_OWN))
    }
    assert {name: found - MAY.get(name, set()) for name, found in taken.items() if found - MAY.get(name, set())} == {}
    assert {name: may - taken.get(name, set()) for name, may in MAY.items() if not may & taken.get(name, set())} == {}


def test_the_search_finds_a_field_inside_a_list_of_bodies() -> None:
    """The negative control."""
    line = {"type": "object", "properties": {"createdBy": {"type": "integer"}, "id": {"readOnly": True}}}
    body = {"properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}}}
    operation = {"requestBody": {"content": {"application/json": {"schema": body}}}}
    assert set(fields(operation, {"components": {"schemas": {"Line": line}}})) == {"lines", "created_by"}


def fields(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    """Names of all fields of a body, those of its parts too, as the house spells them."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name in _names(content["schema"], document["components"]["schemas"], frozenset()):
            yield re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _names(schema: dict[str, Any], known: dict[str, Any], seen: frozenset[str]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _names(known[name], known, seen | {name})
    parts = [each for kind in ("allOf", "oneOf", "anyOf") for each in schema.get(kind, [])]
    parts += [schema[kind] for kind in ("items", "additionalProperties") if isinstance(schema.get(kind), dict)]
    for part in parts:
        yield from _names(part, known, seen)
    for name, part in schema.get("properties", {}).items():
        if not part.get("readOnly"):
            yield name
            yield from _names(part, known, seen)
