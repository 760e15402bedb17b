"""`/metrics` on the platform's host, in Prometheus' text: how old what waits is, and what was given up.

Read from PostgreSQL when it is asked for, so that every web process says the same. Only for addresses in
`METRICS_NETWORKS` or whoever sends `METRICS_TOKEN` as a bearer token; for everybody else the page is not there.
"""

from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from accounts.doors import open_to_all
from bookings.moves import CLOCK
from rest.origins import comes_from
from schemas.clock import database_now
from tenants import backlog, due, vitals
from tenants.models import PUBLIC_SLUG, Tenant

BEARER = "Bearer "
DATABASE = """
    SELECT deadlocks,
        (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND datname = current_database()),
        numbackends
    FROM pg_stat_database WHERE datname = current_database()
"""


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
        yield GaugeMetricFamily("webhook_lag_seconds", "Age of the oldest of them.", backlog.inbox_oldest())
        yield _dead()
        yield _beats()
        yield from _promises()
        yield _tenants()
        yield from _database()


def _dead() -> Metric:
    given_up = GaugeMetricFamily("dead", "What was given up and waits for somebody.", labels=["table", "kind"])
    found = backlog.count_dead()
    for (table, kind), count in sorted(found.items()):
        given_up.add_metric([table.value, kind], count)
    for table in backlog.Table:
        if table not in {each for each, _kind in found}:
            given_up.add_metric([table.value, ""], 0)
    return given_up


def _promises() -> Iterator[Metric]:
    """What the status page shows, by promise."""
    values = GaugeMetricFamily("promise_value", "What was measured; none where nothing is.", labels=["promise"])
    kept = GaugeMetricFamily("promise_kept", "1 while it is, 0 if it is broken or not measured.", labels=["promise"])
    for reading in vitals.read():
        if reading.value is not None:
            values.add_metric([reading.vital.name], reading.value)
        kept.add_metric([reading.vital.name], float(not reading.is_red))
    yield from (values, kept)


def _tenants() -> Metric:
    family = GaugeMetricFamily("tenants", "How many there are, by state.", labels=["state"])
    counted = dict(Tenant.objects.exclude(slug=PUBLIC_SLUG).values_list("state").annotate(Count("pk")).order_by())
    for state in Tenant.State:
        family.add_metric([state.value], counted.get(state, 0))
    return family


def _database() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(DATABASE)
        deadlocks, waits, sessions = cursor.fetchone()
    yield CounterMetricFamily("deadlock", "Deadlocks that PostgreSQL has ended.", deadlocks)
    yield GaugeMetricFamily("db_lock_wait_seconds", "How long the longest wait for a lock has lasted.", waits)
    yield GaugeMetricFamily("db_sessions", "Sessions in the database.", sessions)


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
    return comes_from(request, settings.METRICS_NETWORKS)
