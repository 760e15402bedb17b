"""What a container's own port tells Prometheus, and the request's id on its way into the worker: real processes."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from embedded.ports import HOST, any_free_port
from tests import servers
from tests.config.webhooks.letters import body_of, event, header, path_of
from tests.servers import Process, Server
from tests.till import SECRETS

ASKED_FOR = "asked-for-by-the-proxy-7"


@dataclass
class Scene:
    """A web server and a worker, each with a port for its figures."""

    web: Server
    web_port: int
    worker: Process
    worker_port: int

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """The status of a request at the platform's host, with an id as proxies give one."""
        connection = http.client.HTTPConnection(HOST, self.web.port, timeout=60)
        sent = {"Host": "localhost", "Content-Type": "application/json", "X-Request-ID": ASKED_FOR}
        connection.request(method, path, body, sent | {name.replace("_", "-"): each for name, each in headers.items()})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def lines(self, of: Process) -> list[dict[str, Any]]:
        """What a process wrote about that request."""
        read = [json.loads(line) for line in of.said().splitlines() if line.startswith("{")]
        return [line for line in read if line.get("request_id") == ASKED_FOR]


def figures(port: int) -> dict[tuple[str, ...], float]:
    """Every figure that a port tells, by its name and what its labels say, in the labels' order."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    families = text_string_to_metric_families(text)
    return {
        (each.name, *(each.labels[label] for label in sorted(each.labels))): each.value
        for family in families
        for each in family.samples
    }


@pytest.fixture(scope="module")
def scene(
    request: pytest.FixtureRequest, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    ports = any_free_port(), any_free_port()
    secrets = {f"STRIPE_WEBHOOK_SECRET_{name.upper()}": secret for name, secret in SECRETS.items()}
    common = {"LOG_FORMAT": "json", "PROXIES": "1", "DRAIN_SECONDS": "0", **secrets}

    def own(port: int, name: str) -> dict[str, str]:
        folder: Path = tmp_path_factory.mktemp(name)
        return {**common, "METRICS_PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(folder)}

    with (
        django_db_blocker.unblock(),
        servers.copied(request.getfixturevalue("template"), "told") as database,
        servers.container(database, any_free_port(), own(ports[0], "web")) as web,
        servers.celery_worker(database, own(ports[1], "worker")) as worker,
    ):
        yield Scene(web, ports[0], worker, ports[1])


def test_a_web_server_counts_its_requests_by_route(scene: Scene) -> None:
    before = figures(scene.web_port).get(("http_request_duration_seconds_count", "prices", "2xx"), 0)
    assert [scene.send("GET", "/prices/") for _time in range(3)] == [200] * 3
    after = figures(scene.web_port)[("http_request_duration_seconds_count", "prices", "2xx")]
    assert after - before == 3


def test_the_port_of_the_figures_has_nothing_else_and_the_public_one_none_of_it(scene: Scene) -> None:
    told = {name[0] for name in figures(scene.web_port)}
    assert not [name for name in told if "tenant_id" in name or "schema" in name]
    assert scene.send("GET", "/metrics") in {401, 403, 404}


def test_the_id_of_a_request_goes_with_the_work_that_it_asked_for(scene: Scene) -> None:
    """A delivery of Stripe's: its line at the web server, and that of the task in the worker."""
    body = body_of(event(id="evt_1Told"))
    signed = header(body, SECRETS["connect"])
    assert scene.send("POST", path_of("connect"), body, Stripe_Signature=signed) == 200
    servers.wait_until(lambda: bool(scene.lines(scene.worker)), lambda: None)
    assert {line["task"] for line in scene.lines(scene.worker)} == {"config.handle_event"}
    assert [line["status"] for line in scene.lines(scene.web) if line.get("method") == "POST"] == [200]


def test_a_worker_counts_its_tasks(scene: Scene) -> None:
    def counted() -> float:
        return figures(scene.worker_port).get(("task_duration_seconds_count", "SUCCESS", "config.work_on_inbox"), 0)

    before = counted()
    body = body_of(event(id="evt_1Counted"))
    assert scene.send("POST", path_of("connect"), body, Stripe_Signature=header(body, SECRETS["connect"])) == 200
    servers.wait_until(lambda: counted() > before, lambda: None)
