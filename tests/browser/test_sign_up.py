"""From the landing page to the first paid booking of a new business, by hand: what a stranger does on the first day."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import held_back
from tests.browser.test_accessibility import faults
from tests.browser.test_paying import BOOKED, pay, reload_until
from tests.worlds import PASSWORD

LINK = re.compile(r"https?://\S+/sign-up/link/[\w-]+/")


def link_to(email: str) -> str:
    """The link in the letter that the worker has sent to an address; empty until it has."""
    for file in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        if email in str(letter["To"]):
            body = letter.get_body(("plain",))
            found = LINK.search(body.get_content() if body else "")
            return found[0] if found else ""
    return ""


def goes_on(page: Page, heading: str, button: str = "Save and go on") -> None:
    """Press the button of a step, once its page has come and has no faults."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.get_by_role("button", name=button, exact=True).click()


def sign_up(page: Page, name: str, slug: str, email: str) -> None:
    """The landing page, prices, the form: the address is made of the name, the rest is what it is."""
    page.goto("/")
    assert faults(page) == []
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Prices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prices")
    page.get_by_role("link", name="Try Starter").click()
    page.get_by_label("Name of your business").fill(name)
    expect(page.get_by_text(f"Your address will be {slug}.localhost.")).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_have_value(slug)
    page.get_by_label("Address", exact=True).fill("alpha-sports")
    expect(page.get_by_text("This address is taken.")).to_be_visible()
    page.get_by_role("button", name="Take alpha-sports-venue").click()
    expect(page.get_by_text("This address is free.")).to_be_visible()
    page.get_by_label("Address", exact=True).fill(slug)
    page.get_by_label("Your e-mail address").fill(email)
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Vienna")  # this browser is there
    expect(page.get_by_label("Currency")).to_have_value("EUR")
    expect(page.get_by_role("radio", name=re.compile("^Starter"))).to_be_checked()
    page.get_by_label("I agree to the terms").check()
    assert faults(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")


def set_up(owner: Page) -> None:
    """The first steps, with Stripe's own onboarding in the middle of them."""
    owner.get_by_role("link", name=re.compile("^Begin: Your venue")).click()
    goes_on(owner, "Your venue")
    goes_on(owner, "Opening hours")
    expect(owner.get_by_role("heading", level=1)).to_have_text("What can be booked")
    owner.get_by_label("What is it called?").fill("Court 1-2")
    goes_on(owner, "What can be booked")
    goes_on(owner, "A price")
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your look")
    owner.goto("/desk/money/")
    owner.get_by_role("combobox").select_option("AT")
    owner.get_by_role("button", name="Connect with Stripe").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Set up payments")
    owner.get_by_role("button", name="Complete").click()
    expect(owner.get_by_role("heading", level=2).first).to_have_text("Ready")
    owner.goto("/desk/resources/2/settings/")
    owner.locator("#id_pays_online").check()
    owner.locator("#id_pays_on_site").uncheck()
    owner.get_by_role("button", name="Save", exact=True).click()
    expect(owner.locator("main [role=status]").first).to_be_visible()
    owner.goto("/desk/setup/open/")
    goes_on(owner, "Open for bookings", "Save")
    expect(owner.get_by_role("heading", level=1)).to_have_text("You are open for bookings")


def test_name_that_is_typed_before_the_scripts_are_there_has_its_address_looked_up(
    come: Open, business: Business
) -> None:
    name = f"Padel {uuid4().hex[:8]}"
    slug = name.lower().replace(" ", "-")
    stranger = come(390, base_url=f"http://localhost:{business.server.port}", timezone_id="Europe/Zurich")
    waiting = held_back(stranger, "**/sign_up*.js")
    with stranger.expect_request("**/sign_up*.js"):
        stranger.goto("/sign-up/", wait_until="commit")
    stranger.get_by_label("Name of your business").fill(name)
    stranger.wait_for_function("document.readyState === 'interactive'")
    expect(stranger.get_by_label("Address", exact=True)).to_have_value("")
    [script] = waiting
    script.continue_()
    expect(stranger.get_by_text(f"Your address will be {slug}.localhost.")).to_be_visible()
    expect(stranger.get_by_label("Address", exact=True)).to_have_value(slug)
    expect(stranger.get_by_label("Time zone")).to_have_value("Europe/Zurich")
    expect(stranger.get_by_label("Currency")).to_have_value("CHF")


def test_stranger_comes_from_the_landing_page_to_the_first_paid_booking(come: Open, business: Business) -> None:
    name = f"Padel {uuid4().hex[:8]}"
    slug, email = name.lower().replace(" ", "-"), f"nora-{uuid4().hex[:8]}@club.example"
    platform = f"http://localhost:{business.server.port}"
    stranger = come(390, base_url=platform, color_scheme="dark", timezone_id="Europe/Vienna")
    sign_up(stranger, name, slug, email)
    reload_until(stranger, lambda: bool(link_to(email)))

    owner = come(1280, base_url=business.url(slug))
    owner.goto(link_to(email))
    assert faults(owner) == []
    owner.get_by_label("Choose a password").fill(PASSWORD)
    owner.get_by_role("button", name="Open my business").click()
    expect(owner).to_have_url(f"{business.url(slug)}/desk/setup/")
    set_up(owner)
    owner.goto("/desk/money/plan/")
    expect(owner.get_by_role("main")).to_contain_text("You try Starter.")
    owner.goto("/desk/setup/ready/")
    address = owner.locator("[aria-labelledby=pass-on] a").first.inner_text()

    guest = come(390, base_url=business.url(slug))
    guest.goto(address)
    guest.get_by_role("link", name=re.compile("Court 2")).first.click()
    guest.locator("button.slot-free").first.click()
    guest.locator("#id_name").fill("Gina Guest")
    guest.locator("#id_email").fill("gina@example.org")
    guest.locator("#book").click()
    expect(guest).to_have_url(re.compile("/pay/$"))
    pay(guest)
    expect(guest).to_have_url(re.compile(BOOKED))
    expect(guest.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    expect(guest.get_by_role("main")).to_contain_text("paid")
    [[paid]] = business.sql("SELECT count(*) FROM bookings_booking WHERE payment_state = 'paid'", tenant=slug)
    assert paid == 1
