"""`/healthz`, `/servingz` and `/readyz`, on any host, before anything else happens to a request."""

import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from schemas.clock import database_now
from schemas.current import enter_public
from tenants.behind import public_lacks, wanted
from tenants.progress import waiting_for


class HealthMiddleware:
    """Three questions, three answers (decision 47).

    `/healthz`: does the process live? `/servingz`: may it be sent requests, or is it about to stop? The database is
    not asked, for no other process has a better one. `/readyz`: the database, and once the schemas that this code
    needs. A process that has been ready goes on serving whatever becomes of a schema: all processes see the same, and
    would be taken out together.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._lock = threading.Lock()
        self._has_been_ready = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the three health paths; pass everything else on."""
        if request.path_info == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path_info in {"/servingz", "/readyz"} and is_stopping():
            return JsonResponse({"status": "stopping"}, status=503)
        if request.path_info == "/servingz":
            return JsonResponse({"status": "ok"})
        if request.path_info == "/readyz":
            report = self._report()
            return JsonResponse(report, status=200 if report["status"] == "ok" else 503)
        return self.get_response(request)

    def _report(self) -> dict[str, object]:
        with self._lock:
            report = readiness(only_the_database=self._has_been_ready)
            self._has_been_ready = self._has_been_ready or report["status"] == "ok"
            return report


def is_stopping() -> bool:
    """Whether this server was told to end and waits for the proxy to see it (`config.serve`)."""
    return bool(settings.STOPPING_FILE) and Path(settings.STOPPING_FILE).exists()


def readiness(only_the_database: bool = False) -> dict[str, object]:
    """`{"status": "ok"}`, or what is wrong: `database`, `migrations`, or `schemas` with the number that is behind.

    A schema whose migration failed does not count: an operator knows of it, and the others are to be served.
    """
    enter_public()
    try:
        if only_the_database:
            database_now()
            return {"status": "ok"}
        if public_lacks():
            return {"status": "migrations"}
        waiting = waiting_for(wanted())
    except (Error, ImproperlyConfigured):
        return {"status": "database"}
    return {"status": "schemas", "behind": len(waiting)} if waiting else {"status": "ok"}
