"""What belongs to the platform is not at a tenant's host, and the other way round (T18)."""

import pytest
from django.test import Client

from accounts.models import AccessToken, User
from bookings.views.account.urls import everywhere
from tests.isolation.contents import contents
from tests.isolation.offer import PARAMETERS
from tests.isolation.scene import Caller, session_of
from tests.operating import make_operator
from tests.operating import session_of as session_of_operator
from tests.routes import Route, public_routes, tenant_routes
from tests.worlds import PASSWORD, World

PLATFORM = "localhost"
BOTH = {"/", "/login/", "/logout/", "/language/", "/appearance/", "/account/", "/robots.txt", "/sitemap.xml"}
BOTH |= {f"/{each.pattern}" for each in everywhere}
PLATFORMS_OWN = [route for route in public_routes() if route.path not in BOTH]
TENANTS_OWN = [route for route in tenant_routes() if route.path not in BOTH]
VALUES = {
    "tenant_id": 1,
    "object_id": 1,
    "name": "suspend",
    "app_label": "tenants",
    "sign_up_id": "00000000-0000-0000-0000-000000000001",
    "passkey_id": 1,
    "purchase_id": "00000000-0000-0000-0000-000000000001",
    "booking_id": "00000000-0000-0000-0000-000000000001",
    "venue_id": 1,
    "resource_id": 1,
    "closure_id": 1,
    "customer_id": 1,
    "email": "walk-in@example.org",
    "import_id": 1,
    "entry_id": 1,
    "series_id": 1,
    "number": "RC-2020-0001",
    "payout_id": "po_1",
    "endpoint_id": 1,
    "delivery_id": 1,
    "hook_id": 1,
    "told_id": 1,
    "connection_id": 1,
    "conflict_id": 1,
    "feed_id": 1,
    "client_pk": 1,
    "batch_id": 1,
    "claim_id": 1,
    "clearing_id": 1,
    "dispute_id": "x",
    "file_id": 1,
    "invitation_id": 1,
    "mailing_id": 1,
    "member_id": 1,
    "look_in_id": 1,
    "line_id": 1,
    "session": "x",
    "view_id": 1,
    "digest": "0",
    "tag": "0",
    "shown_id": 1,
    "part": "logo",
    "file": "1.webp",
    "token_id": 1,
    "secret": "0",
    "provider": "google",
    "card_id": "pm_1",
    "kind": "confirmation",
    "channel": "mail",
    "language": "en",
    "whose": "0",
    "notice_id": 1,
    **dict.fromkeys([*PARAMETERS, "product_id", "user_id"], 1),
    "venue": "main",
    "resource": "court-1",
    "token": "x",
}


def door_of(route: Route) -> str:
    """Who may call it, as it declares itself."""
    return str(getattr(route.view, "door", ""))


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who runs the platform."""
    return make_operator("operator@forecourt.example")


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin", "/admin/login/", "/django-admin/", "/stripe/webhook/", "/djstripe/"]
)
@pytest.mark.parametrize("who", ["nobody", "owner", "guest"])
def test_there_is_no_admin_at_a_tenants_host(alpha: World, path: str, who: str) -> None:
    """T18."""
    caller = Caller(alpha.host, session="" if who == "nobody" else session_of(alpha, who))
    assert caller.client.get(path).status_code == 404


@pytest.mark.parametrize("route", PLATFORMS_OWN, ids=str)
@pytest.mark.parametrize("method", ["get", "post"])
def test_operators_pages_are_not_at_a_tenants_host(alpha: World, route: Route, method: str) -> None:
    """T18: not for anybody, the owner included."""
    before = contents(alpha)
    path = route.filled(VALUES)
    for session in ("", session_of(alpha, "owner")):
        assert getattr(Caller(alpha.host, session=session).client, method)(path).status_code == 404
    assert contents(alpha) == before


@pytest.mark.parametrize("route", TENANTS_OWN, ids=str)
def test_tenants_pages_are_not_at_the_platforms_host(alpha: World, route: Route) -> None:
    path = route.filled(VALUES)
    answer = Caller(PLATFORM, token=alpha.tokens["owner"]).client.get(path)
    assert answer.status_code == 404
    assert alpha.canary.encode() not in answer.content


@pytest.mark.parametrize("route", [route for route in PLATFORMS_OWN if not door_of(route).startswith("open")], ids=str)
@pytest.mark.parametrize("who", ["owner", "manager", "guest"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_session_of_a_tenant_opens_nothing_at_the_platforms_host(
    alpha: World, route: Route, who: str, method: str
) -> None:
    """T10: users of equal ids, sessions of another schema."""
    caller = Caller(PLATFORM, session=session_of(alpha, who))
    answer = getattr(caller.client, method)(route.filled({**VALUES, "tenant_id": alpha.tenant.pk}))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    alpha.tenant.refresh_from_db()
    assert alpha.tenant.state == "ready"


def test_operator_is_nobody_at_a_tenants_host(alpha: World, operator: User) -> None:
    """T10: an operator's session and token, and an operator's password."""
    session = session_of_operator(operator)
    assert Caller(PLATFORM, session=session).client.get("/operators/").status_code == 200
    assert Caller(alpha.host, session=session).client.get("/desk/").status_code == 302
    token = AccessToken.issue(operator)
    assert Caller(alpha.host, token=token).client.get("/api/v1/venues/").status_code == 401
    away = Client(headers={"Host": alpha.host})
    assert away.post("/login/", {"username": operator.email, "password": PASSWORD}).status_code == 200
    assert away.get("/desk/").status_code == 302


def test_owner_cannot_sign_in_at_the_platforms_host(alpha: World, operator: User) -> None:
    answer = Client(headers={"Host": PLATFORM}).post(
        "/login/", {"username": f"owner@{alpha.canary}.example", "password": PASSWORD}
    )
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies
