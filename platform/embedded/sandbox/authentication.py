"""The pages that play 3-D Secure and the banks' redirects: Authorise or Fail, then back to the return URL."""

from embedded.sandbox import currencies, paying, setups
from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import form_of, redirect, shown
from embedded.sandbox.pages import page as route
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import World

WHERE = "/authenticate/((?:pi|seti)_[0-9A-Za-z]+)"


@route("GET", WHERE)
def _show(world: World, identity: str, form: Json) -> Answer:
    _, intent = _intent(world, identity)
    if intent["status"] != "requires_action":
        return _back(intent)
    amount = currencies.shown(intent["amount"], intent["currency"]) if "amount" in intent else "For later payments"
    return shown("Authentication", f"<p>{amount}</p>" + form_of(authorise="Authorise", fail="Fail"))


@route("POST", WHERE)
def _decide(world: World, identity: str, form: Json) -> Answer:
    scope, intent = _intent(world, identity)
    outcome = str(form.get("do", "fail"))
    if intent["object"] == "payment_intent":
        paying.authenticated(world, scope, intent, outcome)
    else:
        setups.authenticated(world, scope, intent, outcome)
    return _back(intent)


def _intent(world: World, identity: str) -> tuple[str, Json]:
    found = world.anywhere(identity)
    if found is None:
        raise missing("intent", identity)
    return found


def _back(intent: Json) -> Answer:
    if not intent.get("_return_url"):
        return shown("Done", "<p>You can close this window.</p>")
    kind = intent["object"]
    known = {kind: intent["id"], f"{kind}_client_secret": intent["client_secret"]}
    if kind == "payment_intent":
        known["redirect_status"] = {"succeeded": "succeeded", "processing": "pending"}.get(intent["status"], "failed")
    else:
        known["redirect_status"] = "succeeded" if intent["status"] == "succeeded" else "failed"
    return redirect(intent["_return_url"], **known)


def decide(world: World, intent: Json, scope: str, outcome: str) -> None:
    """The same without a browser. Raises Problem when nothing is to be decided."""
    if intent["status"] != "requires_action":
        raise Problem(f"{intent['id']} has a status of {intent['status']}.")
    act = paying.authenticated if intent["object"] == "payment_intent" else setups.authenticated
    act(world, scope, intent, outcome)
