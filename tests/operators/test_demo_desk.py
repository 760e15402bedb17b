"""The desk that everybody may see: one tenant's, to read, and nothing of anybody else's."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from desk.models import LookedIn
from operators import looking
from operators.models import LookIn
from tenants import hosts
from tenants.models import OutgoingMail
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, furnish_bookings
from tests.operating import PLATFORM
from tests.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shown(alpha: World, settings: Any) -> Iterator[None]:
    """Alpha's is the one."""
    settings.DEMO_TENANT = alpha.tenant.slug
    yield
    hosts.forget()


def at(world: World) -> Client:
    """A browser that has come by the platform's link."""
    there = Client(headers={"Host": PLATFORM}).get("/demo/desk/")
    assert (there.status_code, there["Location"]) == (302, f"http://{world.host}/look-in/demo/")
    client = Client(headers={"Host": world.host})
    assert client.get("/look-in/demo/")["Location"] == "/desk/"
    return client


def test_everybody_sees_the_desk_to_read(alpha: World) -> None:
    furnish_bookings(alpha)
    client, before = at(alpha), contents(alpha)
    for path in ("/desk/", "/desk/calendar/", "/desk/prices/", "/"):
        page = client.get(path)
        assert (page.status_code, b"a business that is made up" in page.content) == (200, True)
    refused = client.post(f"/desk/bookings/{GUESTS}/confirm/")
    assert (refused.status_code, b"Nothing was changed." in refused.content) == (403, True)
    api = client.post(f"/api/v1/admin/bookings/{GUESTS}/confirm/", {}, content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (403, "look_in")
    for path in ("/account/", "/desk/exports/", "/desk/settings/everything/", "/me/tokens/", "/login/"):
        assert client.get(path).status_code == 403
    assert contents(alpha) == before


def test_it_leaves_no_record_and_its_button_leads_home(alpha: World) -> None:
    client = at(alpha)
    assert client.post("/look-in/end/")["Location"] == "/"
    assert client.get("/desk/").status_code == 302
    again = at(alpha)
    assert again.post("/logout/")["Location"] == "/"
    assert not LookIn.objects.exists()
    assert not OutgoingMail.objects.filter(key__startswith="look-in:").exists()
    with tenant_context(alpha.tenant):
        assert not LookedIn.objects.exists()


def test_it_is_nothing_at_another_tenant_nor_without_the_setting(alpha: World, beta: World, settings: Any) -> None:
    """T10."""
    cookie = f"{looking.cookie()}={looking.DEMO}"
    for host in (beta.host, PLATFORM):
        client = Client(headers={"Host": host}, HTTP_COOKIE=cookie)
        assert client.get("/look-in/demo/").status_code == 404
        assert client.get("/desk/").status_code in {302, 404}
    settings.DEMO_TENANT = ""
    assert Client(headers={"Host": PLATFORM}).get("/demo/desk/").status_code == 404
    client = Client(headers={"Host": alpha.host}, HTTP_COOKIE=cookie)
    assert client.get("/look-in/demo/").status_code == 404
    assert client.get("/desk/").status_code == 302


def test_suspended_it_is_not_shown(alpha: World) -> None:
    type(alpha.tenant).objects.filter(pk=alpha.tenant.pk).update(state="suspended")
    assert Client(headers={"Host": PLATFORM}).get("/demo/desk/").status_code == 404
