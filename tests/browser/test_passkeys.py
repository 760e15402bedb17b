"""A real browser with an authenticator of its own (CDP's WebAuthn): a passkey is made on the page, and signs in."""

from tests.browser.conftest import Open
from tests.worlds import ALPHA, PASSWORD

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_passkey_is_made_and_signs_in_without_a_name(browse: Open) -> None:
    page = browse(width=390)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/login/?next=/account/passkeys/")
    page.get_by_label("E-mail address").fill(f"guest@{ALPHA['canary']}.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Show the password").click()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "text"
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("What is the device called?").fill("My phone")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("The passkey is kept.").wait_for()
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("This device has a passkey for this account already.").wait_for()
    page.context.clear_cookies()
    page.goto("/login/?next=/account/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Your account").wait_for()
