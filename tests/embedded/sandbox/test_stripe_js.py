"""The stand-in for Stripe.js in a real Chromium, on a page with a strict Content-Security-Policy."""

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.embedded.sandbox.venue import Venue

pytestmark = pytest.mark.browser
PATIENCE = 10_000
PAGE = """<!doctype html><html lang="en"><title>Pay</title><div id="element"></div>
<form><button id="pay">Pay</button></form><output></output>
<script src="{url}/stripe.js"></script><script src="/page.js"></script></html>"""
SCRIPT = """
const query = new URLSearchParams(location.search);
const given = JSON.parse(query.get("setting"));
const stripe = Stripe(given.key, {stripeAccount: given.account, locale: given.locale});
const elements = stripe.elements({clientSecret: given.secret, appearance: given.appearance});
const element = elements.create(given.type);
const told = [];
window.stripe = stripe;
window.told = told;
for (const name of ["ready", "change"]) element.on(name, (event) => told.push([name, event.complete ?? null]));
element.on("ready", () => { document.querySelector("output").textContent = "ready"; });
element.mount("#element");
const say = (result) => {
  const intent = result.paymentIntent || result.setupIntent;
  const words = (error) => `${error.type} ${error.code} ${error.decline_code || ""}`;
  const text = result.error ? words(result.error) : intent.status;
  document.querySelector("output").textContent = `${text.trim()}|${result.error?.message || ""}`;
};
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  document.querySelector("output").textContent = "";
  if (given.type === "card") {
    return say(await stripe.confirmCardPayment(given.secret, {payment_method: {card: element}}));
  }
  const submitted = await elements.submit();
  if (submitted.error) return say(submitted);
  const way = given.secret.startsWith("seti_") ? "confirmSetup" : "confirmPayment";
  const confirmParams = {return_url: `${location.origin}/back`};
  const redirect = given.redirect || "if_required";
  say(await stripe[way]({elements, clientSecret: given.secret, confirmParams, redirect}));
});
"""


class Handler(BaseHTTPRequestHandler):
    """Serves the page to pay on."""

    url = ""

    def do_GET(self):
        path = self.path.partition("?")[0]
        content = {"/page.js": SCRIPT, "/back": "<!doctype html><title>Back</title>"}.get(path)
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if path == "/page.js" else "text/html")
        policy = f"default-src 'none'; script-src 'self' {self.url}; frame-src {self.url}; connect-src {self.url}"
        self.send_header("Content-Security-Policy", f"{policy}; style-src 'self'; form-action 'self'; base-uri 'none'")
        self.end_headers()
        self.wfile.write((content or PAGE.format(url=self.url)).encode())

    def log_message(self, *arguments):
        """Quiet."""


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as running:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or running.chromium.executable_path
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def shop(stripe_server):
    handler = type("Shop", (Handler,), {"url": stripe_server.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{shop.server_port}"
        shop.shutdown()


@pytest.fixture
def till(chromium, shop, sandbox):
    """`till(intent, account="...")` is a page that pays it; a breach of the policy, or an error of a script, fails."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 900, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)

    def opened(intent, element="payment", **setting):
        given = {"key": sandbox.publishable_key, "secret": intent.client_secret, "type": element, **setting}
        page.goto(f"{shop}/?setting={json.dumps(given)}")
        expect(page.locator("output")).to_have_text("ready")
        return page

    yield opened
    assert wrong == []
    context.close()


def intent_of(venue: Venue, **more):
    return venue.api.payment_intents.create({"amount": 2_500, "currency": "eur", **more})


def fill(page, number, title="Secure payment input frame", labels=("Card number", "Expiration date", "Security code")):
    frame = page.frame_locator(f'iframe[title="{title}"]')
    for label, typed in zip(labels, (number, "1230", "123"), strict=True):
        field = frame.get_by_label(label, exact=True)
        field.fill("")
        field.press_sequentially(typed)
    return frame


def pay(page, said):
    page.get_by_role("button", name="Pay").click()
    expect(page.locator("output")).to_have_text(said)


CARDS_ONLY = {"payment_method_types": ["card"]}
NOT_AUTHENTICATED = (
    "card_error payment_intent_authentication_failure|We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)
DECLINED = "card_error card_declined generic_decline|Your card was declined."


def test_a_declined_card_is_told_and_a_good_one_pays(till, venue):
    intent = intent_of(venue, **CARDS_ONLY)
    page = till(intent, account=venue.id)
    pay(page, "validation_error incomplete_number|Your card number is incomplete.")
    fill(page, "4000000000000002")
    pay(page, DECLINED)
    assert page.evaluate("told.at(-1)") == ["change", True]
    fill(page, "4242424242424242")
    pay(page, "succeeded|")
    assert venue.api.payment_intents.retrieve(intent.id).amount_received == 2_500


@pytest.mark.parametrize(("button", "said"), [("Authorise", "succeeded|"), ("Fail", NOT_AUTHENTICATED)])
def test_a_card_that_wants_its_owner_opens_the_banks_page(till, venue, button, said):
    page = till(intent_of(venue), account=venue.id)
    fill(page, "4000002760003184")
    page.get_by_role("button", name="Pay").click()
    dialog = page.get_by_role("dialog", name="Authentication")
    dialog.frame_locator("iframe").get_by_role("button", name=button).click()
    expect(page.locator("output")).to_have_text(said)
    expect(dialog).to_be_hidden()


def test_a_bank_that_redirects_leads_back_to_the_return_url(till, venue, shop):
    intent = intent_of(venue, payment_method_types=["card", "ideal", "sepa_debit"])
    page = till(intent, account=venue.id)
    page.frame_locator("iframe").get_by_label("iDEAL").check()
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Authorise").click()
    page.wait_for_url(f"{shop}/back?payment_intent={intent.id}&**&redirect_status=succeeded")


def test_without_if_required_every_payment_leads_to_the_return_url_and_the_page_can_ask(till, venue, shop):
    intent = intent_of(venue, **CARDS_ONLY)
    page = till(intent, account=venue.id, redirect="always")
    seen = page.evaluate("secret => stripe.retrievePaymentIntent(secret)", intent.client_secret)
    assert seen["paymentIntent"]["status"] == "requires_payment_method"
    assert "metadata" not in seen["paymentIntent"]
    fill(page, "4242424242424242")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{shop}/back?payment_intent={intent.id}&**&redirect_status=succeeded")


def test_it_speaks_german_is_dark_when_asked_and_the_keyboard_reaches_every_field(till, venue):
    page = till(intent_of(venue, **CARDS_ONLY), account=venue.id, locale="de", appearance={"theme": "night"})
    labels = ("Kartennummer", "Ablaufdatum", "Sicherheitscode")
    frame = fill(page, "4000000000009995", "Sicherer Eingaberahmen für Zahlungen", labels)
    frame.get_by_label(labels[0], exact=True).focus()
    for label in labels[1:]:
        page.keyboard.press("Tab")
        expect(frame.get_by_label(label, exact=True)).to_be_focused()
    colour = frame.get_by_label(labels[0]).evaluate("each => getComputedStyle(each).backgroundColor")
    assert colour == "rgb(48, 49, 61)"
    pay(page, "card_error card_declined insufficient_funds|Ihre Karte ist nicht ausreichend gedeckt.")


def test_the_card_element_and_setting_up_work_too(till, venue):
    page = till(intent_of(venue, **CARDS_ONLY), "card", account=venue.id)
    fill(page, "5555555555554444")
    pay(page, "succeeded|")
    customer = venue.api.customers.create()
    setup = venue.api.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    fill(till(setup, account=venue.id), "4242424242424242")
    pay(page, "succeeded|")
    (kept,) = venue.api.customers.payment_methods.list(customer.id).data
    assert kept.card.last4 == "4242"
