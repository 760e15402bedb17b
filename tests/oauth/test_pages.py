"""The owner's pages about the API, and everybody's about apps and tokens."""

import pytest
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from oauth.models import Application
from tests.isolation.contents import contents
from tests.oauth.asking import BACK, api, browser, registered, rows
from tests.worlds import World

FILLED = {
    "name": "Kiosk",
    "kind": "confidential",
    "grants": ["authorization-code", "client-credentials"],
    "scopes": ["availability:read"],
    "redirect_uris": f"{BACK}\r\nhttps://app.example/two",
    "acts_as": "",
}


def test_owner_registers_changes_and_removes_an_app(alpha: World) -> None:
    owner = browser(alpha, "owner")
    assert 'href="/desk/api/"' in owner.get("/desk/settings/").content.decode()
    page = owner.post("/desk/api/new/", FILLED)
    assert page.status_code == 200
    assert "The secret: copy it now" in page.content.decode()
    with tenant_context(alpha.tenant):
        made = Application.objects.get()
        assert made.redirect_uris.split() == [BACK, "https://app.example/two"]
    one = f"/desk/api/{made.pk}/"
    assert "The secret" not in owner.get(one).content.decode()
    assert "https://app.example/two" in owner.get(f"{one}change/").content.decode()
    changed = owner.post(f"{one}change/", {**FILLED, "name": "Door", "acts_as": alpha.users["manager"]})
    assert (changed.status_code, changed["Location"]) == (302, one)
    assert f"manager@{alpha.canary}" in owner.get(one).content.decode()
    for verb, words in (("disable", "It is switched off."), ("enable", "Switch off")):
        assert owner.post(f"{one}{verb}/").status_code == 302
        assert words in owner.get(one).content.decode()
    assert "The secret: copy it now" in owner.post(f"{one}new-secret/").content.decode()
    assert owner.post(f"{one}remove/")["Location"] == "/desk/api/"
    assert rows(alpha)["Application"] == []


def test_mistake_is_told_at_its_field(alpha: World) -> None:
    page = browser(alpha, "owner").post("/desk/api/new/", {**FILLED, "redirect_uris": "http://app.example/"})
    assert page.status_code == 400
    assert "An address begins with https://" in page.content.decode()
    assert rows(alpha)["Application"] == []


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_desk_of_the_api_is_the_owners(alpha: World, who: str) -> None:
    kiosk = registered(alpha)
    visitor, one = browser(alpha, who), f"/desk/api/{kiosk.pk}/"
    before = contents(alpha)
    for path in ("/desk/api/", "/desk/api/new/", one, f"{one}change/"):
        assert visitor.get(path).status_code == 403
    for verb in ("change", "new-secret", "disable", "enable", "remove", f"people/{alpha.users['guest']}/revoke"):
        assert visitor.post(f"{one}{verb}/", FILLED).status_code == 403
    assert visitor.post("/desk/api/new/", FILLED).status_code == 403
    assert contents(alpha) == before


def test_owner_ends_what_somebody_allowed_and_a_token_of_staff(alpha: World) -> None:
    kiosk = registered(alpha)
    given = kiosk.tokens("guest")
    owner = browser(alpha, "owner")
    assert f"guest@{alpha.canary}" in owner.get(f"/desk/api/{kiosk.pk}/").content.decode()
    owner.post(f"/desk/api/{kiosk.pk}/people/{alpha.users['guest']}/revoke/")
    assert api(alpha, given["access_token"]).get("/api/v1/bookings/").status_code == 401
    with tenant_context(alpha.tenant):
        AccessToken.issue(User.objects.get(pk=alpha.users["manager"]), "Till")
        token = AccessToken.objects.get(name="Till")
    assert "Till" in owner.get("/desk/api/").content.decode()
    owner.post(f"/desk/api/tokens/{token.pk}/remove/")
    assert "Till" not in owner.get("/desk/api/").content.decode().replace("The token is removed", "")


def test_person_sees_their_apps_and_takes_one_back(alpha: World) -> None:
    kiosk = registered(alpha)
    given = kiosk.tokens("guest")
    guest = browser(alpha, "guest")
    assert 'href="/me/apps/"' in guest.get("/bookings/").content.decode()
    assert "Kiosk" in guest.get("/me/apps/").content.decode()
    assert "Kiosk" not in browser(alpha, "stranger").get("/me/apps/").content.decode()
    assert guest.post(f"/me/apps/{kiosk.pk}/revoke/")["Location"] == "/me/apps/"
    assert "No app acts for you." in guest.get("/me/apps/").content.decode()
    assert api(alpha, given["access_token"]).get("/api/v1/bookings/").status_code == 401


def test_person_makes_a_token_sees_it_once_and_removes_it(alpha: World) -> None:
    guest = browser(alpha, "guest")
    page = guest.post("/me/tokens/", {"name": "Script", "scopes": ["booking:read"], "ends": "30"})
    key = page.content.decode().partition('select-all">')[2].partition("<")[0]
    assert len(key) == 40
    assert "staff:read" not in page.content.decode()
    assert "staff:read" in browser(alpha, "manager").get("/me/tokens/").content.decode()
    with tenant_context(alpha.tenant):
        token = AccessToken.objects.get(digest=AccessToken.digest_of(key))
        assert token.expires_at
        assert (token.expires_at - token.created_at).days in {29, 30}
    again = guest.get("/me/tokens/").content.decode()
    assert key not in again
    assert key[:6] in again
    assert browser(alpha, "stranger").post(f"/me/tokens/{token.pk}/remove/").status_code == 404
    assert guest.post(f"/me/tokens/{token.pk}/remove/").status_code == 302
    assert key[:6] not in guest.get("/me/tokens/").content.decode()
