"""A new business is there in less than two seconds, for nineteen of twenty: from the button to the first page.

`make bench` says the same of fifty on a machine that does nothing else, and fails at two seconds. Here others work
beside: what the bare replay of the template takes at the same time says how much slower everything is just now.
"""

import http.client
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from tenants import template
from tests import servers
from tests.conftest import pointed_at
from tests.servers import Server
from tests.worlds import PASSWORD
from website import signing
from website.models import SignUpLink
from website.signing import Typed

SIGN_UPS = 20
P95_SECONDS = 2.0
COLD = 4
"""The first ones of a server that has just started import half of Django each: they are not counted."""
REPLAY_SECONDS = 0.25
"""What the bare replay takes at most on a machine that is not busy."""
CSRF = "c" * 32
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}


@pytest.fixture
def site(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A web server on a database of its own."""
    with django_db_blocker.unblock():
        furnished = request.getfixturevalue("template")
        with servers.copied(furnished, "speed") as database, pointed_at(database), servers.web(database) as server:
            yield server


def applied(number: int) -> str:
    """The path of a fresh link."""
    row = signing.apply(Typed("Padel", f"padel-{number}-x", "nora@club.example", "Europe/Berlin", "EUR"))
    token = f"{number:0>43}"
    SignUpLink.objects.filter(sign_up=row).update(digest=signing.digest_of(token))
    return f"/sign-up/link/{token}/"


def asked(site: Server, host: str, path: str, body: str = "", **headers: str) -> Any:
    """An answer, read to its end. A form is sent where there is a body."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("POST" if body else "GET", path, body or None, {"Host": host, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def seconds_of(site: Server, path: str) -> float:
    """From the button to the first page of the desk, redirects followed."""
    began = time.monotonic()
    made = asked(site, "localhost", path, f"password={PASSWORD}", **FORM)
    assert made.status == 302
    host, _slash, way_in = made.headers["Location"].partition("://")[2].partition("/")
    came = asked(site, host, f"/{way_in}")
    assert (came.status, came.headers["Location"]) == (302, "/desk/setup/")
    cookies = "; ".join(each.partition(";")[0] for each in came.headers.get_all("Set-Cookie"))
    assert asked(site, host, "/desk/setup/", Cookie=cookies).status == 200
    return time.monotonic() - began


def replayed(number: int) -> float:
    """How long the template's DDL takes by itself."""
    began = time.monotonic()
    with transaction.atomic():
        template.build(f"t_replayed_{number}")
    return time.monotonic() - began


def test_nineteen_of_twenty_businesses_are_there_within_two_seconds(site: Server, record_property: Any) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    taken, bare = [], []
    for number in range(SIGN_UPS, SIGN_UPS + COLD):
        seconds_of(site, applied(number))
    for number in range(SIGN_UPS):
        taken.append(seconds_of(site, applied(number)))
        bare.append(replayed(number))
    usual, p95 = sorted(bare)[SIGN_UPS // 2], sorted(taken)[SIGN_UPS * 95 // 100 - 1]
    record_property("p50", f"{sorted(taken)[SIGN_UPS // 2]:.3f}")
    record_property("p95", f"{p95:.3f}")
    record_property("replay", f"{usual:.3f}")
    assert p95 < P95_SECONDS * max(1.0, usual / REPLAY_SECONDS), (taken, bare)
