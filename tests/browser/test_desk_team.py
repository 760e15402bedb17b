"""The team in a real browser: somebody is asked in and sees the own venue, and signs in with a second factor."""

import hashlib
import re
from typing import Any

import psycopg
import pyotp
import pytest
from playwright.sync_api import Page, expect
from psycopg import sql

from tests.browser.conftest import Open
from tests.browser.test_accessibility import faults
from tests.servers import Server
from tests.worlds import ALPHA, PASSWORD

OWNER = f"owner@{ALPHA['canary']}.example"
HIRE = """
INSERT INTO accounts_user (password, email, name, phone, role, language, is_active, sign_outs, created_at)
SELECT password, %s, 'Tom Twofold', '', 'front_desk', '', true, 0, now() FROM accounts_user WHERE role = 'front_desk'
LIMIT 1
"""


def rows(site: Server, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Of one statement in Alpha's schema, committed at once: Django does not work beside a browser."""
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        said = "SELECT schema_name FROM tenants_tenant WHERE slug = %s"
        found = connection.execute(said, [ALPHA["slug"]]).fetchone()
        assert found is not None
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(found[0])))
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def another_link(site: Server, email: str) -> str:
    """The path of the link that was mailed: its token was in the letter alone, so the row gets another one."""
    token = f"token-{email.partition('@')[0]}"
    [(schema,)] = rows(site, "SELECT current_schema()")
    digest = hashlib.sha256(f"{schema}:mailed-link:{token}".encode()).hexdigest()
    rows(site, "UPDATE accounts_mailedlink SET digest = %s WHERE email = %s", digest, email)
    return f"/account/link/{token}/"


def clean(page: Page) -> None:
    """axe finds nothing, and nothing sticks out to the side."""
    assert faults(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1280, 390])
def test_manager_is_asked_in_and_sees_the_own_venue(site: Server, browse: Open, width: int) -> None:
    email = f"nora{width}@example.org"
    owner = browse(width)
    sign_in(owner, OWNER)
    owner.goto("/desk/team/")
    clean(owner)
    owner.get_by_role("link", name="Ask somebody in").click()
    owner.get_by_label("Name", exact=True).fill(f"Nora {width}")
    owner.get_by_label("E-mail address").fill(email)
    owner.get_by_label("Manager: ").check()
    owner.get_by_label(f"Annex {ALPHA['canary']}").check()
    clean(owner)
    owner.get_by_role("button", name="Mail the invitation").click()
    expect(owner.get_by_role("main")).to_contain_text(email)
    clean(owner)
    nora = browse(width)
    nora.goto(another_link(site, email))
    clean(nora)
    nora.get_by_label("Password", exact=True).fill(PASSWORD)
    nora.get_by_role("button", name="Accept").click()
    expect(nora.get_by_text("Welcome to the team!")).to_be_visible()
    nora.goto("/desk/venues/")
    expect(nora.get_by_role("main")).to_contain_text(f"Annex {ALPHA['canary']}")
    expect(nora.get_by_role("main")).not_to_contain_text(f"Main {ALPHA['canary']}")
    owner.goto("/desk/team/")
    owner.get_by_role("link", name=f"Nora {width}").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text(f"Nora {width}")
    clean(owner)
    owner.goto("/desk/team/record/")
    expect(owner.get_by_role("main")).to_contain_text("Venue of a manager")
    clean(owner)


@pytest.mark.parametrize("width", [1280, 390])
def test_code_is_set_up_asked_for_and_replaced_by_a_recovery_code(site: Server, browse: Open, width: int) -> None:
    email = f"twofold{width}@example.org"
    rows(site, HIRE, email)
    page = browse(width)
    sign_in(page, email)
    page.goto("/account/two-factor/")
    clean(page)
    page.get_by_role("link", name="Set it up").click()
    page.get_by_text("Type it instead").click()
    secret = page.locator("details p.select-all").inner_text().replace(" ", "")
    clean(page)
    page.get_by_label("Code", exact=True).fill(shown(site, secret, -1))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    spare = page.locator("ul.select-all li").first.inner_text()
    clean(page)
    page.context.clear_cookies()
    halfway(page, email)
    clean(page)
    page.get_by_label("Code", exact=True).fill(shown(site, secret, 0))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/desk/$"))
    page.context.clear_cookies()
    halfway(page, email)
    page.get_by_label("Code", exact=True).fill(spare)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/desk/$"))
    page.goto("/account/sessions/")
    expect(page.get_by_text("this one")).to_be_visible()
    clean(page)


def sign_in(page: Page, email: str) -> None:
    """By the sign-in page, to the desk."""
    page.goto("/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/desk/$"))


def halfway(page: Page, email: str) -> None:
    """The password is right, and the code is asked for."""
    page.goto("/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your code")


def shown(site: Server, secret: str, steps: int) -> str:
    """What the app shows, so many half minutes from now."""
    [(seconds,)] = rows(site, "SELECT extract(epoch FROM clock_timestamp())::bigint")
    return pyotp.TOTP(secret).at(seconds + 30 * steps)
