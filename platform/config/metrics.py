"""`/metrics` on the platform's host, in Prometheus' text: how old what waits is, and what was given up.

Read from PostgreSQL when it is asked for, so that every web process says the same. Only for addresses in
`METRICS_NETWORKS` or whoever sends `METRICS_TOKEN` as a bearer token; for everybody else the page is not there.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from accounts.doors import open_to_all
from bookings.moves import CLOCK
from rest.origins import client_address
from schemas.clock import database_now
from tenants import backlog, due

BEARER = "Bearer "


@open_to_all("it asks for a token or a network itself")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of the clock; 404 for whoever may not read them."""
    if not may_read(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Clock())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


urlpatterns = [path("metrics", metrics, name="metrics")]


class _Clock(Collector):
    def describe(self) -> list[Metric]:
        """Nothing: asking for the names must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Each figure once; ages are seconds and 0 where nothing waits."""
        late = backlog.overdue()
        yield GaugeMetricFamily(
            "outbox_oldest_seconds", "Age of the oldest message that was not handed on.", backlog.outbox_oldest()
        )
        by_queue: dict[str, float] = defaultdict(float)
        for kind, seconds in late.items():
            by_queue[due.queue_of(kind)] = max(by_queue[due.queue_of(kind)], seconds)
        ages = GaugeMetricFamily(
            "due_oldest_seconds", "How late the oldest due work is that no worker has.", labels=["queue"]
        )
        for queue in due.Queue:
            ages.add_metric([queue.value], by_queue[queue])
        yield ages
        yield GaugeMetricFamily(
            "hold_expiry_lag_seconds",
            "How long the oldest hold or visit that is over has not been tidied.",
            late.get(CLOCK, 0.0),
        )
        yield GaugeMetricFamily("inbox_unprocessed", "Events from outside that wait.", backlog.unprocessed())
        yield _dead()
        yield _beats()


def _dead() -> Metric:
    given_up = GaugeMetricFamily("dead", "What was given up and waits for somebody.", labels=["table", "kind"])
    found = backlog.count_dead()
    for (table, kind), count in sorted(found.items()):
        given_up.add_metric([table.value, kind], count)
    for table in backlog.Table:
        if table not in {each for each, _kind in found}:
            given_up.add_metric([table.value, ""], 0)
    return given_up


def _beats() -> Metric:
    family = GaugeMetricFamily(
        "beat_age_seconds", "How long ago what beat wakes ran; infinite if it never did.", labels=["task"]
    )
    now = database_now()
    for name, at in backlog.heartbeats().items():
        family.add_metric([name], (now - at).total_seconds() if at else float("inf"))
    return family


def may_read(request: HttpRequest) -> bool:
    """Whether the caller is one of those who look after the platform."""
    sent = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and sent.startswith(BEARER):
        return constant_time_compare(sent.removeprefix(BEARER), settings.METRICS_TOKEN)
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each) for each in settings.METRICS_NETWORKS)
