"""Letters wear the tenant's look: logo, colours, foot and links."""

import pytest
from django_tenants.utils import tenant_context

from tenants import brands, letterhead
from tenants.letterhead import Sheet
from tenants.models import Tenant
from tests.worlds import World

pytestmark = pytest.mark.django_db
SHEET = Sheet("Confirmed", "See you.", button=("Your booking", "https://x.example/"))
LOGO = {"logo": "d" * 64, "logo_width": 900, "logo_height": 300, "logo_tone": "dark"}


def dressed(world: World, **values: object) -> Tenant:
    brands.change(world.tenant, values)
    brands.publish(world.tenant, None)
    return Tenant.objects.get(pk=world.tenant.pk)


def html(tenant: Tenant) -> str:
    with tenant_context(tenant):
        return letterhead.html_of(SHEET, tenant, "en")


def test_logo_is_an_address_at_the_tenants_host_and_names_the_business(alpha: World) -> None:
    """300 pixels high becomes 112 in `letter.png`, shown at half of it; a dark one stands on a plate."""
    found = html(dressed(alpha, **LOGO))
    assert (
        f'<img src="http://{alpha.host}/pictures/{"d" * 64}/letter.png" width="168" height="56"'
        f' alt="Alpha Sports {alpha.canary}"'
    ) in found
    assert "background:#ffffff" in found


def test_without_a_logo_the_name_stands_there(alpha: World) -> None:
    found = html(dressed(alpha, color="#be185d"))
    assert "<img" not in found
    assert f">Alpha Sports {alpha.canary}</td>" in found
    assert "background:#be185d" in found


def test_foot_and_links_are_below_in_both_kinds_of_text(alpha: World) -> None:
    tenant = dressed(alpha, footer="Alpha Ltd.\nStreet 1", imprint_url="https://alpha.example/imprint")
    found = html(tenant)
    assert "Alpha Ltd.<br>Street 1<br>" in found
    assert 'href="https://alpha.example/imprint"' in found
    assert letterhead.foot_of(tenant) == "\n\n-- \nAlpha Ltd.\nStreet 1\nhttps://alpha.example/imprint"


def test_who_has_nothing_to_say_has_no_foot(alpha: World) -> None:
    assert letterhead.foot_of(alpha.tenant) == ""
