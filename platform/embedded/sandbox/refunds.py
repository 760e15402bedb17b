"""Refunds: of charges and intents, with their share of the application fee and the transfer."""

from embedded.sandbox import agenda, charges, events, fees, ledger, shapes, transfers
from embedded.sandbox.agenda import DAY
from embedded.sandbox.calls import Call, listing, page
from embedded.sandbox.problems import Json, Problem, not_given
from embedded.sandbox.world import PLATFORM, World, merged_metadata, new_id, public

WITHDRAWN = ("needs_response", "under_review", "lost")
WAITS_DAYS = 30
FUNDLESS = ("pending", "requires_action")


def create(call: Call) -> Json:
    """`POST /v1/refunds`. Raises Problem as Stripe does for each thing that does not fit."""
    world, params = call.world, call.params
    charge = _charge(call)
    amount = _amount(charge, params)
    fee_back, fee = _fee_back(world, charge, params, amount)
    transfer, sent_back = _sent_back(world, charge, params, amount)
    refund = shapes.blank(
        "refund",
        id=new_id("re_"),
        amount=amount,
        charge=charge["id"],
        created=world.now(),
        currency=charge["currency"],
        destination_details=_destination(charge),
        metadata=merged_metadata({}, params.get("metadata")),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status=_status(world, call.scope, charge, amount),
    )
    if refund["status"] == "pending":
        refund["pending_reason"] = "insufficient_funds" if world.settings["refunds"] == "by_balance" else "processing"
    world.put(call.scope, refund)
    if transfer and sent_back:
        refund["transfer_reversal"] = transfers.reverse(
            world, transfer, sent_back, fee_back if fee else 0, refund["id"]
        )["id"]
        fee = None
    refund["_fee"], refund["_fee_back"] = fee["id"] if fee else None, fee_back
    if refund["status"] not in FUNDLESS:
        _book(world, call.scope, refund)
    _count(world, call.scope, charge, amount, refund)
    events.record(world, call.scope, "refund.created", refund)
    _plan(world, call.scope, charge, refund)
    return refund


def _charge(call: Call) -> Json:
    params = call.params
    if params.get("payment_intent"):
        intent = call.world.get(call.scope, "payment_intent", params["payment_intent"], "payment_intent")
        charge = call.world.seek(call.scope, "charge", intent["latest_charge"])
        if not charge or charge["status"] != "succeeded":
            raise Problem(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
    elif params.get("charge"):
        charge = call.world.get(call.scope, "charge", params["charge"], "charge")
    else:
        raise not_given("charge or payment_intent")
    if charge["status"] != "succeeded":
        raise Problem(f"Charge {charge['id']} has not succeeded; it cannot be refunded.", code="charge_not_refundable")
    charges.settle_now(call.world, call.scope, charge)
    if is_charged_back(call.world, call.scope, charge["id"]):
        raise Problem(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    return charge


def is_charged_back(world: World, scope: str, charge: str) -> bool:
    """Whether a dispute has the money: not an inquiry, and not one that was won."""
    disputes = world.every(scope, "dispute")
    return any(each["charge"] == charge and each["status"] in WITHDRAWN for each in disputes)


def _amount(charge: Json, params: Json) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left < 1:
        raise Problem(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = params.get("amount", left)
    if amount < 1:
        raise Problem(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        raise Problem(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    return amount


def _fee_back(world: World, charge: Json, params: Json, amount: int) -> tuple[int, Json | None]:
    if not params.get("refund_application_fee"):
        return 0, None
    identity = charge["application_fee"]
    if not identity and charge.get("transfer"):
        transfer = world.get(PLATFORM, "transfer", charge["transfer"])
        identity = world.get(transfer["destination"], "charge", transfer["destination_payment"])["application_fee"]
        if identity and not params.get("reverse_transfer"):
            raise Problem(
                "Refunding the application fee of a destination charge needs reverse_transfer too.",
                param="reverse_transfer",
            )
    if not identity:
        raise Problem(f"Charge {charge['id']} has no application fee.", param="refund_application_fee")
    fee = world.get(PLATFORM, "application_fee", identity)
    left = fee["amount"] - fee["amount_refunded"]
    return transfers.share(fee["amount"], amount, charge["amount_captured"], left), fee


def _sent_back(world: World, charge: Json, params: Json, amount: int) -> tuple[Json | None, int]:
    if not params.get("reverse_transfer"):
        return None, 0
    if not charge.get("transfer"):
        raise Problem(
            f"Cannot reverse transfer on charge {charge['id']} because it does not have an associated transfer.",
            param="reverse_transfer",
        )
    transfer = world.get(PLATFORM, "transfer", charge["transfer"])
    left = transfer["amount"] - transfer["amount_reversed"]
    return transfer, transfers.share(transfer["amount"], amount, charge["amount_captured"], left)


def _status(world: World, scope: str, charge: Json, amount: int) -> str:
    """Pending when the charge's money has been paid out and what is there does not cover the refund."""
    if (ordered := world.settings["refunds"]) != "by_balance":
        return str(ordered)
    if charge.get("_number") == "4000000000007726":
        return "pending"
    booked = world.seek(scope, "balance_transaction", charge["balance_transaction"])
    paid_out = scope != PLATFORM and booked is not None and booked["_payout"] is not None
    return "pending" if paid_out and ledger.total(world, scope, charge["currency"]) < amount else "succeeded"


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return {"type": kind, kind: {}}
    return {
        "type": "card",
        "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
    }


def _book(world: World, scope: str, refund: Json) -> None:
    """Money leaves the account; what the platform gives back of its fee comes at the same moment."""
    back = 0
    if refund["_fee"]:
        fee = world.get(PLATFORM, "application_fee", refund["_fee"])
        back = min(refund["_fee_back"], fee["amount"] - fee["amount_refunded"])
    if back:
        fees.give_back(world, fee, back)
    lines = [ledger.detail("application_fee", -back, refund["currency"], "Application fee refund")] if back else []
    kind = "refund" if refund["charge"].startswith("ch_") else "payment_refund"
    refund["balance_transaction"] = ledger.entry(world, scope, kind, -refund["amount"], refund, fees=lines)["id"]


def _count(world: World, scope: str, charge: Json, amount: int, refund: Json) -> None:
    before = public(charge)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    name = "charge.refunded" if amount > 0 and refund["status"] != "failed" else "charge.updated"
    events.updated(world, scope, name, charge, before)


def _plan(world: World, scope: str, charge: Json, refund: Json) -> None:
    if charge.get("_number") == "4000000000007726":
        agenda.later(world, "refund", 3 * DAY, scope=scope, refund=refund["id"], outcome="succeeded")
    elif charge.get("_number") == "4000000000005126":
        agenda.later(world, "refund", 2 * DAY, scope=scope, refund=refund["id"], outcome="failed")
    elif refund["status"] == "failed":
        refund["status"] = "succeeded"
        change(world, scope, refund, "failed")
    elif refund.get("pending_reason") == "insufficient_funds":
        agenda.later(world, "waiting_refund", DAY, scope=scope, refund=refund["id"], left=WAITS_DAYS)


@agenda.does("waiting_refund")
def _waiting(world: World, facts: Json) -> None:
    """Once a day: is there enough money now? After a month it has failed."""
    refund = world.get(facts["scope"], "refund", facts["refund"])
    if refund["status"] != "pending":
        return
    if ledger.total(world, facts["scope"], refund["currency"]) >= refund["amount"]:
        change(world, facts["scope"], refund, "succeeded")
    elif facts["left"] == 0:
        change(world, facts["scope"], refund, "failed", "insufficient_funds")
    else:
        agenda.later(world, "waiting_refund", DAY, **{**facts, "left": facts["left"] - 1})


@agenda.does("refund")
def _due(world: World, facts: Json) -> None:
    change(world, facts["scope"], world.get(facts["scope"], "refund", facts["refund"]), facts["outcome"])


def change(world: World, scope: str, refund: Json, outcome: str, reason: str = "unknown") -> None:
    """A refund becomes `succeeded`, `failed` (after it had succeeded, too: the money comes back) or `canceled`."""
    if refund["status"] in {outcome, "failed", "canceled"}:
        return
    before = public(refund)
    charge = world.get(scope, "charge", refund["charge"])
    if outcome == "succeeded":
        _book(world, scope, refund)
        refund.pop("pending_reason", None)
        refund["status"] = outcome
    else:
        refund["status"], refund["failure_reason"] = outcome, reason if outcome == "failed" else "merchant_request"
        if refund["balance_transaction"]:
            booked = ledger.entry(world, scope, "refund_failure", refund["amount"], refund)
            refund["failure_balance_transaction"] = booked["id"]
        earlier = public(charge)
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        events.updated(world, scope, "charge.updated", charge, earlier)
    events.updated(world, scope, "refund.updated", refund, before)
    events.updated(world, scope, "charge.refund.updated", refund, before)
    if outcome == "failed":
        events.updated(world, scope, "refund.failed", refund, before)


def cancel(call: Call) -> Json:
    """`POST /v1/refunds/{id}/cancel`: only while it requires an action."""
    refund = call.its("refund")
    if refund["status"] != "requires_action":
        raise Problem(f"Refund {refund['id']} cannot be canceled because it has a status of {refund['status']}.")
    change(call.world, call.scope, refund, "canceled")
    return refund


def update(call: Call) -> Json:
    """`POST /v1/refunds/{id}`."""
    refund = call.its("refund")
    before = public(refund)
    refund["metadata"] = merged_metadata(refund["metadata"], call.params.get("metadata", {}))
    events.updated(call.world, call.scope, "refund.updated", refund, before)
    events.updated(call.world, call.scope, "charge.refund.updated", refund, before)
    return refund


listed = listing("refund", "charge", "payment_intent")


def of_charge(call: Call) -> Json:
    """`GET /v1/charges/{id}/refunds`."""
    charge = call.its("charge")
    return page(call, [each for each in call.world.every(call.scope, "refund") if each["charge"] == charge["id"]])
