"""`/v1/invoices`, `/v1/invoiceitems` and `/v1/invoice_payments`."""

from embedded.sandbox import catalogue, collecting, events, invoices, lines, methods, standing, timeline
from embedded.sandbox.calls import PAGING, Call, only, page
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.world import merged_metadata, public

CHANGEABLE = {
    "auto_advance",
    "collection_method",
    "custom_fields",
    "days_until_due",
    "default_payment_method",
    "description",
    "due_date",
    "expand",
    "footer",
    "metadata",
}
OF_ITEMS = {
    "amount",
    "currency",
    "customer",
    "description",
    "discountable",
    "expand",
    "invoice",
    "metadata",
    "period",
    "pricing",
    "quantity",
    "subscription",
}


def create(call: Call) -> Json:
    """`POST /v1/invoices`: of a customer's pending items, or empty."""
    world, params = call.world, call.params
    only(params, {*CHANGEABLE, "customer", "subscription", "pending_invoice_items_behavior", "currency"})
    if "subscription" in params:
        owner = world.get(call.scope, "subscription", params["subscription"], "subscription")
    elif "customer" in params:
        customer = world.get(call.scope, "customer", params["customer"], "customer")
        owner = {**customer, "currency": params.get("currency") or customer["currency"] or "eur"}
    else:
        raise not_given("customer")
    with timeline.of(world, call.scope, owner):
        wants_items = params.get("pending_invoice_items_behavior", "exclude") == "include" or "subscription" in params
        seen = owner if owner["object"] == "subscription" else {**owner, "customer": owner["id"]}
        waiting = standing.pending(world, call.scope, seen) if wants_items else []
        found = [lines.of_invoice_item(world, call.scope, each) for each in waiting]
        made = invoices.draft(world, call.scope, owner, "manual", found, auto_advance=params.get("auto_advance", False))
        for each in waiting:
            each["invoice"] = made["id"]
        _change(call, made)
        if made["auto_advance"]:
            invoices.advance_later(world, call.scope, made)
    return made


def update(call: Call) -> Json:
    """`POST /v1/invoices/{id}`."""
    invoice = call.its("invoice")
    only(call.params, CHANGEABLE)
    if invoice["status"] != "draft" and call.params.keys() & {"due_date", "days_until_due", "collection_method"}:
        raise Problem("Finalized invoices can't be updated in this way.", code="invoice_not_editable")
    before = public(invoice)
    _change(call, invoice)
    events.updated(call.world, call.scope, "invoice.updated", invoice, before)
    return invoice


def _change(call: Call, invoice: Json) -> None:
    params = call.params
    for name in ("description", "footer", "auto_advance", "due_date", "collection_method", "custom_fields"):
        if name in params:
            invoice[name] = None if params[name] == "" else params[name]
    if "days_until_due" in params:
        invoice["_days_until_due"] = params["days_until_due"]
    if identity := params.get("default_payment_method"):
        invoice["default_payment_method"] = call.world.get(
            call.scope, "payment_method", identity, "default_payment_method"
        )["id"]
    invoice["metadata"] = merged_metadata(invoice["metadata"], params.get("metadata", {}))


def delete(call: Call) -> Json:
    """`DELETE /v1/invoices/{id}`: drafts only; their items wait again."""
    invoice = call.its("invoice")
    if invoice["status"] != "draft" or invoice["parent"]:
        raise Problem("You can only delete draft invoices that no subscription made.", code="invoice_not_editable")
    for each in call.world.every(call.scope, "invoiceitem"):
        if each["invoice"] == invoice["id"]:
            each["invoice"] = None
    call.world.remove(call.scope, invoice)
    events.record(call.world, call.scope, "invoice.deleted", invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def finalize(call: Call) -> Json:
    """`POST /v1/invoices/{id}/finalize`; with `auto_advance` it is collected too."""
    invoice, world = call.its("invoice"), call.world
    if invoice["status"] != "draft":
        raise Problem(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.", code="invoice_not_editable"
        )
    with timeline.of(world, call.scope, invoice):
        invoice["auto_advance"] = call.params.get("auto_advance", invoice["auto_advance"])
        invoices.finalize(world, call.scope, invoice)
        if (
            invoice["status"] == "open"
            and invoice["auto_advance"]
            and invoice["collection_method"] == "charge_automatically"
        ):
            collecting.collect(world, call.scope, invoice)
    return invoice


def pay(call: Call) -> Json:
    """`POST /v1/invoices/{id}/pay`. Raises Problem 402 for a card that refuses or wants its owner."""
    invoice, world, params = call.its("invoice"), call.world, call.params
    only(params, {"payment_method", "paid_out_of_band", "off_session", "expand"})
    with timeline.of(world, call.scope, invoice):
        if invoice["status"] == "draft":
            invoices.finalize(world, call.scope, invoice)
        if invoice["status"] not in {"open", "uncollectible"}:
            raise Problem(f"Invoice is already {invoice['status']}.", code="invoice_not_editable")
        if params.get("paid_out_of_band"):
            invoices.paid(world, call.scope, invoice)
            return invoice
        method = _method(call, invoice)
        collecting.attempt(world, call.scope, invoice, method)
        if invoice["status"] != "paid" and method["type"] == "card":
            raise Problem(
                "This payment requires additional user action before it can be completed successfully.",
                status=402,
                type="card_error",
                code="invoice_payment_intent_requires_action",
                payment_intent=public(world.get(call.scope, "payment_intent", invoice["_intent"])),
            )
    return invoice


def _method(call: Call, invoice: Json) -> Json:
    if identity := call.params.get("payment_method"):
        method = methods.resolve(call.world, call.scope, identity)
        methods.attach_to(call.world, call.scope, method, invoice["customer"])
        return method
    found = collecting.method_of(call.world, call.scope, invoice)
    if found is None:
        raise Problem(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either to a valid "
            "Payment Method before paying.",
            code="invoice_no_payment_method_types",
        )
    return found


def void(call: Call) -> Json:
    """`POST /v1/invoices/{id}/void`."""
    return _close(call, "void")


def mark_uncollectible(call: Call) -> Json:
    """`POST /v1/invoices/{id}/mark_uncollectible`."""
    return _close(call, "uncollectible")


def _close(call: Call, status: str) -> Json:
    invoice = call.its("invoice")
    with timeline.of(call.world, call.scope, invoice):
        invoices.close(call.world, call.scope, invoice, status)
    return invoice


def send(call: Call) -> Json:
    """`POST /v1/invoices/{id}/send`: finalized if it is a draft. The sandbox sends no mail."""
    invoice = call.its("invoice")
    with timeline.of(call.world, call.scope, invoice):
        if invoice["status"] == "draft":
            invoices.finalize(call.world, call.scope, invoice)
        events.record(call.world, call.scope, "invoice.sent", invoice)
    return invoice


def listed(call: Call) -> Json:
    """`GET /v1/invoices`, by `customer`, `subscription`, `status` and `collection_method`."""
    params, wanted = call.params, call.params.get("subscription")
    only(params, {*PAGING, "collection_method", "customer", "status", "subscription"})
    found = [
        each
        for each in call.world.every(call.scope, "invoice")
        if all(params.get(name) in {None, each[name]} for name in ("customer", "status", "collection_method"))
        and wanted in {None, ((each["parent"] or {}).get("subscription_details") or {}).get("subscription")}
    ]
    return page(call, found)


def lines_of(call: Call) -> Json:
    """`GET /v1/invoices/{id}/lines`."""
    return page(call, list(reversed(call.its("invoice")["lines"]["data"])))


# ---- Invoice items ---------------------------------------------------------------------------------------------------


def create_item(call: Call) -> Json:
    """`POST /v1/invoiceitems`: an amount, or a price times a quantity, for the next invoice or a draft."""
    world, params = call.world, call.params
    only(params, OF_ITEMS)
    if "customer" not in params:
        raise not_given("customer")
    customer = world.get(call.scope, "customer", params["customer"], "customer")
    same = {name: params[name] for name in ("description", "period", "discountable", "quantity") if name in params}
    with timeline.of(world, call.scope, customer):
        item = lines.invoice_item(
            world, customer, **_price(call), **same, metadata=merged_metadata({}, params.get("metadata"))
        )
        if identity := params.get("subscription"):
            subscription = world.get(call.scope, "subscription", identity, "subscription")
            details = {"subscription": subscription["id"], "subscription_item": None}
            item["parent"] = {"type": "subscription_details", "subscription_details": details}
        world.put(call.scope, item)
        if identity := params.get("invoice"):
            _add(call, world.get(call.scope, "invoice", identity, "invoice"), item)
        events.record(world, call.scope, "invoiceitem.created", item)
    return item


def _price(call: Call) -> Json:
    params = call.params
    if pricing := params.get("pricing"):
        price = call.world.get(call.scope, "price", pricing["price"], "pricing[price]")
        quantity = params.get("quantity", 1)
    else:
        if "amount" not in params:
            raise not_given("amount")
        data = {"currency": params.get("currency") or "eur", "unit_amount": abs(params["amount"])}
        name = params.get("description") or "Invoice item"
        price = catalogue.inline(call.world, call.scope, {**data, "product_data": {"name": name}})
        quantity = 1
    amount = params.get("amount", (price["unit_amount"] or 0) * quantity)
    details = {"price": price["id"], "product": price["product"]}
    told = {"type": "price_details", "price_details": details, "unit_amount_decimal": price["unit_amount_decimal"]}
    return {"amount": amount, "currency": price["currency"], "pricing": told}


def _add(call: Call, invoice: Json, item: Json) -> None:
    if invoice["status"] != "draft":
        raise Problem("You can only add items to draft invoices.", code="invoice_not_editable", param="invoice")
    item["invoice"] = invoice["id"]
    lines.put(invoice, [*invoice["lines"]["data"], lines.of_invoice_item(call.world, call.scope, item)])


def delete_item(call: Call) -> Json:
    """`DELETE /v1/invoiceitems/{id}`: one that is on no invoice yet."""
    item = call.its("invoiceitem")
    if item["invoice"]:
        raise Problem(
            "You can only delete invoice items that are not attached to an invoice.", code="invoice_not_editable"
        )
    call.world.remove(call.scope, item)
    events.record(call.world, call.scope, "invoiceitem.deleted", item)
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


def list_items(call: Call) -> Json:
    """`GET /v1/invoiceitems`, by `customer`, `invoice` and `pending`."""
    params = call.params
    only(params, {*PAGING, "customer", "invoice", "pending"})
    found = [
        each
        for each in call.world.every(call.scope, "invoiceitem")
        if all(params.get(name) in {None, each[name]} for name in ("customer", "invoice"))
        and params.get("pending") in {None, each["invoice"] is None}
    ]
    return page(call, found)


def list_payments(call: Call) -> Json:
    """`GET /v1/invoice_payments`, by `invoice`, `status` and `payment[payment_intent]`."""
    params = call.params
    only(params, {*PAGING, "invoice", "payment", "status"})
    intent = params.get("payment", {}).get("payment_intent")
    found = [
        each
        for each in call.world.every(call.scope, "invoice_payment")
        if all(params.get(name) in {None, each[name]} for name in ("invoice", "status"))
        and intent in {None, each["payment"]["payment_intent"]}
    ]
    return page(call, found)
