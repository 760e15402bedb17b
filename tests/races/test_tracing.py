"""T30: what Sentry and OpenTelemetry are sent by a real server, when a page breaks whose address says too much."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.ports import any_free_port
from tests import servers
from tests.doubles.served import Asked, Double, Says, served
from tests.races.conftest import furnished, pointed_at

TYPED = "canarytyped"
TOKEN = "Zk3x9Qw7Lm2Np8Rt5Vy1Bc4Dcanarytoken"
WITHIN = 60.0


class Collector(Double):
    """Takes whatever comes."""

    def answer(self, _asked: Asked) -> Says:
        return Says(200, {})

    def bodies(self, path: str) -> list[bytes]:
        """What was sent to an address, unpacked."""
        found = self.calls("POST", path)
        return [
            gzip.decompress(each.body) if each.headers.get("content-encoding") == "gzip" else each.body
            for each in found
        ]

    def traces(self, about: bytes) -> bytes:
        """All spans that were sent, once what they are to be about is among them."""
        whole = b"".join(self.bodies("/v1/traces"))
        return whole if about in whole else b""


@pytest.fixture(scope="module")
def sent(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[tuple[Collector, str]]:
    """Both, after a page has broken; and the schema."""
    double = Collector()
    with (
        django_db_blocker.unblock(),
        served(double),
        servers.copied(request.getfixturevalue("template"), "traced") as database,
    ):
        ground = furnished(database)
        options = {
            "SENTRY_DSN": double.url.replace("http://", "http://made-up@") + "/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": double.url,
            "RELEASE": "release-of-tests",
            "DRAIN_SECONDS": "0",
        }
        with pointed_at(database), servers.container(database, any_free_port(), options) as server:
            ground.sql("ALTER TABLE venues_venue RENAME TO venues_gone")
            client = ground.client(server, "guest")
            assert client.get(f"/venues/{TYPED}/{TOKEN}/?e=zoe@{TYPED}.example").status == 500
            ground.hang_up()
            deadline = time.monotonic() + WITHIN
            while not (double.bodies("/envelope/") and double.traces(b"slug:resource")) and time.monotonic() < deadline:
                time.sleep(0.1)
        yield double, ground.schema


def test_an_error_comes_with_its_way_and_our_ids_and_nothing_else(sent: tuple[Collector, str]) -> None:
    double, schema = sent
    (body,) = double.bodies("/envelope/")
    event = json.loads(body.splitlines()[2])
    assert event["tags"]["tenant"] == schema
    assert event["tags"]["request_id"]
    assert event["release"] == "release-of-tests"
    assert {"request", "user", "breadcrumbs", "extra", "modules"} & set(event) == set()
    values = event["exception"]["values"]
    assert values[-1]["type"] == "ProgrammingError"
    assert "value" not in values[-1]
    assert [frame for frame in values[-1]["stacktrace"]["frames"] if "vars" in frame or "context_line" in frame] == []


def test_spans_name_routes_and_tenants(sent: tuple[Collector, str]) -> None:
    double, schema = sent
    traces = double.traces(b"slug:resource")
    for expected in (b"forecourt", b"release-of-tests", schema.encode(), b"venues/<slug:venue>/<slug:resource>/"):
        assert expected in traces


def test_nobody_is_in_what_leaves(sent: tuple[Collector, str]) -> None:
    double, _schema = sent
    for body in (*double.bodies("/envelope/"), *double.bodies("/v1/traces")):
        for secret in (TYPED, "canaryalpha", "canarytoken", "guest@"):
            assert secret.encode() not in body.lower()
