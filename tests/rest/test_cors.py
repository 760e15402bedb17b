"""Pages elsewhere: those of registered clients read the API's answers in a browser, and no others; without cookies."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import User
from oauth.models import Application
from tests.bookings.scenes import slot
from tests.conftest import Caller

HERE, ELSEWHERE = "https://app.example", "https://evil.example"
ALLOWED = "Access-Control-Allow-Origin"
PATHS = ["/api/v1/venues/", "/api/services/", "/api/schema/", "/api/v1/nothing-here/", "/oauth/token/"]


def registered(world, origin=HERE, **fields):
    """An app whose pages are at an origin."""
    with tenant_context(world.tenant):
        return Application.objects.create(
            client_id=f"client-{origin}",
            name="An app",
            client_type="public",
            grants=["authorization-code"],
            scopes=["availability:read"],
            redirect_uris=f"{origin}/back",
            allowed_origins=f"https://other.example {origin}",
            **fields,
        )


def preflight(world, path, origin=HERE, method="PATCH", wanted="authorization,if-match,idempotency-key"):
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": wanted}
    return Client(headers={"Host": world.host}).options(path, headers={"Origin": origin, **asked})


def granted(answer):
    """Every header of the answer that lets pages elsewhere do something."""
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("access-control-")}


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_of_a_registered_page_is_answered_without_signing_in(alpha, path):
    registered(alpha)
    answer = preflight(alpha, path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer[ALLOWED] == HERE
    assert "PATCH" in answer["Access-Control-Allow-Methods"].split(", ")
    assert {"authorization", "idempotency-key", "if-match"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert answer["Access-Control-Max-Age"] == "600"
    assert "origin" in answer["Vary"].lower()
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    [
        ELSEWHERE,
        "null",
        "*",
        "http://app.example",
        f"{HERE}.evil.example",
        "https://app",
        f"{HERE}:8443",
        "https://\x00",
        "http://[",
    ],
)
def test_a_page_that_nobody_registered_gets_nothing(alpha, path, origin):
    registered(alpha)
    client = Client(headers={"Host": alpha.host, "Origin": origin})
    for answer in (preflight(alpha, path, origin), client.get(path)):
        assert granted(answer) == {}
        assert "origin" in answer["Vary"].lower()


def test_an_answer_tells_a_registered_page_its_headers(alpha, api):
    registered(alpha)
    answer = api("guest", HTTP_ORIGIN=HERE).get("/api/v1/venues/")
    assert answer[ALLOWED] == HERE
    told = set(answer["Access-Control-Expose-Headers"].split(", "))
    assert told >= {"Link", "X-Total-Count", "ETag", "Location", "Retry-After", "Idempotency-Replayed"}
    assert told >= {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


def test_refusals_can_be_read_too(alpha, api):
    registered(alpha)
    assert [
        (answer.status_code, answer[ALLOWED])
        for answer in (
            api(None, HTTP_ORIGIN=HERE).get("/api/v1/venues/"),
            api("guest", HTTP_ORIGIN=HERE).get("/api/v1/nothing-here/"),
            api("guest", HTTP_ORIGIN=HERE).post("/api/v1/bookings/", {}),
        )
    ] == [(401, HERE), (404, HERE), (400, HERE)]


def test_another_tenants_page_is_nobody_here(alpha, beta):
    """T27."""
    registered(alpha)
    assert granted(preflight(beta, PATHS[0])) == {}
    assert granted(Caller(beta)("guest", HTTP_ORIGIN=HERE).get(PATHS[0])) == {}


def test_pages_of_a_client_that_is_switched_off_are_nobody(alpha, api):
    registered(alpha, is_enabled=False)
    assert granted(preflight(alpha, PATHS[0])) == {}


def test_pages_of_the_house_are_no_matter_of_this(alpha):
    """They are no API: nothing there is for pages elsewhere, registered or not."""
    registered(alpha)
    for path in ("/", "/login/", "/bookings/", "/oauth/authorize/"):
        assert granted(Client(headers={"Host": alpha.host, "Origin": HERE}).get(path)) == {}


def test_a_session_is_of_no_use_to_a_page_elsewhere(alpha):
    """Cookies are not allowed to come, and what they would sign in for wants a token against forgery."""
    registered(alpha)
    client = Client(headers={"Host": alpha.host, "Origin": HERE}, enforce_csrf_checks=True)
    with tenant_context(alpha.tenant):
        client.force_login(User.objects.get(pk=alpha.users["guest"]), "django.contrib.auth.backends.ModelBackend")
    when = slot(10)
    body = {"resource": 1, "start_datetime": when.start.isoformat(), "end_datetime": when.end.isoformat()}
    answer = client.post("/api/v1/bookings/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_preflight_costs_one_query_and_a_server_none(alpha, api):
    registered(alpha)
    preflight(alpha, PATHS[0])
    with CaptureQueriesContext(connection) as queries:
        preflight(alpha, PATHS[0])
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) == 1
    assert "oauth_application" in asked[0]
    for headers in ({}, {"HTTP_ORIGIN": f"http://{alpha.host}"}):
        with CaptureQueriesContext(connection) as queries:
            api("guest", **headers).get(PATHS[0])
        assert not [query["sql"] for query in queries if "allowed_origins" in query["sql"]]
