"""Looking in, by mouse: from the platform's page to the tenant's, with the banner on every page, and back out."""

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OPERATOR, Open
from tests.browser.steps import sign_in_operator
from tests.browser.test_accessibility import faults, told
from tests.servers import Server
from tests.worlds import ALPHA

VIEWS = [(390, "light"), (1280, "dark")]
REASON = "Ticket 4711: the price of court 1"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_operator_looks_in_and_out_again(browse: Open, site: Server, width: int, scheme: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        found = connection.execute("SELECT id FROM public.tenants_tenant WHERE slug = %s", [ALPHA["slug"]]).fetchone()
    assert found
    page = browse(width, color_scheme=scheme, base_url=f"http://localhost:{site.port}")
    sign_in_operator(page, site, OPERATOR)
    page.goto(f"/operators/look-in/{found[0]}/")
    asked = faults(page)
    page.get_by_label("Why").fill(REASON)
    page.get_by_role("button", name="Make the link").click()
    linked = faults(page)
    page.get_by_role("link", name="Open Alpha Sports").click()
    page.wait_for_url(f"http://{ALPHA['slug']}.localhost:{site.port}/desk/")
    seen = {"asked": asked, "linked": linked}
    host = f"http://{ALPHA['slug']}.localhost:{site.port}"
    for path in ("/desk/", "/desk/team/forecourt/", "/venues/main/"):
        page.goto(host + path)
        banner = page.get_by_role("complementary", name="Look-in by Forecourt")
        expect(banner).to_be_in_viewport(ratio=1)
        expect(banner).to_contain_text(REASON)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        seen[path] = faults(page)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This look-in is over")
    assert told(seen) == []
    page.goto(host + "/desk/")
    expect(page).to_have_url(f"{host}/login/?next=%2Fdesk%2F")
