"""A connection that is used again shows nobody what the last one saw (T01, T06)."""

import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django_tenants.utils import tenant_context

from schemas.current import current_schema
from tests.conftest import own_database
from tests.servers import Server, web
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of
from venues.models import Venue

THREADS, READS = 12, 100
FEW = 10  # of each thread: where the protection is gone, every fifth answer is wrong
POOL = 3


@dataclass
class Scene:
    """A server whose two workers share three connections each among eight threads, and two tenants."""

    server: Server
    worlds: tuple[World, World]


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[Scene]:
    """The product's own web server."""
    with own_database(template, django_db_blocker) as name:
        worlds = world_of(ALPHA), world_of(BETA)
        with web(name, {"DATABASE_POOL": str(POOL)}, workers=2, threads=8) as server:
            yield Scene(server, worlds)


def read(scene: Scene, first: int, reads: int = READS) -> list[str]:
    """Alternating reads through one keep-alive connection; every seventh is a change that is refused."""
    wrong = []
    caller = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=60)
    for number in range(first, first + reads):
        world, other = scene.worlds[number % 2], scene.worlds[(number + 1) % 2]
        try:
            status, text, expected, needed = ask(caller, world, number)
        except (OSError, http.client.HTTPException) as error:
            caller.close()
            wrong.append(f"read {number} of {world.host}: {error!r}")
            continue
        if status != expected or needed not in text or other.canary in text:
            wrong.append(f"read {number} of {world.host}: {status} {text[:200]}")
    caller.close()
    return wrong


def ask(caller: http.client.HTTPConnection, world: World, number: int) -> tuple[int, str, int, str]:
    """Status and text of an answer; the status that it must have, and what the text must contain."""
    headers = {"Host": world.host, "Authorization": f"Token {world.tokens['front_desk']}"}
    if number % 7 == 0:
        body = '{"resource": 1, "start_datetime": "2001-01-01T10:00:00Z", "end_datetime": "2001-01-01T11:00:00Z"}'
        caller.request("POST", "/api/v1/bookings/", body, {**headers, "Content-Type": "application/json"})
        expected, needed = 400, ""
    else:
        path = ("/api/v1/venues/", "/api/v1/resources/", "/", "/api/v1/admin/bookings/")[number % 4]
        caller.request("GET", path, headers=headers)
        expected, needed = 200, "" if "admin" in path else world.canary
    answer = caller.getresponse()
    return answer.status, answer.read().decode(), expected, needed


def test_thousands_of_alternating_reads_show_nobody_anothers_rows(scene: Scene) -> None:
    """T01: 12 threads, 1,200 requests, tenants in turn, through the product's own server and pool."""
    results = at_once(*(lambda first=thread: read(scene, first) for thread in range(THREADS)))
    assert results == [[]] * THREADS
    assert THREADS * READS == 1200


def test_reads_find_a_connection_that_is_trusted_to_have_kept_its_schema(scene: Scene) -> None:
    """T01, the negative control: a tenth of the reads is enough where a thread trusts what it has set before."""
    trusting = {"DATABASE_POOL": str(POOL), "DJANGO_SETTINGS_MODULE": "tests.isolation.trusting.settings"}
    with web(scene.server.database, trusting, workers=2, threads=8) as server:
        leaky = Scene(server, scene.worlds)
        results = at_once(*(lambda first=thread: read(leaky, first, FEW) for thread in range(THREADS)))
    wrong = [each for result in results for each in result]
    assert wrong, "with a pool that is not shared, or a protection that is still there, the reads prove nothing"


def test_the_pool_really_is_shared(scene: Scene) -> None:
    """With a connection for each thread the test above would prove nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        others = cursor.fetchone()[0]
    assert 1 <= others <= 2 * POOL


def raw(scene: Scene, *lines: str) -> tuple[str, str]:
    """Status and text of the answer to exactly these bytes; an empty status where the server hangs up."""
    with socket.create_connection(("127.0.0.1", scene.server.port), timeout=60) as caller:
        caller.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        text = b"".join(iter(lambda: caller.recv(65536), b"")).decode(errors="replace")
    return text.partition(" ")[2][:3], text


def test_strange_ways_to_name_a_host(scene: Scene) -> None:
    """T16, as bytes on the wire: whoever is asked for, the token's own tenant or nobody answers, and never both."""
    alpha, beta = scene.worlds
    token = f"Authorization: Token {alpha.tokens['guest']}"
    path = "/api/v1/venues/"
    found = {
        "plain": raw(scene, f"GET {path} HTTP/1.1", f"Host: {alpha.host}", token),
        "shouted": raw(scene, f"GET {path} HTTP/1.1", f"Host: {alpha.host.upper()}.:{scene.server.port}", token),
        "absolute": raw(scene, f"GET http://{alpha.host}{path} HTTP/1.1", f"Host: {alpha.host}", token),
        "absolute elsewhere": raw(scene, f"GET http://{beta.host}{path} HTTP/1.1", f"Host: {alpha.host}", token),
        "two hosts": raw(scene, f"GET {path} HTTP/1.1", f"Host: {alpha.host}", f"Host: {beta.host}", token),
        "two hosts turned": raw(scene, f"GET {path} HTTP/1.1", f"Host: {beta.host}", f"Host: {alpha.host}", token),
        "no host": raw(scene, f"GET {path} HTTP/1.1", token),
        "old protocol": raw(scene, f"GET {path} HTTP/1.0", token),
        "empty host": raw(scene, f"GET {path} HTTP/1.1", "Host:", token),
        "folded": raw(scene, f"GET {path} HTTP/1.1", f"Host: {beta.host}", f" {alpha.host}", token),
    }
    statuses = {name: status for name, (status, _text) in found.items()}
    assert {name: statuses.pop(name) for name in ("plain", "shouted", "absolute")} == dict.fromkeys(
        ("plain", "shouted", "absolute"), "200"
    )
    assert set(statuses.values()) <= {"", "200", "400", "401", "404"}, statuses
    for name, (status, text) in found.items():
        assert beta.canary not in text, name
        assert (alpha.canary in text) is (status == "200"), name


@pytest.mark.parametrize("path", ["/", "/login/", "/admin/", "/no/slash", "/api/v1/venues/"])
def test_hosts_of_nobody_lead_nowhere(scene: Scene, path: str) -> None:
    """T16, as bytes on the wire: an address, another alphabet, a list, a great length; no redirect and no cookie."""
    alpha, beta = scene.worlds
    token = f"Authorization: Token {alpha.tokens['owner']}"
    hosts = ["127.0.0.1", f"127.0.0.1:{scene.server.port}", "[::1]", "2130706433", "*.localhost", "a" * 5000]
    hosts += [
        "\u00e4lpha-sports.localhost",
        "xn--lpha-sports-9jf.localhost",
        f"{alpha.host}, {beta.host}",
        f"x.{alpha.host}",
    ]
    hosts += [
        f"{alpha.host}..",
        f"{alpha.host}@evil.example",
        f"{alpha.host}/evil",
        "evil.example",
        f"{alpha.host}:80:80",
    ]
    for host in hosts:
        lines = (f"Host: {host}", token, f"X-Forwarded-Host: {alpha.host}", f"Forwarded: host={alpha.host}")
        status, text = raw(scene, f"GET {path} HTTP/1.1", *lines)
        assert status in {"", "400", "404"}, (host, status)
        head = text.partition("\r\n\r\n")[0].lower()
        assert ("location:" in head, "set-cookie:" in head, alpha.canary in text) == (False, False, False), host


def test_thread_of_a_request_starts_in_public_and_finds_no_tenants_table(scratch: str) -> None:
    """T06: it has a connection of its own; a mistake is an error and not another tenant's rows."""
    alpha = world_of(ALPHA)
    found: dict[str, object] = {}

    def child() -> None:
        found["schema"] = current_schema()
        try:
            found["venues"] = Venue.objects.count()
        except ProgrammingError as error:
            found["venues"] = str(error).partition("\n")[0]
        with tenant_context(alpha.tenant):
            found["inside"] = Venue.objects.count()
        connection.close()

    with tenant_context(alpha.tenant):
        thread = threading.Thread(target=child)
        thread.start()
        thread.join(20)
        assert current_schema() == alpha.tenant.schema_name
    assert found == {"schema": "public", "venues": 'relation "venues_venue" does not exist', "inside": 2}


def test_connection_that_was_given_back_comes_without_its_schema(scratch: str) -> None:
    """T01: the next one who takes it from the pool sets the schema anew."""
    alpha, beta = world_of(ALPHA), world_of(BETA)
    names = []
    for world in (alpha, beta) * 20:
        with tenant_context(world.tenant):
            names.append(Venue.objects.get(slug="main").name)
        connection.close()
    assert names == [f"Main {alpha.canary}", f"Main {beta.canary}"] * 20


def test_failed_statement_does_not_lose_the_schema(scratch: str) -> None:
    """T01: a rollback takes the server's search path back with it."""
    alpha = world_of(ALPHA)
    with tenant_context(alpha.tenant):
        for _ in range(5):
            with pytest.raises(ProgrammingError), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM nowhere")
            assert Venue.objects.get(slug="main").name == f"Main {alpha.canary}"
