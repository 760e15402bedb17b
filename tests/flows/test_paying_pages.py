"""The pages of paying without a browser: where they lead, what they refuse, and that a hold outlives a refusal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django_tenants.utils import tenant_context

from billing.payments.models import Payment
from billing.subscriptions.models import StripeAccount
from bookings import checkout, lifecycle
from bookings.access import link_token
from bookings.models import Booking
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.paying.scenes import PRICE, again, expired, money, room
from tests.bookings.scenes import GUEST, let_lapse
from tests.flows.pages import COURT, Page, Visitor
from tests.flows.test_booking_without_script import at
from tests.till import Till
from tests.worlds import World
from venues.models import Resource

Come = Callable[..., Visitor]
PAGES = {"pay/": "get", "pay/intent/": "post", "pay/elsewhere/": "post", "paid/": "get"}
HELD = ("held", "unpaid", 0)


@dataclass
class Scene:
    """A hold of the annex's room for 25.00, and its customer's browser."""

    alpha: World
    till: Till
    someone: Visitor
    booking: Booking = field(init=False)

    def __post_init__(self) -> None:
        with tenant_context(self.alpha.tenant):
            self.booking = room(self.alpha)
            self.link = f"/bookings/{self.booking.pk}/{link_token(self.booking)}/"
        self.base = f"/bookings/{self.booking.pk}/"
        self.come(self.someone)

    def come(self, someone: Visitor) -> None:
        """From now on with the browser of somebody who has opened the booking's link."""
        self.someone = someone
        assert someone.client.get(self.link).headers["Location"] == self.base

    def look(self, tail: str = "pay/") -> Page:
        """GET a page of the booking's, redirects followed."""
        return self.someone.open(self.base + tail)

    def ask(self, tail: str, **data: str) -> tuple[int, str, dict[str, Any]]:
        """The status, where it leads, and the JSON of the answer to one request; nothing is followed."""
        sent = self.someone.client
        if PAGES[tail.partition("?")[0]] == "get":
            answer = sent.get(self.base + tail)
        else:
            token = sent.cookies["csrftoken"].value if "csrftoken" in sent.cookies else ""
            answer = sent.post(self.base + tail, {"csrfmiddlewaretoken": token, **data})
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.status_code, answer.headers.get("Location", ""), answer.json() if is_json else {}

    def figures(self) -> tuple[str, str, int]:
        """State, payment state, paid."""
        with tenant_context(self.alpha.tenant):
            return money(self.booking)

    def attempts(self) -> list[tuple[str, str]]:
        """Where each attempt stands, and why."""
        with tenant_context(self.alpha.tenant):
            rows = Payment.objects.filter(booking_id=self.booking.pk).order_by("created_at")
            return list(rows.values_list("state", "failure"))

    def change(self, **columns: object) -> None:
        """Columns of the resource."""
        with tenant_context(self.alpha.tenant):
            Resource.objects.filter(pk=self.alpha.annex_room).update(**columns)

    def intent(self) -> str:
        """Open the card form's intent; its id."""
        self.look()
        status, _, told = self.ask("pay/intent/")
        assert status == 200
        return told["client_secret"].partition("_secret_")[0]


@pytest.fixture
def scene(stripe: Till, alpha: World, visitor: Come) -> Scene:
    """A guest before the card form."""
    return Scene(alpha, stripe, visitor())


def policy(page: Page) -> dict[str, str]:
    """The Content-Security-Policy by directive."""
    parts = page.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in parts)}


def test_what_is_paid_by_card_alone_is_chosen_booked_and_paid_without_scripts(
    stripe: Till, alpha: World, visitor: Come, next_week: date
) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(pays_online=True, pays_on_site=False, needs_approval=False)
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    details = guest.send(page, page.form_with("start"), at(next_week, 10))
    assert "Nearly done" in details.text
    pay = guest.send(details, details.form("/details/"), name="Gina Guest", email="gina@example.org", phone="")
    assert (pay.status, "Pay €25.00" in pay.text) == (200, True)
    left = guest.send(pay, pay.form("/pay/elsewhere/"))
    assert stripe.pay_page(left.link("/c/pay/")) == 303
    done = guest.open(pay.path.replace("/pay/", "/paid/"))
    assert "Your booking is confirmed" in done.text
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert (booking.state, booking.payment_state, booking.paid_minor) == ("confirmed", "paid", 2500)


def test_deposit_is_told_before_it_is_paid_and_the_rest_with_its_day_after_it(
    stripe: Till, alpha: World, visitor: Come, next_week: date
) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug="court-1").update(
            pays_online=True, pays_on_site=False, needs_approval=False, deposit_percent=2000, balance_days_before=1
        )
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    details = guest.send(page, page.form_with("start"), at(next_week, 10))
    eve = next_week - timedelta(days=1)
    day = f"{eve:%A, %B} {eve.day}, {eve.year}"
    assert f"Online you pay a deposit of €5.00 now, and the rest by {day}." in details.text
    pay = guest.send(details, details.form("/details/"), name="Gina Guest", email="gina@example.org", phone="")
    left = guest.send(pay, pay.form("/pay/elsewhere/"))
    assert stripe.pay_page(left.link("/c/pay/")) == 303
    done = guest.open(pay.path.replace("/pay/", "/paid/"))
    assert f"The rest, €20.00, is due by {day}." in done.text
    assert "Please pay the rest here before you come." in done.text
    with tenant_context(alpha.tenant):
        Booking.objects.update(balance_due_at=database_now())
    assert "The rest, €20.00, was due by " in guest.open(done.path).text


def test_page_has_the_card_form_and_a_button_without_scripts(scene: Scene) -> None:
    page = scene.look()
    assert (page.status, scene.attempts()) == (200, [])
    assert "Pay €25.00" in page.text
    [form] = [given for tag, given in page.elements if tag == "form" and given.get("id") == "pay"]
    assert form["data-intent"] == f"{scene.base}pay/intent/"
    assert "with-script" in (form["class"] or "")
    assert page.form("/pay/elsewhere/").method == "post"
    assert "Keep this card" not in page.text


def test_only_the_card_form_may_load_stripe(scene: Scene) -> None:
    origin = scene.till.server.url
    opened = policy(scene.look())
    for directive in ("script-src", "frame-src", "connect-src"):
        assert origin in opened[directive].split()
    scene.someone.open(scene.base)
    others = [scene.someone.open(scene.base), scene.someone.open("/")]
    left = scene.someone.send(scene.look(), scene.look().form("/pay/elsewhere/"))
    for page in [*others, left]:
        assert all(origin not in sources for sources in policy(page).values())


def test_real_stripe_is_allowed_by_its_own_names(scene: Scene, settings: LazySettings) -> None:
    settings.STRIPE_JS_URL = "https://js.stripe.com/dahlia/stripe.js"
    allowed = policy(scene.look())["frame-src"].split()
    assert {"https://js.stripe.com", "https://hooks.stripe.com"} <= set(allowed)


def test_script_gets_one_secret_however_often_it_asks(scene: Scene) -> None:
    scene.look()
    first, second = scene.ask("pay/intent/"), scene.ask("pay/intent/")
    assert first == second
    assert first[2]["account"] == scene.till.account.account_id
    assert scene.attempts() == [("open", "")]
    assert scene.figures() == HELD


def test_whoever_has_paid_is_led_to_the_booking(scene: Scene) -> None:
    intent = scene.intent()
    assert scene.till.pay(intent) == "succeeded"
    assert scene.figures() == HELD
    page = scene.look("paid/")
    assert page.path == scene.base
    assert "Your booking is confirmed" in page.text
    assert scene.figures() == ("confirmed", "paid", PRICE)
    assert scene.ask("pay/")[:2] == (302, scene.base)
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (400, "already_paid")


def test_old_address_with_paid_asks_too(scene: Scene) -> None:
    assert scene.till.pay(scene.intent()) == "succeeded"
    page = scene.someone.open(f"{scene.base}?paid=1")
    assert (page.path, scene.figures()) == (scene.base, ("confirmed", "paid", PRICE))


def test_coming_back_without_having_paid_leads_to_the_payment(scene: Scene) -> None:
    """The connection broke before Stripe heard of it: what is missing is the payment, not the details."""
    assert scene.ask("paid/")[:2] == (302, f"{scene.base}pay/")
    scene.intent()
    page = scene.look("paid/")
    assert page.path == f"{scene.base}pay/?refused=1"
    assert "This payment did not go through, and nothing was charged." in page.text
    assert scene.figures() == HELD


def test_refused_card_leads_back_to_the_form_which_says_so(scene: Scene) -> None:
    assert scene.till.pay(scene.intent(), "pm_card_chargeDeclined") == "generic_decline"
    page = scene.look("paid/")
    assert page.path == f"{scene.base}pay/?refused=1"
    assert "This payment did not go through, and nothing was charged." in page.text
    assert "did not go through" not in scene.look().text
    assert scene.figures() == ("held", "failed", 0)


def test_debit_waits_and_looks_forty_times(scene: Scene) -> None:
    assert scene.till.pay(scene.intent(), "pm_sepaDebit") == "processing"
    page = scene.look("paid/")
    assert "Your payment is under way" in page.text
    assert ("meta", {"http-equiv": "refresh", "content": "3; url=?look=1"}) in page.elements
    assert scene.figures() == ("pending", "processing", 0)
    assert "?look=40" in scene.look("paid/?look=39").html
    assert "?look=1" in scene.look("paid/?look=nonsense").html
    assert scene.ask("paid/?look=40")[:2] == (302, scene.base)
    assert scene.ask("pay/elsewhere/")[:2] == (302, f"{scene.base}paid/")


def test_while_stripe_does_not_answer_nobody_reads_that_nothing_was_paid(scene: Scene) -> None:
    intent = scene.intent()
    assert scene.till.pay(intent) == "succeeded"
    scene.till.faults({"method": "GET", "path": "payment_intents/", "do": "status", "status": 500, "times": 1000})
    page = scene.look("paid/")
    assert page.path == f"{scene.base}paid/"
    assert "We could not ask about your payment yet" in page.text
    assert "Please do not pay a second time." in page.text
    assert "Finish the booking" not in page.text
    assert ("meta", {"http-equiv": "refresh", "content": "3; url=?look=1"}) in page.elements
    pauses = {20: 10, 59: 10, 60: 30, 998: 30, 999: 30}
    for look, pause in pauses.items():
        refresh = {"http-equiv": "refresh", "content": f"{pause}; url=?look={min(look + 1, 999)}"}
        assert ("meta", refresh) in scene.look(f"paid/?look={look}").elements
    assert scene.figures() == HELD
    scene.till.faults()
    assert scene.look("paid/?look=999").path == scene.base
    assert scene.figures() == ("confirmed", "paid", PRICE)


def test_stripes_page_is_left_for_by_a_page_in_between(scene: Scene) -> None:
    page = scene.look()
    left = scene.someone.send(page, page.form("/pay/elsewhere/"))
    assert "You pay at Stripe" in left.text
    url = left.link("/c/pay/")
    assert ("meta", {"http-equiv": "refresh", "content": f"0; url={url}"}) in left.elements
    assert scene.till.pay_page(url) == 303
    assert scene.look("paid/").path == scene.base
    assert scene.figures() == ("confirmed", "paid", PRICE)


@pytest.mark.parametrize("tail", list(PAGES))
def test_wrong_token_is_not_found(scene: Scene, tail: str) -> None:
    scene.look()
    scene.base = f"/bookings/{scene.booking.pk}/nobody-gave-me-this/"
    assert scene.ask(tail)[0] == 404
    assert (scene.figures(), scene.attempts()) == (HELD, [])


@pytest.mark.parametrize("tail", list(PAGES))
def test_wrong_method_is_not_allowed(scene: Scene, tail: str) -> None:
    client = scene.someone.client
    scene.look()
    sent = client.get if PAGES[tail] == "post" else client.post
    data = {} if PAGES[tail] == "post" else {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert sent(scene.base + tail, data).status_code == 405
    assert scene.attempts() == []


@pytest.mark.parametrize("tail", ["pay/intent/", "pay/elsewhere/"])
def test_forged_form_is_refused(scene: Scene, tail: str) -> None:
    assert scene.someone.client.post(scene.base + tail).status_code == 403
    assert scene.attempts() == []


@pytest.mark.parametrize("is_tidied", [False, True], ids=["lapsed", "tidied up"])
def test_time_that_is_over_is_410(scene: Scene, is_tidied: bool) -> None:
    scene.look()
    with tenant_context(scene.alpha.tenant):
        (expired if is_tidied else let_lapse)(scene.booking)
    page = scene.look()
    assert (page.status, "The time to finish this booking is over" in page.text) == (410, True)
    assert scene.ask("pay/elsewhere/")[0] == 410
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (400, "hold_expired")
    assert scene.attempts() == []


def test_what_is_paid_at_the_venue_alone_has_no_card_form(scene: Scene) -> None:
    scene.look()
    scene.change(pays_online=False, pays_on_site=True)
    assert scene.ask("pay/")[:2] == (302, scene.base)
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (400, "payment_unavailable")
    assert (scene.figures(), scene.attempts()) == (HELD, [])


def test_venue_without_an_account_says_so_and_keeps_the_hold(scene: Scene) -> None:
    page = scene.look()
    StripeAccount.objects.all().delete()
    _, _, told = scene.ask("pay/intent/")
    assert told["code"] == "payment_unavailable"
    refused = scene.someone.send(page, page.form("/pay/elsewhere/"))
    assert told["detail"] in refused.text
    assert "Nothing was charged." in refused.text
    assert (scene.figures(), scene.attempts()) == (HELD, [])


@pytest.mark.parametrize("fault", [{"do": "status", "status": 500}, {"do": "timeout_before"}], ids=["500", "silent"])
def test_stripe_that_does_not_answer_leaves_the_hold_as_it_is(scene: Scene, fault: dict[str, object]) -> None:
    page = scene.look()
    with tenant_context(scene.alpha.tenant):
        before = again(scene.booking).hold_expires_at
    scene.till.faults({"method": "POST", "path": "/v1/(checkout|payment_intents).*", "times": 20, **fault})
    refused = scene.someone.send(page, page.form("/pay/elsewhere/"))
    assert (refused.status, "That did not work" in refused.text) == (503, True)
    assert refused.headers["Retry-After"] == "10"
    assert "Nothing was charged." in refused.text
    assert "is kept for you until" in refused.text
    assert f"{scene.base}pay/" in [href for href, _given in refused.links]
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (503, "payment_provider_error")
    assert "Nothing was charged, and " in told["detail"]
    assert "is kept for you until" in told["detail"]
    with tenant_context(scene.alpha.tenant):
        assert again(scene.booking).hold_expires_at == before
    assert scene.figures() == HELD
    scene.till.faults()
    assert scene.till.pay(scene.intent()) == "succeeded"
    assert scene.look("paid/").path == scene.base
    assert scene.figures() == ("confirmed", "paid", PRICE)


def test_fourth_card_in_a_minute_waits(scene: Scene) -> None:
    intent = scene.intent()
    for _time in range(3):
        scene.till.pay(intent, "pm_card_chargeDeclined")
        scene.look("paid/")
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (429, "too_many_failures")
    assert scene.figures() == ("held", "failed", 0)


def test_request_that_waits_for_the_venue_cannot_be_paid_yet(scene: Scene) -> None:
    scene.look()
    scene.change(needs_approval=True)
    with tenant_context(scene.alpha.tenant):
        lifecycle.submit(again(scene.booking), GUEST, Actor.of(None))
    assert scene.ask("pay/")[:2] == (302, scene.base)
    status, _, told = scene.ask("pay/intent/")
    assert (status, told["code"]) == (400, "approval_required")
    assert scene.attempts() == []


@pytest.mark.parametrize(
    ("who", "keep", "kept"), [("guest", "1", True), ("guest", "", False), ("stranger", "1", False)]
)
def test_only_the_member_themselves_keeps_a_card(scene: Scene, visitor: Come, who: str, keep: str, kept: bool) -> None:
    scene.come(visitor(who))
    page = scene.look()
    assert ("Keep this card for next time" in page.text) is (who == "guest")
    status, _, told = scene.ask("pay/intent/", keep=keep)
    assert status == 200
    intent = scene.till.intent(told["client_secret"].partition("_secret_")[0])
    assert (intent.setup_future_usage == "on_session", bool(intent.customer)) == (kept, kept)


@pytest.mark.parametrize(("who", "sees"), [("guest", ["Visa •••• 4242"]), ("stranger", []), (None, [])])
def test_kept_cards_are_offered_to_their_member_alone(
    scene: Scene, visitor: Come, who: str | None, sees: list[str]
) -> None:
    """Whoever else has the link may pay, with a card of their own."""
    scene.come(visitor("guest"))
    _status, _, told = scene.ask("pay/intent/", keep="1")
    intent = told["client_secret"].partition("_secret_")[0]
    kept = scene.till.intent(intent).customer
    card = scene.till.client.v1.payment_methods.attach("pm_card_visa", {"customer": str(kept)}, scene.till.on)
    with tenant_context(scene.till.tenant):
        checkout.stop(Payment.objects.get().pk)  # the next attempt knows who pays
    scene.come(visitor(who) if who else visitor())
    scene.look()  # for the cookie of the form
    status, _, told = scene.ask("pay/intent/")
    assert status == 200, told
    assert [each["name"] for each in told["cards"]] == sees
    assert [each["id"] for each in told["cards"]] == [card.id] * len(sees)
