"""Payouts: the available balance goes to a bank account; ordered by the control API, or by hand."""

from embedded.sandbox import agenda, currencies, events, ledger, shapes
from embedded.sandbox.agenda import DAY
from embedded.sandbox.calls import Call, listing
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import PLATFORM, World, merged_metadata, new_id, public

FAILURES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account could not be located.",
    "could_not_process": "The bank could not process this payout.",
}


def pay_out(world: World, scope: str, currency: str, order: Json) -> Json | None:
    """An automatic payout of all that is available in a currency; None when that is nothing.

    `order`: `include_pending` makes pending money available first, `outcome` is paid, failed or in_transit.
    """
    waiting = [
        each
        for each in world.every(scope, "balance_transaction")
        if each["currency"] == currency and each["_payout"] is None and not each["type"].startswith("payout")
    ]
    if order.get("include_pending"):
        ledger.make_available(world, scope, [each["id"] for each in waiting])
    paid = [each for each in waiting if each["status"] == "available"]
    amount = ledger.available(world, scope, currency)
    if amount <= 0:
        return None
    payout = _made(world, scope, amount, currency, {"automatic": True, "description": "STRIPE PAYOUT"})
    for each in [*paid, world.get(scope, "balance_transaction", payout["balance_transaction"])]:
        each["_payout"] = payout["id"]
    finish(world, scope, payout, order.get("outcome", "paid"), order.get("failure_code", "account_closed"))
    return payout


def finish(world: World, scope: str, payout: Json, outcome: str, code: str = "account_closed") -> None:
    """The bank's answer: `paid`, `failed` (also after it had been paid), or `in_transit`."""
    before = public(payout)
    payout["status"] = outcome
    if outcome == "failed":
        payout.update(failure_code=code, failure_message=FAILURES.get(code, "The payout failed."))
        _money_back(world, scope, payout, "payout_failure")
    if outcome == "in_transit":
        events.updated(world, scope, "payout.updated", payout, before)
        return
    events.updated(world, scope, f"payout.{outcome}", payout, before)
    if outcome == "paid" and payout["automatic"]:
        payout["reconciliation_status"] = "completed"
        events.record(world, scope, "payout.reconciliation_completed", payout)


def _money_back(world: World, scope: str, payout: Json, kind: str) -> None:
    booked = ledger.entry(world, scope, kind, payout["amount"], payout)
    payout["failure_balance_transaction"] = booked["id"]


def _made(world: World, scope: str, amount: int, currency: str, fields: Json) -> Json:
    payout = shapes.blank(
        "payout",
        id=new_id("po_1"),
        amount=amount,
        arrival_date=(world.now() // DAY + 2) * DAY,
        created=world.now(),
        currency=currency,
        destination=_destination(world, scope, currency),
        metadata={},
        method="standard",
        reconciliation_status="in_progress" if fields.get("automatic") else "not_applicable",
        source_type="card",
        status="pending",
        type="bank_account",
    )
    payout.update(fields)
    payout["balance_transaction"] = ledger.entry(world, scope, "payout", -amount, payout, text=payout["description"])[
        "id"
    ]
    world.put(scope, payout)
    events.record(world, scope, "payout.created", payout)
    return payout


def _destination(world: World, scope: str, currency: str) -> str | None:
    banks = world.every(scope, "bank_account")
    fitting = [each for each in banks if each["currency"] == currency] or banks
    return str(fitting[0]["id"]) if fitting else None


def create(call: Call) -> Json:
    """`POST /v1/payouts`: by hand. It arrives after two days of the sandbox's clock."""
    world, params = call.world, call.params
    currency, amount = params["currency"].lower(), params["amount"]
    currencies.check_currency(currency)
    if amount < 1:
        raise Problem(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if currency in currencies.PAID_OUT_IN_WHOLE_UNITS and amount % 100:
        raise Problem(f"Payouts in {currency} must be evenly divisible by 100 (given {amount}).", param="amount")
    if call.scope != PLATFORM and not world.account(call.scope)["payouts_enabled"]:
        raise Problem("Cannot create payouts: this account has payouts disabled.", code="payouts_not_allowed")
    if ledger.available(world, call.scope, currency) < amount:
        raise Problem(
            "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.",
            code="balance_insufficient",
        )
    given = {name: params[name] for name in ("description", "statement_descriptor") if params.get(name)}
    payout = _made(world, call.scope, amount, currency, {"automatic": False, **given})
    payout["metadata"] = merged_metadata({}, params.get("metadata"))
    agenda.later(world, "payout", 2 * DAY, scope=call.scope, payout=payout["id"])
    return payout


@agenda.does("payout")
def _arrives(world: World, facts: Json) -> None:
    payout = world.get(facts["scope"], "payout", facts["payout"])
    if payout["status"] in {"pending", "in_transit"}:
        finish(world, facts["scope"], payout, "paid")


def cancel(call: Call) -> Json:
    """`POST /v1/payouts/{id}/cancel`."""
    payout = call.its("payout")
    if payout["status"] != "pending":
        raise Problem("Payouts can only be canceled while they are pending.", code="payout_not_cancelable")
    before = public(payout)
    payout["status"] = "canceled"
    _money_back(call.world, call.scope, payout, "payout_cancel")
    events.updated(call.world, call.scope, "payout.canceled", payout, before)
    return payout


def update(call: Call) -> Json:
    """`POST /v1/payouts/{id}`."""
    payout = call.its("payout")
    before = public(payout)
    payout["metadata"] = merged_metadata(payout["metadata"], call.params.get("metadata", {}))
    events.updated(call.world, call.scope, "payout.updated", payout, before)
    return payout


listed = listing("payout", "status", "destination")
