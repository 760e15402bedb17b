"""The page of Checkout: what is bought, how to pay it, the way back, and what it says when that is over."""

import html

from embedded.sandbox import checkout_taxes, till
from embedded.sandbox.checkout import KIND
from embedded.sandbox.currencies import shown as money
from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import field, form_of, redirect, shown
from embedded.sandbox.pages import page as route
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import World

WHERE = "/c/pay/(cs_test_[0-9A-Za-z]+)"
NAMES = {"card": "Card", "sepa_debit": "SEPA direct debit", "ideal": "iDEAL", "bancontact": "Bancontact", "eps": "EPS",
         "klarna": "Klarna", "paypal": "PayPal", "twint": "TWINT"}  # fmt: skip
CHOICE = """fieldset{border:0;padding:0;margin:.75rem 0}fieldset label{display:inline-block;margin:0 1rem 0 0}
fieldset input{display:inline;width:auto}form:has([value=card]:not(:checked)) #of-card{display:none}
form:has([value=sepa_debit]:not(:checked)) #of-sepa_debit{display:none}"""


@route("GET", WHERE)
def _show(world: World, identity: str, form: Json) -> Answer:
    scope, session = _session(world, identity)
    if session["status"] != "open":
        return _over(session)
    return _form(session, checkout_taxes.fields(world, scope, session))


@route("POST", WHERE + "(?:/return)?")
def _pay(world: World, identity: str, form: Json) -> Answer:
    scope, session = _session(world, identity)
    if session["status"] != "open":
        return _over(session)
    email = (session["customer_details"] or {}).get("email") or str(form.get("email", "")).strip()
    try:
        elsewhere = till.submit(world, scope, session, till.method_data(form, email), form)
    except Problem as problem:
        wanted = checkout_taxes.fields(world, scope, session)
        return _form(session, wanted, str(problem), problem.status, email)
    return redirect(elsewhere) if elsewhere else _done(session)


@route("GET", WHERE + "/return")
def _back(world: World, identity: str, form: Json) -> Answer:
    """Back from authentication, or from a bank's page."""
    scope, session = _session(world, identity)
    if session["status"] == "open":
        return _form(session, checkout_taxes.fields(world, scope, session), till.failure_of(world, scope, session))
    return _done(session) if session["status"] == "complete" else _over(session)


def _session(world: World, identity: str) -> tuple[str, Json]:
    found = world.anywhere(identity)
    if found is None or found[1]["object"] != KIND:
        raise missing("checkout.session", identity)
    return found


def _done(session: Json) -> Answer:
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _over(session: Json) -> Answer:
    back = link(session["cancel_url"] if session["status"] == "expired" else "", "Back to the shop")
    if session["status"] == "expired":
        return shown("This page has expired", f"<p>Nobody can pay here any more.</p>{back}", 410)
    return shown("All done here", "<p>This has been paid or set up already.</p>")


def _form(session: Json, wanted: list[str], problem: str = "", status: int = 200, email: str = "") -> Answer:
    total = money(session["amount_total"] or 0, session["currency"] or "eur")
    lines = "".join(
        f"<li>{each['quantity']} × {html.escape(each['description'])}: "
        f"{money(each['amount_total'], each['currency'])}</li>"
        for each in session["_items"]
    )
    said = f'<p class="problem" role="alert">{html.escape(problem)}</p>' if problem else ""
    fields = (
        []
        if session["customer_details"] and session["customer_details"]["email"]
        else [field("email", "Email", email, "email")]
    )
    fields += wanted
    kinds = session["payment_method_types"]
    fields += _choice(kinds)
    if "card" in kinds:
        card = [field("number", "Card number"), field("expiry", "Expiry (MM / YY)"), field("cvc", "Security code")]
        fields.append(f'<div id="of-card">{"".join(card)}</div>')
    if "sepa_debit" in kinds:
        fields.append(f'<div id="of-sepa_debit">{field("iban", "IBAN")}</div>')
    word = {"payment": f"Pay {total}", "setup": "Save card", "subscription": _subscribe(session)}[session["mode"]]
    if session["automatic_tax"]["enabled"]:
        lines += "<li>VAT is added by your country and VAT id.</li>"
    body = f"<ul>{lines}</ul>{said}{form_of(*fields, pay=word)}{link(session['cancel_url'], 'Back')}"
    return shown({"payment": total, "setup": "Save a card", "subscription": "Subscribe"}[session["mode"]], body, status)


def _choice(kinds: list[str]) -> list[str]:
    """Buttons for the ways to pay; what a way does not need is hidden by the style alone."""
    if len(kinds) == 1:
        return []
    buttons = "".join(
        f'<label><input type="radio" name="method" value="{kind}"{" checked" if kind == kinds[0] else ""}> '
        f"{NAMES.get(kind, kind)}</label>"
        for kind in kinds
    )
    return [f"<style>{CHOICE}</style><fieldset><legend>Pay by</legend>{buttons}</fieldset>"]


def _subscribe(session: Json) -> str:
    return "Start trial" if session["_wanted"].keys() & {"trial_end", "trial_period_days"} else "Subscribe"


def link(url: str | None, text: str) -> str:
    """HTML of a way to elsewhere; nothing without a URL."""
    return f'<p><a href="{html.escape(url)}">{html.escape(text)}</a></p>' if url else ""
