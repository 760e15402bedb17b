"""A domain that goes from one business to another takes nothing of the first along, over HTTP (T25, T16, T26)."""

import http.client
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django_tenants.utils import tenant_context

from schemas.clock import database_now
from schemas.current import enter_public
from tenants import addresses, domains
from tenants.claims import DomainClaim
from tenants.models import CertifiedHost, Domain
from tests import nameserver
from tests.conftest import own_database
from tests.isolation.scene import session_of
from tests.nameserver import Zone
from tests.servers import Server, web
from tests.worlds import ALPHA, BETA, World, world_of

NAME = "courts.club.com"
HOME = "192.0.2.7"
SOON = 20.0  # every process keeps hosts for five seconds
TOKEN = "asks for certificates"
MADE_UP = 1000


@dataclass
class Town:
    """A server, the DNS, and two businesses."""

    server: Server
    zone: Zone
    alpha: World
    beta: World

    def get(self, host: str, path: str = "/", **headers: str) -> tuple[int, str, str, str]:
        """Status, where to, which cookies, and the text."""
        caller = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        caller.request("GET", path, headers={"Host": host, "Accept": "text/html", **headers})
        answer = caller.getresponse()
        text = answer.read().decode(errors="replace")
        caller.close()
        return answer.status, answer.headers.get("Location", ""), answer.headers.get("Set-Cookie", ""), text

    def proves(self, world: World, others: tuple[str, ...] = ()) -> DomainClaim:
        with tenant_context(world.tenant):
            claim = domains.ask(world.tenant, NAME)
            self.zone.say(domains.record_of(claim), "TXT", claim.token, *others)
            return domains.check(world.tenant, claim.pk)


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[Town]:
    """The product's own web server, which is asked for certificates by whoever has the token."""
    with own_database(template, django_db_blocker) as name, nameserver.serving() as zone:
        alpha, beta = world_of(ALPHA), world_of(BETA)
        for host in (alpha.host, beta.host, NAME):
            zone.say(host, "A", HOME)
        asking = {"DNS_RESOLVERS": ["127.0.0.1"], "DNS_PORT": zone.port, "DNS_SECONDS": 20}
        with web(name, {"METRICS_TOKEN": TOKEN}, workers=2) as server, override_settings(**asking):
            yield Town(server, zone, alpha, beta)


def soon(seen: Callable[[], bool], times: int = 20) -> None:
    """Wait until all processes say so, as often as it takes to have asked each."""
    deadline, agreed = time.monotonic() + SOON, 0
    while agreed < times:
        agreed = agreed + 1 if seen() else 0
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_one_business_left_at_a_domain_opens_nothing_at_the_next(town: Town) -> None:
    """T25: cookie, link and redirect of the first are dead once the second has the name."""
    alpha, beta = town.alpha, town.beta
    first = town.proves(alpha)
    with tenant_context(alpha.tenant):
        domains.make_main(alpha.tenant, NAME)
    cookie = {"Cookie": f"sessionid={session_of(alpha, 'guest')}"}
    soon(lambda: town.get(alpha.host)[1] == f"http://{NAME}:{town.server.port}/")
    assert addresses.address(alpha.tenant, "/").startswith(f"http://{NAME}")
    assert town.get(NAME, "/account/", **cookie)[0] == 200
    waits = town.proves(beta, others=(first.token,))
    assert (waits.trouble, town.get(NAME)[0], alpha.canary in town.get(NAME)[3]) == ("taken", 200, True)

    with tenant_context(alpha.tenant):
        domains.remove(alpha.tenant, first.pk)
    soon(lambda: town.get(NAME)[0] == 404 and town.get(alpha.host)[:2] == (200, ""))
    assert town.get(NAME, "/account/", **cookie)[0] == 404
    assert addresses.address(alpha.tenant, "/").startswith(f"http://{alpha.host}")

    assert town.proves(beta).trouble == ""
    soon(lambda: town.get(NAME)[0] == 200)
    assert (beta.canary in town.get(NAME)[3], alpha.canary in town.get(NAME)[3]) == (True, False)
    status, place, _cookies, text = town.get(NAME, "/account/", **cookie)
    assert (status, place.startswith("/login/"), alpha.canary in text) == (302, True, False)
    assert town.get(alpha.host, "/account/", **cookie)[0] == 200  # the session itself is good, where it belongs
    assert town.get(alpha.host)[:2] == (200, "")

    second = DomainClaim.objects.get(tenant=beta.tenant)
    town.zone.say(domains.record_of(second), "TXT")
    with tenant_context(beta.tenant):
        domains.check(beta.tenant, second.pk)
        again = domains.ask(alpha.tenant, NAME)
        assert domains.check(alpha.tenant, again.pk).trouble == "no_record"  # in the week of grace, too
        assert Domain.objects.get(domain=NAME).tenant_id == beta.tenant.pk
        DomainClaim.objects.filter(pk=second.pk).update(lost_since=database_now() - timedelta(days=7))
        domains.check(beta.tenant, second.pk)
    soon(lambda: town.get(NAME)[0] == 404)


def test_thousand_made_up_names_have_no_certificate(town: Town) -> None:
    """T26, over HTTP, and those of businesses have theirs."""
    enter_public()
    caller = http.client.HTTPConnection("127.0.0.1", town.server.port, timeout=60)

    def status_of(name: str, token: str = TOKEN) -> int:
        headers = {"Host": "localhost", "Authorization": f"Bearer {token}"}
        caller.request("GET", f"/certificates/allowed?domain={name}", headers=headers)
        answer = caller.getresponse()
        answer.read()
        return answer.status

    began = set(CertifiedHost.objects.values_list("host", flat=True))
    assert {status_of(f"{secrets.token_hex(8)}.club.com") for _name in range(MADE_UP)} == {404}
    assert set(CertifiedHost.objects.values_list("host", flat=True)) == began
    assert status_of(town.beta.host, "guessed") == 404
    assert [status_of(name) for name in (town.alpha.host, town.beta.host, "localhost")] == [200] * 3
    caller.close()
    assert set(CertifiedHost.objects.values_list("host", flat=True)) == began | {town.alpha.host, town.beta.host}
