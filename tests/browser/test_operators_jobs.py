"""What operators do most, by mouse and to the end: each is seen at the tenant, too, and stands in the record.

Each test makes a business of its own, so that the day of no other is changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings
from django_tenants.utils import tenant_context
from playwright.sync_api import Page, expect

from schemas.clock import database_now
from tenants import mail
from tenants.mail import Letter
from tenants.models import DueWork
from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import sign_in, sign_in_operator
from tests.browser.test_paying import reload_until
from tests.conftest import pointed_at
from tests.operating import make_operator
from tests.worlds import furnish

WHY = "Ticket 4711"
TESTS = 10


@dataclass(frozen=True)
class House:
    """A business that was made for one test. A letter of its was given up while the mail server was away."""

    business: Business
    name: str
    slug: str
    schema: str
    canary: str
    operator: str
    """Who looks after it, at the platform."""

    @property
    def url(self) -> str:
        return self.business.url(self.slug)

    def platform(self, come: Open, width: int = 1280, **options: object) -> Page:
        """An operator at the panel."""
        page = come(width, base_url=f"http://localhost:{self.business.server.port}", **options)
        sign_in_operator(page, self.business.server, self.operator)
        return page

    def owner(self, come: Open, path: str) -> Page:
        """Its owner, at a page of the desk."""
        page = come(base_url=self.url)
        sign_in(page, f"owner@{self.canary}.example")
        page.goto(path)
        return page

    def recorded(self) -> list[tuple[str, str]]:
        """Kinds and reasons of what was done about it, in order."""
        query = "SELECT kind, reason FROM operators_operatoract WHERE schema_name = %s ORDER BY id"
        return [(str(kind), str(reason)) for kind, reason in self.business.sql(query, self.schema)]


@pytest.fixture(scope="module")
def houses(business: Business, django_db_blocker: object) -> Iterator[list[House]]:
    """One for each test. Made before the browser is there: once it runs, Django refuses to work in this thread."""
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        pointed_at(business.server.database),
        override_settings(STRIPE_SECRET_KEY=business.stripe.key, STRIPE_API_HOST=business.stripe.url),
    ):
        yield [_build(business) for _test in range(TESTS)]


@pytest.fixture
def house(houses: list[House]) -> House:
    """One that no other test has."""
    return houses.pop()


def _build(business: Business) -> House:
    mark = uuid4().hex[:8]
    spec = {"slug": f"house-{mark}", "name": "House", "time_zone": "Europe/Berlin", "currency": "EUR", "canary": mark}
    tenant = furnish(spec)
    to, now = f"gina@{mark}.example", database_now()
    with tenant_context(tenant):
        mail.post(Letter(f"lost:{mark}", to, "Your booking", "It is on Friday."), now)
    DueWork.objects.filter(schema_name=tenant.schema_name, kind=mail.KIND).update(
        is_dead=True, tries=12, last_error="Connection refused", due_at=now - timedelta(hours=2)
    )
    operator = make_operator(f"{mark}@forecourt.example").email
    return House(business, tenant.name, tenant.slug, tenant.schema_name, mark, operator)


def letters_to(address: str) -> list[str]:
    """Texts of what the worker has sent there."""
    found = []
    for file in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = letter.get_body(("plain",))
        if address in str(letter["To"]) and body:
            found.append(body.get_content())
    return found


def search(page: Page, house: House) -> None:
    """In the list of all tenants, by its address."""
    page.goto("/operators/tenants/tenant/")
    page.get_by_placeholder("Name or host").first.fill(house.slug)
    page.keyboard.press("Enter")


def find(page: Page, house: House) -> None:
    """The page of a tenant, by the list."""
    search(page, house)
    page.get_by_role("main").get_by_role("link", name=re.compile(house.name)).first.click()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_contain_text(house.name)


def act(page: Page, house: House, title: str, **fields: str) -> None:
    """One of the acts of its page, with why."""
    find(page, house)
    page.get_by_role("main").get_by_role("link", name=title, exact=True).click()
    for name, value in fields.items():
        box = page.locator(f"#id_{name}")
        if name == "to":
            page.get_by_role("radio", name=value).check()
        elif box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("main").get_by_role("button", name=title, exact=True).click()
    expect(page.get_by_text(re.compile(f"Done: {title}"))).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(f"· {WHY}")


def test_a_tenant_is_found_by_its_address_and_says_how_it_stands(house: House, come: Open) -> None:
    page = house.platform(come, 390)
    find(page, house)
    told = page.get_by_role("main")
    for words in ("Ready", house.slug, "Not connected", "Nothing was done yet.", "as they should be"):
        expect(told).to_contain_text(re.compile(words, re.IGNORECASE))
    assert house.recorded() == []


def test_a_trial_is_made_longer(house: House, come: Open) -> None:
    page = house.platform(come)
    [[before]] = house.business.sql(
        "SELECT trial_ends_at FROM subscriptions_subscription s JOIN tenants_tenant t ON t.id = s.tenant_id"
        " WHERE t.slug = %s", house.slug,
    )  # fmt: skip
    act(page, house, "Extend the trial", days="10")
    [[after]] = house.business.sql(
        "SELECT trial_ends_at FROM subscriptions_subscription s JOIN tenants_tenant t ON t.id = s.tenant_id"
        " WHERE t.slug = %s", house.slug,
    )  # fmt: skip
    assert after - before == timedelta(days=10)
    told = house.owner(come, "/desk/money/plan/").get_by_role("main")
    expect(told).to_contain_text("Trial: 24 days left")
    assert house.recorded() == [("trial", WHY)]


def test_a_plan_a_fee_and_limits_are_agreed_on(house: House, come: Open) -> None:
    page = house.platform(come)
    act(page, house, "Grant a plan", plan="pro")
    act(page, house, "Change the fee", fee="0.75")
    act(page, house, "Change the limits", venues="number", most_venues="2")
    assert house.recorded() == [("plan", WHY), ("fee", WHY), ("limits", WHY)]
    told = house.owner(come, "/desk/money/plan/").get_by_role("main")
    expect(told).to_contain_text("0.75")
    expect(told).to_contain_text("2 of 2")


def test_a_tenant_is_suspended_and_opened_again(house: House, come: Open) -> None:
    page = house.platform(come)
    customer = come(390, base_url=house.url)

    def answers(status: int) -> None:
        def is_so() -> bool:
            answer = customer.goto("/venues/main/")
            return answer is not None and answer.status == status

        reload_until(customer, is_so)

    answers(200)
    act(page, house, "Suspend")
    answers(403)
    expect(customer.get_by_role("heading", level=1)).to_be_visible()
    act(page, house, "Open again")
    answers(200)
    assert house.recorded() == [("suspend", WHY), ("resume", WHY)]


def test_an_operator_looks_in_and_the_owner_reads_of_it(house: House, come: Open) -> None:
    page = house.platform(come)
    find(page, house)
    page.get_by_role("main").get_by_role("link", name="Look in", exact=True).click()
    page.get_by_label("Why").fill(f"{WHY}: the price of court 1")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_role("link", name=f"Open {house.name}").click()
    expect(page.get_by_role("complementary", name="Look-in by Forecourt")).to_contain_text(WHY)
    page.get_by_role("button", name="End", exact=True).click()
    told = house.owner(come, "/desk/team/forecourt/").get_by_role("main")
    expect(told).to_contain_text(f"{WHY}: the price of court 1")
    assert ("look-in", f"{WHY}: the price of court 1") in house.recorded()


def test_a_letter_that_was_given_up_goes_out_after_all(house: House, come: Open) -> None:
    page = house.platform(come)
    lost = f"gina@{house.canary}.example"
    search(page, house)
    page.get_by_role("main").get_by_role("link", name="1", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Connection refused after 12 tries")
    assert letters_to(lost) == []
    page.get_by_role("button", name=re.compile("^Do it again")).click()
    reload_until(page, lambda: bool(letters_to(lost)))
    [text] = letters_to(lost)
    assert "It is on Friday." in text
    page.goto(f"/operators/clock/?schema={house.schema}")
    expect(page.get_by_role("main")).to_contain_text("Nothing was given up.")


def test_paying_is_switched_off_for_one_and_on_again(house: House, come: Open) -> None:
    page = house.platform(come)
    act(page, house, "Switch a feature", feature="payments", to="Off")
    page.goto("/operators/switches/")
    expect(page.get_by_role("main")).to_contain_text(f"{house.name}: Paying online")
    act(page, house, "Switch a feature", feature="payments", to="On")
    page.goto("/operators/switches/")
    expect(page.get_by_role("main")).not_to_contain_text(house.name)
    assert house.recorded() == [("switch", WHY), ("switch", WHY)]


def test_what_is_announced_is_read_at_the_desk(house: House, come: Open) -> None:
    page = house.platform(come)
    page.goto("/operators/tenants/announcement/")
    page.get_by_role("link", name=re.compile("Add announcement")).first.click()
    page.get_by_label("Text in English").fill("Short break tonight at ten.")
    page.get_by_label("Text in German").fill("Heute um zehn kurze Pause.")
    page.get_by_label("Schema of one tenant").fill(house.schema)
    [[later]] = house.business.sql("SELECT (now() + interval '2 days')::date")
    page.locator("#id_ends_at_0").fill(f"{later:%Y-%m-%d}")
    page.locator("#id_ends_at_1").fill("00:00:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/announcement/$"))
    owner = house.owner(come, "/desk/customers/")
    expect(owner.get_by_role("paragraph").filter(has_text="Short break tonight at ten.")).to_be_visible()
    owner.get_by_role("button", name=re.compile("Put away")).click()
    expect(owner.get_by_role("paragraph").filter(has_text="Short break tonight at ten.")).to_have_count(0)


def test_a_report_is_judged_and_answered(house: House, come: Open) -> None:
    visitor = come(390, base_url=house.url)
    visitor.goto("/venues/main/")
    visitor.get_by_role("link", name="Report something", exact=True).click()
    visitor.get_by_role("radio", name=re.compile("^Fraud")).check()
    visitor.get_by_label(re.compile("What did you see")).fill("There is no such hall.")
    visitor.get_by_label(re.compile("Your e-mail address")).fill(f"vera@{house.canary}.example")
    visitor.get_by_role("button", name="Send the report").click()
    expect(visitor.get_by_role("main")).to_contain_text("Thank you. We look into it.")
    page = house.platform(come)
    page.goto("/operators/tenants/abusereport/")
    page.get_by_role("main").get_by_role("link", name=house.name).first.click()
    expect(page.get_by_role("main")).to_contain_text("There is no such hall.")
    page.get_by_label(re.compile("Decision")).fill("The business showed its lease.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/abusereport/$"))
    reload_until(page, lambda: bool(letters_to(f"vera@{house.canary}.example")))
    [text] = letters_to(f"vera@{house.canary}.example")
    assert "The business showed its lease." in text


def test_the_months_figures_are_read_and_taken_along(house: House, come: Open) -> None:
    page = house.platform(come)
    page.goto("/operators/")
    page.get_by_role("link", name="Figures").first.click()
    expect(page.get_by_role("main")).to_contain_text("MRR")
    with page.expect_download() as waited:
        page.get_by_role("main").get_by_role("link", name=re.compile("CSV")).first.click()
    lines = Path(waited.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) > 1
    page.get_by_role("link", name="Reconciliation").first.click()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_contain_text("Reconciliation")
