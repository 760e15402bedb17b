"""Control verbs that play the outside world: payers, banks, card issuers, Stripe's own reviewers."""

from typing import Any

from embedded.sandbox import accounts, authentication, disputes, paying, payouts, refunds
from embedded.sandbox.control import verb
from embedded.sandbox.problems import Json, missing
from embedded.sandbox.world import World, public


def _found(world: World, identity: str) -> tuple[str, Json]:
    found = world.anywhere(identity)
    if found is None:
        raise missing("object", identity)
    return found


def _charge(world: World, order: Json) -> tuple[str, Json]:
    """The charge of an order that names a charge or a payment intent."""
    scope, thing = _found(world, order.get("charge") or order["payment_intent"])
    return (
        (scope, thing)
        if thing["object"] == "charge"
        else (scope, world.get(scope, "charge", thing["latest_charge"] or ""))
    )


@verb("authenticate")
def _authenticate(world: World, order: Json) -> Any:
    scope, intent = _found(world, order["intent"])
    authentication.decide(world, intent, scope, order.get("outcome", "authorise"))
    return public(intent)


@verb("debit")
def _debit(world: World, order: Json) -> Any:
    scope, intent = _found(world, order["payment_intent"])
    paying.debited(world, scope, intent, order.get("outcome", "succeeds"))
    return public(intent)


@verb("refund")
def _refund(world: World, order: Json) -> Any:
    scope, refund = _found(world, order["refund"])
    refunds.change(world, scope, refund, order["outcome"], order.get("reason", "unknown"))
    return public(refund)


@verb("dispute")
def _dispute(world: World, order: Json) -> Any:
    scope, charge = _charge(world, order)
    inquiry = "inquiry" if order.get("inquiry") else ""
    return public(disputes.open_on(world, scope, charge, order.get("reason", "fraudulent"), inquiry))


@verb("close_dispute")
def _close_dispute(world: World, order: Json) -> Any:
    scope, dispute = _found(world, order["dispute"])
    disputes.close_as(world, scope, dispute, order["outcome"])
    return public(dispute)


@verb("early_fraud_warning")
def _warn(world: World, order: Json) -> Any:
    scope, charge = _charge(world, order)
    return public(disputes.warn(world, scope, charge))


@verb("payout")
def _payout(world: World, order: Json) -> Any:
    """Each currency of the account that has something to pay out, or one."""
    scope = order["account"]
    found = {each["currency"] for each in world.every(scope, "balance_transaction")}
    wanted = [order["currency"]] if "currency" in order else sorted(found)
    made = [payouts.pay_out(world, scope, currency, order) for currency in wanted]
    return [public(each) for each in made if each]


@verb("finish_payout")
def _finish_payout(world: World, order: Json) -> Any:
    scope, payout = _found(world, order["payout"])
    payouts.finish(world, scope, payout, order["outcome"], order.get("failure_code", "account_closed"))
    return public(payout)


@verb("account")
def _account(world: World, order: Json) -> Any:
    """Requirements come and go: `complete`, or any of the fields named in the package's docstring."""
    account = world.account(order["account"])
    before = public(account)
    if order.get("complete"):
        accounts.complete(world, account)
        account.update(_inactive=[], _payouts_off=False)
    names = {"currently_due": "_due", "past_due": "_past_due", "eventually_due": "_eventually",
             "disabled_reason": "_disabled", "inactive": "_inactive", "payouts_off": "_payouts_off"}  # fmt: skip
    for name, own in names.items():
        if name in order:
            account[own] = order[name]
    if "deadline" in order:
        accounts.set_deadline(world, account, order["deadline"])
    accounts.refresh(world, account, before)
    return public(account)


@verb("deauthorize")
def _deauthorize(world: World, order: Json) -> Any:
    account = world.account(order["account"])
    accounts.deauthorize(world, account)
    return public(account)


@verb("event")
def _event(world: World, order: Json) -> Any:
    """An event of any type about an object that exists, for handlers of types that nothing here makes."""
    from embedded.sandbox import events

    scope, thing = _found(world, order["object"])
    return public(
        events.record(world, order.get("account", scope), order["type"], {**thing, **order.get("changes", {})})
    )
