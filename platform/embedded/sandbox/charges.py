"""Charges: the attempts of payment intents, and what the ledger says about those that succeeded."""

from embedded.sandbox import agenda, cards, events, fees, ledger, methods, shapes, transfers
from embedded.sandbox.calls import Call, lazy_list
from embedded.sandbox.problems import Json
from embedded.sandbox.world import APPLICATION, PLATFORM, World, merged_metadata, new_id, public

RECEIPTS = "https://pay.stripe.com/receipts/"


def attempt(world: World, scope: str, intent: Json, method: Json) -> Json:
    """A new charge of an intent, not yet succeeded nor failed."""
    is_card = method["type"] == "card"
    identity = new_id("ch_" if is_card else "py_")
    charge = shapes.blank(
        "charge",
        id=identity,
        amount=intent["amount"],
        application=None if scope == PLATFORM else APPLICATION["id"],
        billing_details=public(method)["billing_details"],
        calculated_statement_descriptor="SANDBOX" if is_card else None,
        created=world.now(),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        fraud_details={},
        metadata=dict(intent["metadata"]),
        on_behalf_of=intent["on_behalf_of"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method),
        receipt_email=intent["receipt_email"],
        receipt_url=f"{RECEIPTS}{identity}",
        shipping=intent["shipping"],
        statement_descriptor=intent["statement_descriptor"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        status="pending",
        transfer_data=_transfer_data(intent),
        _number=method.get("_number", ""),
        transfer_group=intent["transfer_group"],
    )
    intent["latest_charge"] = identity
    return world.put(scope, charge)


def fail(world: World, scope: str, charge: Json, code: str, decline: str, message: str) -> None:
    """The charge does not come about: `charge.failed`."""
    outcome = {"network_status": "declined_by_network", "reason": decline, "type": "issuer_declined"}
    charge.update(
        status="failed",
        paid=False,
        failure_code=code,
        failure_message=message,
        receipt_url=None,
        outcome=shapes.part("charge", "outcome", seller_message="The bank declined the payment.", **outcome),
    )
    events.record(world, scope, "charge.failed", charge)


def authorize(world: World, scope: str, charge: Json) -> None:
    """The money is reserved, to be captured later: `charge.succeeded` with `captured` false."""
    _succeed(charge)
    events.record(world, scope, "charge.succeeded", charge)


def succeed(world: World, scope: str, charge: Json, intent: Json) -> None:
    """The whole amount is paid: ledger entries, application fee, transfer, `charge.succeeded`."""
    _succeed(charge)
    charge["captured"], charge["amount_captured"] = True, charge["amount"]
    if world.settings["late_seconds"] and intent["capture_method"] == "automatic_async":
        charge["_unsettled"] = True
        agenda.later(world, "settle", world.settings["late_seconds"], scope=scope, charge=charge["id"])
    else:
        settle(world, scope, charge, intent)
    events.record(world, scope, "charge.succeeded", charge)


@agenda.does("settle")
def _settle_late(world: World, facts: Json) -> None:
    settle_now(world, facts["scope"], world.get(facts["scope"], "charge", facts["charge"]))


def settle_now(world: World, scope: str, charge: Json) -> None:
    """Book a charge that has succeeded and waits for its ledger entries: `charge.updated`."""
    if not charge.get("_unsettled"):
        return
    before = public(charge)
    charge["_unsettled"] = False
    settle(world, scope, charge, world.get(scope, "payment_intent", charge["payment_intent"]))
    events.updated(world, scope, "charge.updated", charge, before)


def _succeed(charge: Json) -> None:
    outcome = {"network_status": "approved_by_network", "seller_message": "Payment complete.", "type": "authorized"}
    charge.update(status="succeeded", paid=True, outcome=shapes.part("charge", "outcome", **outcome))


def settle(world: World, scope: str, charge: Json, intent: Json) -> None:
    """Book what was captured, for the account, the platform and the destination of a transfer."""
    amount, currency = charge["amount_captured"], charge["currency"]
    fee = min(intent["application_fee_amount"] or 0, amount)
    destination = (intent["transfer_data"] or {}).get("destination")
    charge["application_fee_amount"] = fee or None
    lines = []
    if fee and not destination:
        charge["application_fee"] = fees.take(world, scope, charge, fee)["id"]
        lines = [ledger.detail("application_fee", fee, currency, "Application fee")]
    cost = ledger.stripe_fee(world, amount, currency)
    if scope != PLATFORM and _payer(world, scope) != "account":
        for line in cost:
            ledger.entry(world, PLATFORM, "stripe_fee", -line["amount"], charge, text=line["description"])
        cost = []
    card = cards.BY_NUMBER.get(charge.get("_number", ""))
    days = 0 if card and card.then == "available" else world.settings["pending_days"]
    kind = "charge" if charge["id"].startswith("ch_") else "payment"
    booked = ledger.entry(
        world, scope, kind, amount, charge, fees=[*lines, *cost], days=days, text=charge["description"]
    )
    charge["balance_transaction"] = booked["id"]
    if destination:
        part = intent["transfer_data"].get("amount")
        sent = amount if part is None else min(part, amount)
        transfer = transfers.send(world, destination, sent, currency, charge["id"], fee)
        charge["transfer"] = transfer["id"]
        charge["transfer_group"] = charge["transfer_group"] or transfer["transfer_group"]


def _payer(world: World, scope: str) -> str:
    return str(world.account(scope)["controller"]["fees"]["payer"])


def follow_up(world: World, scope: str, charge: Json, method: Json) -> None:
    """What the test card does after it was charged: disputes and warnings come a second later."""
    card = methods.card_of(method)
    kind = card.then.partition(":")[0] if card else ""
    if card and kind in {"dispute", "inquiry", "warning"}:
        agenda.later(world, kind, 1, scope=scope, charge=charge["id"], reason=card.then.partition(":")[2])


def update(call: Call) -> Json:
    """`POST /v1/charges/{id}`."""
    charge, params = call.its("charge"), call.params
    before = public(charge)
    charge["metadata"] = merged_metadata(charge["metadata"], params.get("metadata", {}))
    for name in ("description", "receipt_email", "transfer_group", "shipping"):
        if name in params:
            charge[name] = params[name] or None
    events.updated(call.world, call.scope, "charge.updated", charge, before)
    return charge


@lazy_list("charge", "refunds", "/v1/charges/{id}/refunds")
def _refunds(world: World, scope: str, charge: Json) -> list[Json]:
    return [each for each in reversed(world.every(scope, "refund")) if each["charge"] == charge["id"]]


def _details(method: Json) -> Json:
    kind = method["type"]
    if kind == "card":
        own = method["card"]
        same = {
            name: own[name]
            for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
        }
        card = shapes.part("charge", "payment_method_details", "card", **same, network=own["brand"])
        return {
            "type": kind,
            "card": {name: each for name, each in card.items() if each is not None or name in KEPT_EMPTY},
        }
    part = shapes.part("charge", "payment_method_details", kind)
    own = {name: each for name, each in method[kind].items() if name in part and each is not None}
    return {"type": kind, kind: {**part, **own}}


KEPT_EMPTY = {"three_d_secure", "wallet", "mandate", "installments"}


def _transfer_data(intent: Json) -> Json | None:
    data = intent["transfer_data"]
    return {"amount": data.get("amount"), "destination": data["destination"]} if data else None
