"""Transfers to connected accounts, alone or as a destination charge's other half, and their reversals."""

from embedded.sandbox import currencies, events, fees, ledger, shapes
from embedded.sandbox.calls import Call, page, whole_list
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import PLATFORM, World, merged_metadata, new_id, public


def check_destination(world: World, destination: str, param: str) -> Json:
    """The account that money may be sent to. Raises Problem."""
    account = world.seek(PLATFORM, "account", destination)
    if account is None or account.get("_revoked"):
        raise missing("destination", destination, param)
    if account["capabilities"].get("transfers") != "active":
        raise Problem(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def create(call: Call) -> Json:
    """`POST /v1/transfers`: from the platform's balance, or bound to a charge by `source_transaction`."""
    world, params = call.world, call.params
    currencies.check_currency(params["currency"])
    check_destination(world, params["destination"], "destination")
    source = params.get("source_transaction")
    amount = params.get("amount", 0)
    if source:
        charge = world.get(call.scope, "charge", source, "source_transaction")
        amount = params.get("amount", charge["amount"])
    if amount < 1:
        raise Problem(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if not source and ledger.available(world, call.scope, params["currency"]) < amount:
        raise Problem(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your "
            "available balance "
            "by creating Charges using the 4000000000000077 test card. See: "
            "https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )
    given = {name: params.get(name) for name in ("description", "transfer_group")}
    transfer = send(world, params["destination"], amount, params["currency"], source)
    transfer.update(given, metadata=merged_metadata({}, params.get("metadata")))
    return transfer


def send(world: World, destination: str, amount: int, currency: str, source: str | None, fee: int = 0) -> Json:
    """Move platform money to an account: a transfer here, a `py_` payment there, which pays the application fee."""
    transfer = shapes.blank(
        "transfer",
        id=new_id("tr_3"),
        amount=amount,
        created=world.now(),
        currency=currency,
        destination=destination,
        source_transaction=source,
        source_type="card",
        transfer_group=f"group_{source}" if source else None,
    )
    transfer["reversals"] = whole_list([], f"/v1/transfers/{transfer['id']}/reversals")
    days = world.settings["pending_days"] if source else 0
    transfer["balance_transaction"] = ledger.entry(world, PLATFORM, "transfer", -amount, transfer, days=days)["id"]
    payment = _payment(world, destination, transfer, fee, days)
    transfer["destination_payment"] = payment["id"]
    world.put(PLATFORM, transfer)
    events.record(world, PLATFORM, "transfer.created", transfer)
    return transfer


def _payment(world: World, destination: str, transfer: Json, fee: int, days: int) -> Json:
    payment = shapes.blank(
        "charge",
        id=new_id("py_"),
        amount=transfer["amount"],
        amount_captured=transfer["amount"],
        captured=True,
        paid=True,
        created=world.now(),
        currency=transfer["currency"],
        source_transfer=transfer["id"],
        status="succeeded",
        application_fee_amount=fee or None,
        payment_method_details={"type": "stripe_account", "stripe_account": {}},
        _origin=transfer["source_transaction"],
    )
    details = []
    if fee:
        payment["application"] = "ca_SandboxPlatform"
        payment["application_fee"] = fees.take(world, destination, payment, fee)["id"]
        details = [ledger.detail("application_fee", fee, transfer["currency"], "Application fee")]
    booked = ledger.entry(world, destination, "payment", transfer["amount"], payment, fees=details, days=days)
    payment["balance_transaction"] = booked["id"]
    world.put(destination, payment)
    return payment


def reverse(world: World, transfer: Json, amount: int, fee_back: int = 0, source_refund: str | None = None) -> Json:
    """Take a part of a transfer back, and of its application fee; the reversal. Raises Problem."""
    left = transfer["amount"] - transfer["amount_reversed"]
    if not 1 <= amount <= left:
        raise Problem(
            f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})",
            code=None if left else "transfer_already_reversed",
            param="amount",
        )
    destination = transfer["destination"]
    reversal = shapes.blank(
        "transfer_reversal",
        id=new_id("trr_1"),
        amount=amount,
        created=world.now(),
        currency=transfer["currency"],
        source_refund=source_refund,
        transfer=transfer["id"],
        metadata={},
    )
    booked = ledger.entry(world, PLATFORM, "transfer_refund", amount, reversal)
    reversal["balance_transaction"] = booked["id"]
    reversal["destination_payment_refund"] = _payment_refund(world, destination, transfer, reversal, fee_back)["id"]
    world.put(PLATFORM, reversal)
    before = public(transfer)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, public(reversal))
    events.updated(world, PLATFORM, "transfer.reversed", transfer, before)
    return reversal


def _payment_refund(world: World, scope: str, transfer: Json, reversal: Json, fee_back: int) -> Json:
    payment = world.get(scope, "charge", transfer["destination_payment"])
    refund = shapes.blank(
        "refund",
        id=new_id("pyr_1"),
        amount=reversal["amount"],
        charge=payment["id"],
        created=world.now(),
        currency=reversal["currency"],
        metadata={},
        source_transfer_reversal=reversal["id"],
        status="succeeded",
    )
    details = []
    if fee_back:
        fees.give_back(world, world.get(PLATFORM, "application_fee", payment["application_fee"]), fee_back)
        details = [ledger.detail("application_fee", -fee_back, reversal["currency"], "Application fee refund")]
    booked = ledger.entry(world, scope, "payment_refund", -reversal["amount"], refund, fees=details)
    refund["balance_transaction"] = booked["id"]
    world.put(scope, refund)
    before = public(payment)
    payment["amount_refunded"] += reversal["amount"]
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    events.updated(world, scope, "charge.refunded", payment, before)
    return refund


def create_reversal(call: Call) -> Json:
    """`POST /v1/transfers/{id}/reversals`."""
    transfer, params = call.its("transfer"), call.params
    amount = params.get("amount", transfer["amount"] - transfer["amount_reversed"])
    back = 0
    payment = call.world.get(transfer["destination"], "charge", transfer["destination_payment"])
    if params.get("refund_application_fee"):
        if not payment["application_fee"]:
            raise Problem(f"Transfer {transfer['id']} has no application fee.", param="refund_application_fee")
        fee = call.world.get(PLATFORM, "application_fee", payment["application_fee"])
        back = share(fee["amount"], amount, transfer["amount"], fee["amount"] - fee["amount_refunded"])
    reversal = reverse(call.world, transfer, amount, back)
    reversal["metadata"] = merged_metadata({}, params.get("metadata"))
    return reversal


def share(whole: int, part: int, total: int, left: int) -> int:
    """What a part of a payment takes back of a fee or transfer: proportional, half up, never more than is left."""
    return min(left, (2 * whole * part + total) // (2 * total))


def update(call: Call) -> Json:
    """`POST /v1/transfers/{id}`."""
    transfer = call.its("transfer")
    before = public(transfer)
    transfer["metadata"] = merged_metadata(transfer["metadata"], call.params.get("metadata", {}))
    if "description" in call.params:
        transfer["description"] = call.params["description"] or None
    events.updated(call.world, call.scope, "transfer.updated", transfer, before)
    return transfer


def reversals(call: Call) -> Json:
    """`GET /v1/transfers/{id}/reversals`."""
    transfer = call.its("transfer")
    return page(
        call, [each for each in call.world.every(PLATFORM, "transfer_reversal") if each["transfer"] == transfer["id"]]
    )


def reversal_retrieve(call: Call) -> Json:
    """`GET /v1/transfers/{id}/reversals/{reversal}`."""
    call.its("transfer")
    return call.its("transfer_reversal", "reversal")
