"""Certificates are had for hosts that are served, and for no other (T26)."""

import secrets
from typing import Any

import pytest
from django.test import Client

from tenants.models import Domain
from tests.worlds import World

PAGE = "/certificates/allowed"


def status_of(domain: str, **headers: Any) -> int:
    return Client(HTTP_HOST="localhost").get(PAGE, {"domain": domain}, **headers).status_code


@pytest.fixture(autouse=True)
def inside(settings: Any) -> None:
    settings.METRICS_NETWORKS = ["127.0.0.0/8"]


def test_only_for_hosts_that_are_served(alpha: World) -> None:
    Domain.objects.create(tenant=alpha.tenant, domain="courts.club.com", is_primary=False)
    assert [status_of(name) for name in ("courts.club.com", "COURTS.club.com.", alpha.host)] == [200, 200, 200]
    assert {status_of(f"{secrets.token_hex(8)}.club.com") for _time in range(1000)} == {404}
    assert status_of("") == 404


def test_only_for_those_who_look_after_the_platform(alpha: World, settings: Any) -> None:
    settings.METRICS_NETWORKS, settings.METRICS_TOKEN = [], "told"
    assert status_of(alpha.host) == 404
    assert status_of(alpha.host, HTTP_AUTHORIZATION="Bearer wrong") == 404
    assert status_of(alpha.host, HTTP_AUTHORIZATION="Bearer told") == 200
    assert Client(HTTP_HOST=alpha.host).get(PAGE, {"domain": alpha.host}).status_code == 404
