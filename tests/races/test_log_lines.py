"""T30: what real processes write while people with telling names book, mistype, and things break: nothing of them."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from django_tenants.utils import tenant_context

from embedded.ports import HOST, any_free_port
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork
from tests import servers
from tests.races.conftest import furnished, pointed_at
from tests.races.ground import BOOKINGS, Ground, slot
from tests.servers import Server

TYPED = "canarytyped"
PHONE = "+49 170 5550199"
TOKEN = "Zk3x9Qw7Lm2Np8Rt5Vy1Bc4Dcanarytoken"
SECRETS = (TYPED, "canaryalpha", "canarybeta", "5550199", TOKEN, "canarypassword", "127.0.0.1")
PAST = datetime(2020, 1, 1, tzinfo=UTC)
ASKED_FOR = "asked-for-by-the-proxy-1"


@dataclass
class Scene:
    """A database of its own, its people, and what web server and worker have written."""

    ground: Ground
    web: list[str]
    worker: list[str]
    booking: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line of both, read."""
        return [json.loads(line) for line in (*self.web, *self.worker)]


def played(template: str, form: str) -> Iterator[Scene]:
    """The whole scene, logged in one form."""
    options = {"LOG_FORMAT": form, "PROXIES": "1", "EMAIL_HOST": HOST, "EMAIL_PORT": str(any_free_port())}
    with servers.copied(template, f"logs_{form}") as database:
        ground = furnished(database)
        with pointed_at(database):
            ground.forget_what_waits()
            with servers.container(database, any_free_port(), options | {"DRAIN_SECONDS": "0"}) as server:
                booking = _visited(ground, server)
                _broken(ground, server)
                ground.hang_up()
                with servers.celery_worker(database, options) as worker:
                    _worked(ground)
                    worker_said = worker.said()
                web_said = server.said()
        yield Scene(ground, web_said.splitlines(), worker_said.splitlines(), booking)


def _visited(ground: Ground, server: Server) -> str:
    """Everything that people type, in every place; the id of a booking."""
    court = ground.court("logged")
    guest = ground.client(server, "guest")
    body = slot(court, ground.alpha.tenant.time_zone, database_now().date() + timedelta(days=2), 9)
    made = guest.post(BOOKINGS, {**body, "note": f"{TYPED} {PHONE}"}, X_Request_Id=ASKED_FOR)
    assert made.status == 201, made.raw
    stranger = ground.connected(server, ground.alpha)
    contact = {"name": f"Zoe {TYPED}", "email": f"zoe@{TYPED}.example", "phone": PHONE}
    for path in (
        f"/?q={TYPED}",
        f"/search/?q={TYPED}",
        f"/b/{TOKEN}/",
        f"/{TYPED}/",
        f"/venues/{TYPED}/?e=a@{TYPED}.de",
    ):
        stranger.get(path)
    stranger.post(BOOKINGS, {**body, "contact": contact, "email": contact["email"]})
    stranger.post("/api/v1/nonsense/", contact)
    guest.get(f"/api/v1/bookings/{made.body['id']}/")
    _sent(server, ground.alpha.host, "/login/", f"username=zoe@{TYPED}.example&password=canarypassword")
    ground.connected(server, ground.alpha, TOKEN).get("/api/v1/me/")
    _sent(server, "localhost", "/stripe/webhooks/platform/", json.dumps({"id": TYPED, "object": contact}))
    _sent(server, f"{TYPED}.localhost", "/", "")
    return str(made.body["id"])


def _broken(ground: Ground, server: Server) -> None:
    """A stack trace, in a page whose address and whose statement say too much."""
    ground.sql("ALTER TABLE venues_venue RENAME TO venues_gone")
    client = ground.connected(server, ground.alpha)
    assert client.get(f"/venues/{TYPED}/{TOKEN}/?e=zoe@{TYPED}.example").status == 500


def _worked(ground: Ground) -> None:
    """Letters that nobody takes, and work that breaks."""
    with tenant_context(ground.alpha.tenant):
        for kind in ("booking_clock", "calendar_pull"):
            due.schedule_all(kind, [(f"zoe@{TYPED}.example", PAST)])
    servers.wait_until(lambda: DueWork.objects.filter(last_error__gt="").count() > 1, _ticks)


def _ticks() -> None:
    with Celery(broker=servers.queue_url(), set_as_current=False) as beat:
        beat.send_task("tenants.pump")
        beat.send_task("tenants.tick")


def _sent(server: Server, host: str, path: str, body: str) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"sessionid={TOKEN}"}
    connection.request("POST", path, body.encode(), headers)
    connection.getresponse().read()
    connection.close()


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Scene]:
    """Logged as in production."""
    with django_db_blocker.unblock():
        yield from played(request.getfixturevalue("template"), "json")


def told(lines: list[str]) -> set[str]:
    """What of the secrets is in the lines."""
    return {secret for secret in SECRETS for line in lines if secret.lower() in line.lower()}


def test_no_line_has_anything_of_anybody(scene: Scene) -> None:
    """T30: bookings, failed sign-ins, pages that do not exist, a 500 with its stack trace, tasks that fail."""
    assert told(scene.web) == set()
    assert told(scene.worker) == set()


def test_every_line_is_json_with_time_and_level(scene: Scene) -> None:
    assert [line for line in scene.lines if not {"ts", "level", "logger", "message"} <= set(line)] == []
    assert len(scene.worker) > 3


def test_request_has_a_line_with_its_ids(scene: Scene) -> None:
    (made,) = [line for line in scene.lines if line.get("request_id") == ASKED_FOR and line["message"] == "request"]
    assert made["duration_ms"] > 0
    kept = {name: made[name] for name in ("level", "logger", "tenant", "method", "status")}
    assert kept == {
        "level": "info",
        "logger": "config.accesslog",
        "tenant": scene.ground.schema,
        "method": "POST",
        "status": 201,
    }
    assert made["route"] and "/" not in made["route"]  # noqa: PT018 - one thing: a name
    assert [line["status"] for line in scene.lines if line.get("booking") == scene.booking] == [200]


def test_what_broke_is_told_by_type_and_way(scene: Scene) -> None:
    (broke,) = [line for line in scene.lines if line["logger"] == "django.request" and line["level"] == "error"]
    assert broke["error"]["type"] == "django.db.utils.ProgrammingError"
    assert any(at.startswith("bookings/views/") for at in broke["error"]["at"])
    assert broke["request_id"]


def test_tasks_have_a_line_with_their_ids(scene: Scene) -> None:
    tasks = [line for line in scene.lines if line["logger"] == "config.tasklog" and line["task"] == "tenants.perform"]
    assert {line["state"] for line in tasks} >= {"FAILURE"}
    assert all(line["task_id"] and line["tenant"] and line["duration_ms"] >= 0 for line in tasks)


def test_the_plain_log_would_have_told(request: pytest.FixtureRequest, django_db_blocker: Any) -> None:
    """The control: the same scene, logged as for people at their own machine."""
    with django_db_blocker.unblock():
        for plain in played(request.getfixturevalue("template"), "plain"):
            assert TYPED in told(plain.web)
            assert TYPED in told(plain.worker)
