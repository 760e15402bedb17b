"""Disputes: opened by the control API or a test card, answered with evidence, won or lost."""

from embedded.sandbox import agenda, charges, events, ledger, shapes
from embedded.sandbox.agenda import DAY
from embedded.sandbox.calls import Call, listing
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World, merged_metadata, new_id, public

OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
ANSWER_WITHIN = 9 * DAY


def open_on(world: World, scope: str, charge: Json, reason: str = "fraudulent", inquiry: str = "") -> Json:
    """A cardholder complains: the money is withdrawn with a fee, unless it is an inquiry. Raises Problem."""
    if charge["disputed"]:
        raise Problem(f"Charge {charge['id']} is disputed already.")
    charges.settle_now(world, scope, charge)
    dispute = shapes.blank(
        "dispute",
        id=new_id("du_1"),
        amount=charge["amount"] - charge["amount_refunded"] or charge["amount"],
        charge=charge["id"],
        created=world.now(),
        currency=charge["currency"],
        evidence_details={
            **shapes.part("dispute", "evidence_details"),
            "due_by": world.now() + ANSWER_WITHIN,
            "enhanced_eligibility": {},
        },
        is_charge_refundable=bool(inquiry),
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": "83",
            },
        },
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )
    world.put(scope, dispute)
    before = public(charge)
    charge["disputed"] = True
    events.updated(world, scope, "charge.updated", charge, before)
    if not inquiry:
        _move(world, scope, dispute, -dispute["amount"], world.settings["dispute_fee"], "dispute")
    events.record(world, scope, "charge.dispute.created", dispute)
    if not inquiry:
        events.record(world, scope, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(world: World, scope: str, dispute: Json, amount: int, fee: int, category: str) -> None:
    lines = [ledger.detail("stripe_fee", fee, dispute["currency"], "Dispute fee")] if fee else []
    text = f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}"
    booked = ledger.entry(world, scope, "adjustment", amount, dispute, fees=lines, category=category, text=text)
    dispute["balance_transactions"].append(public(booked))


def close_as(world: World, scope: str, dispute: Json, outcome: str) -> None:
    """The bank has decided: `won` brings money and fee back, `lost` does not. Raises Problem when it is over."""
    if dispute["status"] not in OPEN:
        raise Problem(f"This dispute is already closed: {dispute['status']}.")
    before = public(dispute)
    inquiry = dispute["status"].startswith("warning")
    dispute["status"] = "warning_closed" if inquiry else outcome
    dispute["is_charge_refundable"] = inquiry or outcome == "won"
    if outcome == "won" and not inquiry:
        _move(world, scope, dispute, dispute["amount"], -world.settings["dispute_fee"], "dispute_reversal")
        events.updated(world, scope, "charge.dispute.funds_reinstated", dispute, before)
    events.updated(world, scope, "charge.dispute.closed", dispute, before)


def update(call: Call) -> Json:
    """`POST /v1/disputes/{id}`: evidence; the words `winning_evidence` and `losing_evidence` decide at once."""
    dispute, params = call.its("dispute"), call.params
    if dispute["status"] not in OPEN:
        raise Problem("This dispute is already closed.", code="dispute_closed")
    before = public(dispute)
    given = params.get("evidence") or {}
    dispute["evidence"] = {**dispute["evidence"], **{name: each or None for name, each in given.items()}}
    dispute["metadata"] = merged_metadata(dispute["metadata"], params.get("metadata", {}))
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(given)
    if given and params.get("submit", True):
        details["submission_count"] += 1
        dispute["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
    events.updated(call.world, call.scope, "charge.dispute.updated", dispute, before)
    word = str(given.get("uncategorized_text", ""))
    if word in {"winning_evidence", "losing_evidence"}:
        close_as(call.world, call.scope, dispute, "won" if word.startswith("winning") else "lost")
    return dispute


def close(call: Call) -> Json:
    """`POST /v1/disputes/{id}/close`: the merchant accepts that it is lost."""
    dispute = call.its("dispute")
    close_as(call.world, call.scope, dispute, "lost")
    return dispute


listed = listing("dispute", "charge", "payment_intent")


def warn(world: World, scope: str, charge: Json, fraud_type: str = "made_with_stolen_card") -> Json:
    """The card's issuer says that this was fraud, before there is a dispute."""
    warning = shapes.blank(
        "radar.early_fraud_warning",
        id=new_id("issfr_1"),
        actionable=not charge["refunded"] and not charge["disputed"],
        charge=charge["id"],
        created=world.now(),
        fraud_type=fraud_type,
        payment_intent=charge["payment_intent"],
    )
    world.put(scope, warning)
    events.record(world, scope, "radar.early_fraud_warning.created", warning)
    return warning


@agenda.does("dispute")
def _dispute(world: World, facts: Json) -> None:
    open_on(world, facts["scope"], world.get(facts["scope"], "charge", facts["charge"]), facts["reason"])


@agenda.does("inquiry")
def _inquiry(world: World, facts: Json) -> None:
    open_on(world, facts["scope"], world.get(facts["scope"], "charge", facts["charge"]), facts["reason"], "inquiry")


@agenda.does("warning")
def _warning(world: World, facts: Json) -> None:
    warn(world, facts["scope"], world.get(facts["scope"], "charge", facts["charge"]))
