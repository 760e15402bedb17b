"""Balance transactions, and the balance that they add up to. Minor units, signed as the account sees them."""

from embedded.sandbox import agenda, events, shapes
from embedded.sandbox.agenda import DAY
from embedded.sandbox.calls import Call, page
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import PLATFORM, World, new_id

CATEGORIES = {
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "payment": "charge",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
    "transfer_refund": "transfer_reversal",
}


def entry(world: World, scope: str, kind: str, amount: int, source: Json, **options: object) -> Json:
    """Book a movement. `options`: `fees` (list of fee details), `days` until it is available, `category`, `text`."""
    fees = options.get("fees") or []
    assert isinstance(fees, list)
    fee = sum(each["amount"] for each in fees)
    days = options.get("days") or 0
    assert isinstance(days, int)
    now = world.now()
    available = now if not days else (now // DAY + days) * DAY
    made = shapes.blank(
        "balance_transaction",
        id=new_id("txn_3"),
        amount=amount,
        available_on=available,
        balance_type="payments",
        created=now,
        currency=source["currency"],
        description=options.get("text"),
        fee=fee,
        fee_details=fees,
        net=amount - fee,
        reporting_category=options.get("category") or CATEGORIES.get(kind, kind),
        source=source["id"],
        status="available" if available <= now else "pending",
        type=kind,
        _payout=None,
    )
    if available > now:
        _expect(world, scope, available)
    return world.put(scope, made)


def _expect(world: World, scope: str, available: int) -> None:
    """Once for each account and day."""
    expected = world.notes.setdefault("funds", {})
    if f"{scope}/{available}" not in expected:
        expected[f"{scope}/{available}"] = True
        agenda.later(world, "funds", available - world.now(), scope=scope, at=available)


@agenda.does("funds")
def _funds(world: World, facts: Json) -> None:
    scope, now = facts["scope"], world.now()
    world.notes["funds"].pop(f"{scope}/{facts['at']}", None)
    due = [each["id"] for each in world.every(scope, "balance_transaction") if each["available_on"] <= now]
    make_available(world, scope, due)


def make_available(world: World, scope: str, transactions: list[str]) -> None:
    """The money of these is there now: `balance.available`."""
    changed = False
    for identity in transactions:
        transaction = world.seek(scope, "balance_transaction", identity)
        if transaction and transaction["status"] == "pending":
            transaction["status"], changed = "available", True
            transaction["available_on"] = min(transaction["available_on"], world.now())
    if changed:
        events.record(world, scope, "balance.available", balance_of(world, scope))


def stripe_fee(world: World, amount: int, currency: str) -> list[Json]:
    """Stripe's own fee on a charge, rounded half up; nothing when the settings say 0."""
    settings = world.settings
    fee = min(amount, (amount * settings["fee_basis_points"] + 5_000) // 10_000 + settings["fee_fixed"])
    return (
        [detail("stripe_fee", fee, currency, "Stripe processing fees")]
        if fee and settings["fee_basis_points"] + settings["fee_fixed"]
        else []
    )


def detail(kind: str, amount: int, currency: str, text: str) -> Json:
    """One line of a balance transaction's fees."""
    application = "ca_SandboxPlatform" if kind == "application_fee" else None
    return {"amount": amount, "application": application, "currency": currency, "description": text, "type": kind}


def total(world: World, scope: str, currency: str) -> int:
    """Available and pending money of an account in a currency."""
    return sum(each["net"] for each in world.every(scope, "balance_transaction") if each["currency"] == currency)


def available(world: World, scope: str, currency: str) -> int:
    """Money of an account in a currency that could be paid out now."""
    found = world.every(scope, "balance_transaction")
    return sum(each["net"] for each in found if each["currency"] == currency and each["status"] == "available")


def balance_of(world: World, scope: str) -> Json:
    """The account's balance object."""
    account = world.seek(PLATFORM, "account", scope) or {}
    sums: dict[str, dict[str, int]] = {account.get("default_currency") or "eur": {"available": 0, "pending": 0}}
    for each in world.every(scope, "balance_transaction"):
        place = sums.setdefault(each["currency"], {"available": 0, "pending": 0})
        place[each["status"]] += each["net"]
    shown = {
        state: [
            {"amount": place[state], "currency": currency, "source_types": {"card": place[state]}}
            for currency, place in sums.items()
        ]
        for state in ("available", "pending")
    }
    return shapes.blank("balance", **shown)


def balance(call: Call) -> Json:
    """`GET /v1/balance`."""
    return balance_of(call.world, call.scope)


def listed(call: Call) -> Json:
    """`GET /v1/balance_transactions`, by `payout`, `source`, `type` and `currency`."""
    params = call.params
    payout = params.get("payout")
    if payout and not call.world.get(call.scope, "payout", payout, "payout")["automatic"]:
        raise Problem("Balance transaction history can only be filtered on automatic transfers, not manual.")
    found = [
        each
        for each in call.world.every(call.scope, "balance_transaction")
        if all(params.get(name) in {None, each[name]} for name in ("source", "type", "currency"))
        and params.get("payout") in {None, each["_payout"]}
    ]
    return page(call, found)
