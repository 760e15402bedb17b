"""Application fees: what the platform takes from a connected account's payment, and gives back."""

from embedded.sandbox import events, ledger, shapes
from embedded.sandbox.calls import Call, page, whole_list
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import APPLICATION, PLATFORM, World, merged_metadata, new_id, public


def take(world: World, account: str, charge: Json, amount: int) -> Json:
    """The platform's side of a fee that a connected account's charge pays."""
    fee = shapes.blank(
        "application_fee",
        id=new_id("fee_1"),
        account=account,
        amount=amount,
        application=APPLICATION["id"],
        charge=charge["id"],
        created=world.now(),
        currency=charge["currency"],
        fee_source={"charge": charge["id"], "payout": None, "type": "charge"},
        originating_transaction=charge.get("_origin") or charge["id"],
    )
    fee["refunds"] = whole_list([], f"/v1/application_fees/{fee['id']}/refunds")
    del fee["fee_source"]["payout"]
    days = world.settings["pending_days"]
    fee["balance_transaction"] = ledger.entry(world, PLATFORM, "application_fee", amount, fee, days=days)["id"]
    world.put(PLATFORM, fee)
    events.record(world, PLATFORM, "application_fee.created", fee)
    return fee


def give_back(world: World, fee: Json, amount: int, metadata: Json | None = None) -> Json:
    """Refund a part of a fee to the connected account; its own side is booked by whoever asks. Raises Problem."""
    left = fee["amount"] - fee["amount_refunded"]
    if not left:
        raise Problem(
            f"Application fee {fee['id']} has already been refunded.", code="application_fee_already_refunded"
        )
    if not 1 <= amount <= left:
        raise Problem(f"Refund amount ({amount}) is greater than unrefunded amount on fee ({left})", param="amount")
    refund = shapes.blank(
        "fee_refund",
        id=new_id("fr_1"),
        amount=amount,
        created=world.now(),
        currency=fee["currency"],
        fee=fee["id"],
        metadata=metadata or {},
    )
    before = public(fee)
    booked = ledger.entry(world, PLATFORM, "application_fee_refund", -amount, refund)
    refund["balance_transaction"] = booked["id"]
    world.put(PLATFORM, refund)
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"].insert(0, public(refund))
    events.updated(world, PLATFORM, "application_fee.refunded", fee, before)
    return refund


def refund(call: Call) -> Json:
    """`POST /v1/application_fees/{id}/refunds`: by itself, without a refund of the charge."""
    fee = call.its("application_fee")
    amount = call.params.get("amount", fee["amount"] - fee["amount_refunded"])
    made = give_back(call.world, fee, amount, merged_metadata({}, call.params.get("metadata")))
    ledger.entry(call.world, fee["account"], "application_fee_refund", amount, made)
    return made


def _refund_of(call: Call) -> Json:
    found = call.its("fee_refund", "refund")
    if found["fee"] != call.its("application_fee")["id"]:
        raise missing("fee refund", found["id"])
    return found


def refund_retrieve(call: Call) -> Json:
    """`GET /v1/application_fees/{id}/refunds/{refund}`."""
    return _refund_of(call)


def refund_update(call: Call) -> Json:
    """`POST /v1/application_fees/{id}/refunds/{refund}`."""
    found = _refund_of(call)
    before = public(found)
    found["metadata"] = merged_metadata(found["metadata"], call.params.get("metadata", {}))
    events.updated(call.world, PLATFORM, "application_fee.refund.updated", found, before)
    return found


def refunds(call: Call) -> Json:
    """`GET /v1/application_fees/{id}/refunds`."""
    fee = call.its("application_fee")
    return page(call, [each for each in call.world.every(PLATFORM, "fee_refund") if each["fee"] == fee["id"]])
