"""Browsers are held to TLS at all of ours for a year, and at a brought domain at that host alone (T25)."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import Domain
from tests.worlds import World

HEADER = "Strict-Transport-Security"
YEAR = "max-age=31536000; includeSubDomains; preload"
MONTH = "max-age=2592000"


@pytest.fixture(autouse=True)
def as_production(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def test_our_own_hosts_are_strict_for_a_year_and_brought_ones_for_themselves(alpha: World) -> None:
    Domain.objects.create(tenant=alpha.tenant, domain="club.com", is_primary=False)
    hosts = ("localhost", alpha.host, alpha.host.upper(), "club.com", "club.com:443", "evil-localhost", "nobody.com")
    found = {host: Client(HTTP_HOST=host).get("/", secure=True).headers.get(HEADER) for host in hosts}
    ours = dict.fromkeys(("localhost", alpha.host, alpha.host.upper()), YEAR)
    assert found == {**ours, **dict.fromkeys(("club.com", "club.com:443", "evil-localhost", "nobody.com"), MONTH)}


def test_without_tls_nothing_is_promised(alpha: World, settings: Any) -> None:
    assert HEADER not in Client(HTTP_HOST="club.com").get("/")
    settings.SECURE_HSTS_SECONDS = 0
    assert HEADER not in Client(HTTP_HOST="club.com").get("/", secure=True)
