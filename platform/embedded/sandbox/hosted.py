"""The page of an invoice: what it is for, a card form while it is open, and its PDF."""

import html

from embedded.sandbox import paying, taxes, till, timeline
from embedded.sandbox.calls import Call
from embedded.sandbox.currencies import shown as money
from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import field, form_of, redirect, shown
from embedded.sandbox.pages import page as route
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import World

WHERE = "/invoice/(in_[0-9A-Za-z]+)"
PAYABLE = ("open", "uncollectible")


@route("GET", WHERE)
def _show(world: World, identity: str, form: Json) -> Answer:
    scope, invoice = _invoice(world, identity)
    intent = world.seek(scope, "payment_intent", invoice["_intent"])
    error = intent["last_payment_error"] if intent and form.get("payment_intent") else None
    return _page(invoice, error["message"] if error else "")


@route("POST", WHERE)
def _pay(world: World, identity: str, form: Json) -> Answer:
    scope, invoice = _invoice(world, identity)
    if invoice["status"] not in PAYABLE:
        return _page(invoice)
    data = {"payment_method_data": {"type": "card"}, "return_url": invoice["hosted_invoice_url"]}
    try:
        data["payment_method_data"]["card"] = till.card_data(form)
        with timeline.of(world, scope, invoice):
            intent = paying.confirm(Call(world, scope, data, {"id": invoice["_intent"]}))
    except Problem as problem:
        return _page(invoice, str(problem))
    action = (intent["next_action"] or {}).get("redirect_to_url")
    return redirect(action["url"]) if action else _page(invoice)


@route("GET", WHERE + "/pdf")
def _pdf(world: World, identity: str, form: Json) -> Answer:
    """One page with number and total, by hand: enough to be opened and kept."""
    _, invoice = _invoice(world, identity)
    total = money(invoice["total"], invoice["currency"])
    text = f"Invoice {invoice['number']}  {total}  {invoice['status']}  {taxes.said(invoice)}"
    drawn = f"BT /F1 14 Tf 60 760 Td ({text}) Tj ET"
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return Answer(200, body + end, {"Content-Type": "application/pdf"})


def _invoice(world: World, identity: str) -> tuple[str, Json]:
    found = world.anywhere(identity)
    if found is None or found[1]["object"] != "invoice" or found[1]["status"] == "draft":
        raise missing("invoice", identity)
    return found


def _page(invoice: Json, problem: str = "") -> Answer:
    currency = invoice["currency"]
    lines = "".join(
        f"<li>{html.escape(each['description'] or '')}: {money(each['amount'], currency)}</li>"
        for each in invoice["lines"]["data"]
    )
    lines += "".join(
        f"<li>VAT ({each['taxability_reason'].replace('_', ' ')}): {money(each['amount'], currency)}</li>"
        for each in invoice["total_taxes"]
    )
    total, due = money(invoice["total"], currency), money(invoice["amount_remaining"], currency)
    text = f"<ul>{lines}</ul><p>Total {total}, due {due}</p>"
    if said := taxes.said(invoice):
        text += f"<p>{said}</p>"
    if problem:
        text += f'<p class="problem" role="alert">{html.escape(problem)}</p>'
    if invoice["status"] in PAYABLE:
        card = [field("number", "Card number"), field("expiry", "Expiry (MM / YY)"), field("cvc", "Security code")]
        text += form_of(*card, pay=f"Pay {due}")
    else:
        text += f'<p role="status">This invoice is {invoice["status"]}.</p>'
    text += f'<p><a href="{html.escape(invoice["invoice_pdf"])}">PDF</a></p>'
    return shown(f"Invoice {invoice['number']}", text)
