"""Lines of invoices, from subscription items and from invoice items; and the sums under them."""

from embedded.sandbox import currencies, periods, shapes
from embedded.sandbox.calls import whole_list
from embedded.sandbox.problems import Json
from embedded.sandbox.world import World, new_id

shapes.LEFT_OUT["line_item"] = {"quantity_decimal"}
shapes.LEFT_OUT["invoiceitem"] = {"deleted", "quantity_decimal"}


def of_item(world: World, scope: str, subscription: Json, item: Json, *, is_trial: bool = False) -> Json:
    """The line of a subscription item for its current period; a trial costs nothing."""
    price, quantity = item["price"], item["quantity"]
    product = world.get(scope, "product", price["product"])
    name = product["name"]
    amount = 0 if is_trial else price["unit_amount"] * quantity
    each = currencies.shown(price["unit_amount"], price["currency"])
    text = f"{quantity} × {name} (at {each} / {price['recurring']['interval']})"
    return _line(
        price,
        amount=amount,
        description=f"Trial period for {name}" if is_trial else text,
        quantity=quantity,
        period={"start": item["current_period_start"], "end": item["current_period_end"]},
        subscription=subscription["id"],
        parent=_parent(subscription, item),
    )


def _parent(subscription: Json, item: Json, invoice_item: Json | None = None) -> Json:
    details = shapes.part(
        "line_item",
        "parent",
        "subscription_item_details",
        subscription=subscription["id"],
        subscription_item=item["id"],
        proration=invoice_item is not None,
        invoice_item=invoice_item["id"] if invoice_item else None,
        proration_details={"credited_items": None} if invoice_item else None,
    )
    return {"type": "subscription_item_details", "subscription_item_details": details, "invoice_item_details": None}


def _line(price: Json, **fields: object) -> Json:
    pricing = {
        "type": "price_details",
        "price_details": {"price": price["id"], "product": price["product"]},
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return shapes.blank(
        "line_item",
        id=new_id("il_1"),
        currency=price["currency"],
        discountable=True,
        discount_amounts=[],
        pretax_credit_amounts=[],
        pricing=pricing,
        taxes=[],
        **{"subtotal": fields["amount"], **fields},
    )


def of_invoice_item(world: World, scope: str, each: Json) -> Json:
    """The line of an invoice item, be it a proration or something that somebody put there."""
    details = (each["parent"] or {}).get("subscription_details") or {}
    subscription = world.seek(scope, "subscription", details.get("subscription"))
    if subscription and details.get("subscription_item"):
        parent = _parent(subscription, {"id": details["subscription_item"]}, each)
    else:
        own = {"invoice_item": each["id"], "proration": each["proration"], "subscription": details.get("subscription"),
               "proration_details": None}  # fmt: skip
        parent = {"type": "invoice_item_details", "invoice_item_details": own, "subscription_item_details": None}
    same = {
        name: each[name] for name in ("amount", "currency", "description", "period", "pricing", "quantity", "metadata")
    }
    return shapes.blank(
        "line_item",
        id=new_id("il_1"),
        discountable=each["discountable"],
        discount_amounts=[],
        pretax_credit_amounts=[],
        taxes=[],
        subtotal=each["amount"],
        subscription=details.get("subscription"),
        parent=parent,
        **same,
    )


def prorated(
    world: World, scope: str, subscription: Json, changes: tuple[list[Json], list[Json]], moment: int
) -> list[Json]:
    """Invoice items, not kept yet, that turn old subscription items into new ones at a moment of their period."""
    old, new = ({each["id"]: each for each in items} for items in changes)
    made = []
    for identity in [*old, *(each for each in new if each not in old)]:
        before, after = old.get(identity), new.get(identity)
        if (
            before
            and after
            and (before["price"]["id"], before["quantity"]) == (after["price"]["id"], after["quantity"])
        ):
            continue
        if before:
            made.append(_proration(world, scope, subscription, before, moment, "Unused"))
        if after:
            made.append(_proration(world, scope, subscription, after, moment, "Remaining"))
    return made


def _proration(world: World, scope: str, subscription: Json, item: Json, moment: int, word: str) -> Json:
    period = item["current_period_start"], item["current_period_end"]
    price, quantity = item["price"], item["quantity"]
    amount = periods.share(price["unit_amount"] * quantity, moment, period)
    name = world.get(scope, "product", price["product"])["name"]
    many = f"{quantity} × " if quantity != 1 else ""
    details = {"subscription": subscription["id"], "subscription_item": item["id"]}
    return invoice_item(
        world,
        subscription,
        amount=-amount if word == "Unused" else amount,
        currency=price["currency"],
        description=f"{word} time on {many}{name} after {periods.day(moment)}",
        parent={"type": "subscription_details", "subscription_details": details},
        period={"start": moment, "end": period[1]},
        pricing=_line(price, amount=0)["pricing"],
        proration=True,
        proration_details={"discount_amounts": []},
        quantity=quantity,
    )


def invoice_item(world: World, owner: Json, **fields: object) -> Json:
    """An invoice item for whoever `owner` is or belongs to: a customer, or one of its subscriptions."""
    now = world.now()
    same: Json = {
        "period": {"start": now, "end": now},
        "quantity": 1,
        "discountable": not fields.get("proration"),
        "discounts": [],
    }
    made = shapes.blank(
        "invoiceitem",
        id=new_id("ii_1"),
        customer=owner.get("customer") or owner["id"],
        date=now,
        tax_rates=[],
        test_clock=owner["test_clock"],
        net_amount=fields["amount"],
        **{**same, **fields},
    )
    return {**made, "quantity_decimal": str(made["quantity"])}


def put(invoice: Json, found: list[Json]) -> None:
    """Give an invoice its lines, and add them up."""
    for line in found:
        line["invoice"] = invoice["id"]
    invoice["lines"] = whole_list(found, f"/v1/invoices/{invoice['id']}/lines")
    add_up(invoice)


def add_up(invoice: Json) -> None:
    """Sums from the lines and the balance that the customer began with; what is below zero becomes balance."""
    found = invoice["lines"]["data"]
    subtotal = sum(line["amount"] for line in found)
    taxes = total_taxes(found)
    kinds = ("exclusive", "inclusive")
    added, contained = (sum(each["amount"] for each in taxes if each["tax_behavior"] == kind) for kind in kinds)
    total, net = subtotal + added, subtotal - contained
    due = max(0, total + invoice["starting_balance"])
    invoice.update(subtotal=subtotal, subtotal_excluding_tax=net, total=total, total_excluding_tax=net)
    invoice["total_taxes"] = taxes
    invoice.update(amount_due=due, amount_remaining=max(0, due - invoice["amount_paid"]))


def total_taxes(found: list[Json]) -> list[Json]:
    """The taxes of lines, added up by rate, reason and behaviour."""
    summed: dict[tuple[str, str, str], Json] = {}
    for tax in (tax for line in found for tax in line["taxes"]):
        key = (tax["tax_rate_details"]["tax_rate"], tax["taxability_reason"], tax["tax_behavior"])
        whole = summed.setdefault(key, {**tax, "amount": 0, "taxable_amount": 0})
        for name in ("amount", "taxable_amount"):
            whole[name] += tax[name]
    return list(summed.values())
