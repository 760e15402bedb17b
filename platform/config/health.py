"""`/healthz` and `/readyz`, on any host, before anything else happens to a request."""

import threading
import time
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from schemas.current import enter_public
from tenants.drift import drifted

SECONDS_KEPT = 10.0


class HealthMiddleware:
    """Liveness is the process alone; readiness is the database, its migrations and every schema's shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._lock = threading.Lock()
        self._checked: tuple[float, dict[str, object]] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the two health paths; pass everything else on."""
        if request.path_info == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path_info == "/readyz":
            report = self._report()
            return JsonResponse(report, status=200 if report["status"] == "ok" else 503)
        return self.get_response(request)

    def _report(self) -> dict[str, object]:
        # Reading every tenant's DDL is work, so an answer that was good is kept for a moment.
        with self._lock:
            if self._checked and self._checked[0] > time.monotonic():
                return self._checked[1]
            report = readiness()
            if report["status"] == "ok":
                self._checked = (time.monotonic() + SECONDS_KEPT, report)
            return report


def readiness() -> dict[str, object]:
    """`{"status": "ok"}`, or what is wrong: `database`, `migrations` or `schemas` (with their names)."""
    enter_public()
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return {"status": "migrations"}
        wrong = drifted()
    except (Error, ImproperlyConfigured):
        return {"status": "database"}
    return {"status": "schemas", "schemas": wrong} if wrong else {"status": "ok"}
