"""What a tenant's hosts answer in each of its states."""

from typing import Any

import pytest
from django.test import Client

from kernel.errors import Refused
from tenants import hosts, provisioning
from tenants.middleware import CLOSED
from tenants.models import Tenant
from tests.worlds import World

State = Tenant.State
API, PAGE = "/api/v1/venues/", "/"


def put(world: World, state: str) -> None:
    """Put the tenant into a state."""
    Tenant.objects.filter(pk=world.tenant.pk).update(state=state)
    hosts.forget()


@pytest.mark.parametrize(
    ("state", "status", "code", "retry_after"),
    [
        (State.CREATING, 503, "tenant_creating", "2"),
        (State.SUSPENDED, 403, "tenant_suspended", None),
        (State.RESTORING, 503, "tenant_restoring", "5"),
        (State.LEAVING, 410, "tenant_leaving", None),
    ],
)
@pytest.mark.parametrize("who", [None, "guest", "owner"])
def test_tenant_that_is_not_open_answers_nobody(
    alpha: World, state: str, status: int, code: str, retry_after: str | None, who: str | None
) -> None:
    """Pages and API alike, with or without credentials."""
    put(alpha, state)
    headers: dict[str, Any] = {"HTTP_HOST": alpha.host}
    if who:
        headers["HTTP_AUTHORIZATION"] = f"Token {alpha.tokens[who]}"
    api = Client(**headers).get(API)
    assert (api.status_code, api.json()["code"], api.get("Retry-After")) == (status, code, retry_after)
    page = Client(**headers).get(PAGE)
    assert (page.status_code, page.get("Retry-After")) == (status, retry_after)
    assert "text/html" in page["Content-Type"]
    for answer in (api, page):
        assert alpha.canary.encode() not in answer.content


@pytest.mark.parametrize("state", [State.CREATING, State.SUSPENDED, State.RESTORING, State.LEAVING])
def test_tenant_that_is_not_open_takes_no_booking(alpha: World, state: str) -> None:
    put(alpha, state)
    answer = Client(HTTP_HOST=alpha.host, HTTP_AUTHORIZATION=f"Token {alpha.tokens['guest']}").post(
        "/api/v1/bookings/", {"resource": alpha.court_1}, content_type="application/json"
    )
    assert answer.status_code in {503, 403, 410}
    assert answer.json()["code"] == f"tenant_{state}"


def test_one_tenants_state_is_not_anothers(alpha: World, beta: World) -> None:
    put(alpha, State.SUSPENDED)
    answer = Client(HTTP_HOST=beta.host, HTTP_AUTHORIZATION=f"Token {beta.tokens['guest']}").get(API)
    assert answer.status_code == 200


def test_suspending_closes_the_hosts_at_once_and_resuming_opens_them(alpha: World) -> None:
    """At once in this process, where the answer is kept; in the others within five seconds."""
    client = Client(HTTP_HOST=alpha.host, HTTP_AUTHORIZATION=f"Token {alpha.tokens['guest']}")
    assert client.get(API).status_code == 200
    provisioning.suspend(alpha.tenant, "unpaid")
    assert client.get(API).status_code == 403
    alpha.tenant.refresh_from_db()
    assert (alpha.tenant.state, alpha.tenant.state_reason) == ("suspended", "unpaid")
    provisioning.resume(alpha.tenant)
    assert client.get(API).status_code == 200
    assert (alpha.tenant.state, alpha.tenant.state_reason) == ("ready", "")


@pytest.mark.parametrize("state", [State.CREATING, State.SUSPENDED, State.RESTORING, State.LEAVING])
def test_only_a_ready_tenant_is_suspended(alpha: World, state: str) -> None:
    put(alpha, state)
    with pytest.raises(Refused) as refusal:
        provisioning.suspend(alpha.tenant, "unpaid")
    assert refusal.value.code == "tenant_state"
    alpha.tenant.refresh_from_db()
    assert (alpha.tenant.state, alpha.tenant.state_reason) == (state, "")


@pytest.mark.parametrize("state", [State.CREATING, State.READY, State.RESTORING, State.LEAVING])
def test_only_a_suspended_tenant_is_resumed(alpha: World, state: str) -> None:
    put(alpha, state)
    with pytest.raises(Refused):
        provisioning.resume(alpha.tenant)
    alpha.tenant.refresh_from_db()
    assert alpha.tenant.state == state


def test_every_state_that_is_not_ready_has_an_answer() -> None:
    assert set(CLOSED) == set(State) - {State.READY}


def test_health_is_answered_on_any_host(db: None) -> None:
    for host in ("gamma.localhost", "192.0.2.1", "alpha-sports.localhost"):
        assert Client(HTTP_HOST=host).get("/healthz").json() == {"status": "ok"}
