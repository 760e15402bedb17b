"""The owner's way to Stripe: who sees the pages, and an onboarding from nothing to the first payment."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import LazySettings
from django_tenants.utils import tenant_context

from billing import accounts
from billing.subscriptions.models import StripeAccount
from tests.flows.pages import Page, Visitor
from tests.till import Till
from tests.worlds import World

Come = Callable[..., Visitor]
MONEY = "/desk/money/"
PAGES = ["", "onboarding/", "return/", "disconnect/"]
OWNERS_VERBS = ["connect/", "check/", "disconnect/"]


@pytest.fixture
def till(stripe: Till) -> Till:
    """A sandbox that asks for papers, and Alpha without an account."""
    StripeAccount.objects.all().delete()
    stripe.server.reset()
    return stripe


def connect(owner: Visitor, country: str = "DE") -> Page:
    """Fill in the form."""
    page = owner.open(MONEY)
    return owner.send(page, page.form("/connect/"), country=country)


def at_stripe(owner: Visitor, page: Page, do: str) -> Page:
    """Follow our link, do something on Stripe's page, and come back to where Stripe sends us."""
    answer = owner.client.get(page.link("/onboarding/"))
    assert answer.status_code == 302
    stripes = answer["Location"]
    with requests.Session() as browser:
        shown = browser.get(stripes, timeout=60)
        assert "Set up payments" in shown.text
        sent = browser.post(stripes, data={"do": do}, allow_redirects=False, timeout=60)
    back = urlsplit(sent.headers["Location"])
    assert (back.scheme, back.netloc, back.path) == ("http", "alpha-sports.localhost", f"{MONEY}return/")
    assert parse_qs(back.query) == {}
    return owner.open(back.path)


def test_owner_connects_from_nothing(till: Till, alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(MONEY)
    assert "Not connected" in page.text
    assert "Free bookings and payment at the venue work without it." in page.text

    leaving = connect(owner)
    assert leaving.status == 200
    assert ("meta", {"http-equiv": "refresh", "content": f"0; url={MONEY}onboarding/"}) in leaving.elements
    page = at_stripe(owner, leaving, "leave")
    assert page.path == MONEY
    assert "Almost there" in page.text
    assert "A bank account for payouts" in page.text

    page = at_stripe(owner, page, "complete")
    assert "Ready" in page.text
    account = StripeAccount.objects.get()
    for fact in (account.account_id, "Germany", "EUR"):
        assert fact in page.text
    with tenant_context(alpha.tenant):
        assert accounts.can_accept_payments(alpha.tenant)


def test_a_link_that_is_over_leads_to_a_new_one(till: Till, visitor: Come) -> None:
    owner = visitor("owner")
    page = connect(owner)
    link = owner.client.get(page.link("/onboarding/"))["Location"]
    requests.get(link, timeout=60)
    again = requests.get(link, allow_redirects=False, timeout=60).headers["Location"]
    assert again == f"http://alpha-sports.localhost{MONEY}onboarding/"
    fresh = owner.client.get(urlsplit(again).path)["Location"]
    assert fresh != link
    assert "Set up payments" in requests.get(fresh, timeout=60).text


def test_owner_disconnects_after_a_question_and_takes_the_account_back(stripe: Till, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"{MONEY}disconnect/")
    assert "Disconnect Stripe?" in page.text
    assert StripeAccount.objects.get().disconnected_at is None
    page = owner.send(
        page, next(form for form in page.forms if "csrfmiddlewaretoken" in form.fields and not form.action)
    )
    assert "The Stripe account is disconnected." in page.text
    assert StripeAccount.objects.get().disconnected_at is not None
    page = owner.send(page, next(form for form in page.forms if form.fields.get("account")))
    assert page.status == 200
    assert StripeAccount.objects.get().disconnected_at is None
    assert "Ready" in owner.open(MONEY).text


@pytest.mark.parametrize(
    ("deadline", "sentence"),
    [
        (1_704_065_400, "Stripe needed this by Monday, January 1, 2024, 12:30 AM"),
        (4_070_907_000, "Stripe needs this by Thursday, January 1, 2099, 12:30 AM"),
    ],
)
def test_a_deadline_is_shown_in_the_tenants_zone(stripe: Till, visitor: Come, deadline: int, sentence: str) -> None:
    """Half past midnight in Munich is still the old year in UTC."""
    till_then = {"currently_due": ["company.tax_id"], "deadline": deadline}
    stripe.server.outside("account", account=stripe.account.account_id, **till_then)
    owner = visitor("owner")
    page = owner.open(MONEY)
    page = owner.send(page, page.form("/check/"))
    assert sentence in page.text
    assert "The business" in page.text


def test_stripe_that_does_not_answer_is_said_so(till: Till, visitor: Come) -> None:
    till.faults({"method": "POST", "path": "/v1/accounts", "times": 1, "do": "timeout_after"})
    owner = visitor("owner")
    page = connect(owner)
    assert page.path == MONEY
    assert "The payment service does not answer. Please try again." in page.text
    assert "Connecting was cut off" in page.text
    connect(owner)
    assert StripeAccount.objects.get().account_id.startswith("acct_")


@pytest.mark.parametrize("country", ["", "XX"])
def test_a_country_that_stripe_does_not_know_is_told_at_the_field(till: Till, visitor: Come, country: str) -> None:
    page = connect(visitor("owner"), country)
    assert page.status == 400
    assert "Please look at this again:" in page.text
    assert not StripeAccount.objects.exists()


def test_without_a_key_there_is_nothing_to_press(alpha: World, visitor: Come, settings: LazySettings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    page = visitor("owner").open(MONEY)
    assert "Online payment is not set up on this platform yet." in page.text
    assert list(page.forms_to("/connect/")) == []


@pytest.mark.parametrize("who", ["manager", "accountant"])
def test_managers_and_accountants_read_and_nothing_more(stripe: Till, visitor: Come, who: str) -> None:
    someone = visitor(who)
    page = someone.open(MONEY)
    assert stripe.account.account_id in page.text
    assert "Only the owner can change this." in page.text
    assert {form.action for form in page.forms} == {"/logout/", "/language/", "/appearance/"}
    assert [someone.open(MONEY + path).status for path in PAGES[1:]] == [403, 403, 403]
    assert refused(someone, page) == [403, 403, 403]
    assert StripeAccount.objects.get().disconnected_at is None


def refused(someone: Visitor, page: Page) -> list[int]:
    """What the owner's verbs answer to somebody else's form."""
    token = page.forms[0].fields["csrfmiddlewaretoken"]
    sent: list[Any] = [
        someone.client.post(MONEY + verb, {"csrfmiddlewaretoken": token, "country": "DE"}) for verb in OWNERS_VERBS
    ]
    return [answer.status_code for answer in sent]


@pytest.mark.parametrize("who", ["front_desk", "guest"])
def test_the_front_desk_and_customers_do_not_see_it(stripe: Till, visitor: Come, who: str) -> None:
    someone = visitor(who)
    assert [someone.open(MONEY + path).status for path in PAGES] == [403, 403, 403, 403]
    home = someone.open("/")
    assert MONEY not in [href for href, _given in home.links]
    assert refused(someone, home) == [403, 403, 403]


def test_nobody_in_particular_is_led_to_the_sign_in(alpha: World, visitor: Come) -> None:
    assert visitor().open(MONEY).path == "/login/?next=%2Fdesk%2Fmoney%2F"


def test_the_other_tenants_account_is_not_to_be_seen(stripe: Till, beta: World) -> None:
    other = Visitor(beta.host)
    other.sign_in(f"owner@{beta.canary}.example", "correct-horse-battery")
    page = other.open(MONEY)
    assert "Not connected" in page.text
    assert stripe.account.account_id not in page.html
    form = page.form("/connect/")
    answer = other.send(page, form, country="", account=stripe.account.account_id)
    assert "There is no such account." in answer.text
    assert StripeAccount.objects.get().tenant_id == stripe.tenant.pk
