"""From a Host header to a tenant (T16, T17)."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants import hosts
from tenants.hosts import normalised
from tenants.models import Domain
from tests.worlds import World

VENUES = "/api/v1/venues/"


def venues_at(host: str, world: World, **headers: Any) -> tuple[int, bool]:
    """Status, and whether the answer is the world's."""
    answer = Client().get(VENUES, HTTP_HOST=host, HTTP_AUTHORIZATION=f"Token {world.tokens['guest']}", **headers)
    return answer.status_code, world.canary.encode() in answer.content


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("alpha-sports.localhost", "alpha-sports.localhost"),
        ("ALPHA-Sports.LocalHost", "alpha-sports.localhost"),
        ("alpha-sports.localhost.", "alpha-sports.localhost"),
        ("alpha-sports.localhost:8000", "alpha-sports.localhost"),
        ("Alpha-Sports.localhost.:443", "alpha-sports.localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
    ],
)
def test_host_header_is_normalised(header: str, key: str) -> None:
    """T16."""
    assert normalised(header) == key


@pytest.mark.parametrize(
    "spelling",
    [
        "alpha-sports.localhost",
        "ALPHA-SPORTS.LOCALHOST",
        "Alpha-Sports.Localhost",
        "alpha-sports.localhost.",
        "alpha-sports.localhost:8000",
        "ALPHA-sports.localhost.:8000",
    ],
)
def test_every_spelling_of_a_host_finds_its_tenant(alpha: World, spelling: str) -> None:
    """T16: mixed case was 404 in the stock middleware."""
    assert venues_at(spelling, alpha) == (200, True)


@pytest.mark.parametrize(
    "host",
    [
        *("gamma.localhost", "alpha-sports.example.com", "x.alpha-sports.localhost", "alpha-sports", "localhost.evil"),
        *("192.0.2.1", "192.0.2.1:8000", "[2001:db8::1]", "2130706433", "0x7f.1"),
        *("xn--lpha-sports-9jf.localhost", "аlpha-sports.localhost".encode("idna").decode()),
        *("alpha-sports.localhost..", ".alpha-sports.localhost", "*.localhost", "%"),
        *("alpha-sports.localhost, beta-rooms.localhost", "alpha-sports.localhost@beta-rooms.localhost", ""),
        *("alpha-sports.localhost/..", "alpha-sports.localhost beta-rooms.localhost", "t_template"),
    ],
)
@pytest.mark.parametrize("path", [VENUES, "/", "/no/slash", "/admin/"])
def test_unknown_host_is_404_and_never_a_redirect(alpha: World, host: str, path: str) -> None:
    """T16, T17: IP literals, other alphabets, lists of hosts (a double header), and whatever is no tenant."""
    answer = Client().get(path, HTTP_HOST=host, HTTP_AUTHORIZATION=f"Token {alpha.tokens['owner']}")
    assert answer.status_code == 404
    assert "Location" not in answer
    assert alpha.canary.encode() not in answer.content


def test_unknown_host_is_answered_in_the_callers_language(db: None) -> None:
    assert Client().get(VENUES, HTTP_HOST="gamma.localhost").json() == {
        "code": "unknown_host",
        "detail": "There is nothing at this address.",
    }
    assert "text/html" in Client().get("/", HTTP_HOST="gamma.localhost")["Content-Type"]


@pytest.mark.parametrize(
    "header", [f"HTTP_{name}" for name in ("X_FORWARDED_HOST", "X_HOST", "FORWARDED", "X_ORIGINAL_HOST", "X_REAL_HOST")]
)
def test_forwarded_hosts_are_ignored(alpha: World, beta: World, header: str) -> None:
    """T16: nobody chooses a tenant but the Host header."""
    value = f"host={beta.host}" if header == "HTTP_FORWARDED" else beta.host
    assert venues_at(alpha.host, alpha, **{header: value}) == (200, True)
    assert venues_at("gamma.localhost", alpha, **{header: alpha.host}) == (404, False)


def test_absolute_uri_as_path_does_not_choose_a_tenant(alpha: World, beta: World) -> None:
    """T16: `GET http://beta/...` with Alpha's Host is Alpha's, or nobody's."""
    answer = Client().get(f"http://{beta.host}{VENUES}", HTTP_HOST=alpha.host)
    assert answer.status_code in {401, 404}
    assert beta.canary.encode() not in answer.content


def test_hosts_are_case_folded_in_the_database(alpha: World) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="domain_lower_case"), transaction.atomic():
        Domain.objects.create(tenant=alpha.tenant, domain="Custom.Example")


def test_two_tenants_cannot_have_one_host(alpha: World, beta: World) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Domain.objects.create(tenant=beta.tenant, domain=alpha.host)


def test_second_look_up_of_a_host_asks_nobody(alpha: World) -> None:
    assert hosts.tenant_of(alpha.host) == alpha.tenant
    with CaptureQueriesContext(connection) as queries:
        assert hosts.tenant_of(alpha.host) == alpha.tenant
    assert len(queries) == 0


def test_hosts_that_do_not_exist_are_not_kept(db: None) -> None:
    """Made-up names cannot fill the memory, and a new tenant answers at once."""
    for number in range(50):
        assert hosts.tenant_of(f"nobody-{number}.localhost") is None
    assert hosts._kept == {}


def test_kept_hosts_are_bounded(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MOST_KEPT", 3)
    Domain.objects.bulk_create(
        [Domain(tenant=alpha.tenant, domain=f"court-{n}.example", is_primary=False) for n in range(10)]
    )
    for number in range(10):
        assert hosts.tenant_of(f"court-{number}.example") == alpha.tenant
        assert len(hosts._kept) <= 3


def test_same_path_on_two_hosts_is_two_answers(alpha: World, beta: World) -> None:
    """T07: whatever is kept anywhere, it is kept by host."""
    cache.clear()
    for _ in range(3):
        for world, other in ((alpha, beta), (beta, alpha)):
            answer = Client().get(VENUES, HTTP_HOST=world.host, HTTP_AUTHORIZATION=f"Token {world.tokens['guest']}")
            assert world.canary.encode() in answer.content
            assert other.canary.encode() not in answer.content
