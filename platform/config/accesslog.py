"""A line in the log for each request, and an id that its lines have in common: here, at the proxy and in its tasks.

The line names the route and never the path, for paths have tokens in them; and no address, agent or query at all.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bookings.vitals import AVAILABILITY, LOOKS
from config import tracing
from schemas import figures, journal
from tenants import latencies

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
NOWHERE = "-"
"""The route of what no view answered."""


class AccessLogMiddleware:
    """Give each request its id, and write down how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; its id goes back in the header."""
        began = time.perf_counter()
        request_id = id_of(request)
        with journal.noting(request_id=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            route = route_of(request)
            figures.REQUESTS.labels(route, f"{response.status_code // 100}xx").observe(seconds)
            if route in LOOKS:
                latencies.here.note(AVAILABILITY, seconds)
            tracing.tag(tenant=tenant_of(request), request_id=request_id)
            if log.isEnabledFor(logging.INFO):
                _write(request, response, route, seconds)
        response[HEADER] = request_id
        return response


def id_of(request: HttpRequest) -> str:
    """The id that a proxy of ours gave, or a new one: what clients send themselves is not believed."""
    sent = request.headers.get(HEADER, "")
    return sent if settings.PROXIES and WELL_FORMED.fullmatch(sent) else uuid.uuid4().hex


def route_of(request: HttpRequest) -> str:
    """The name of the route, of which there are so many and no more."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or match._func_path
    return "static" if request.path_info.startswith(settings.STATIC_URL) else NOWHERE


def tenant_of(request: HttpRequest) -> str:
    """The schema that the host stood for, or nothing."""
    return str(getattr(getattr(request, "tenant", None), "schema_name", ""))


def _write(request: HttpRequest, response: HttpResponse, route: str, seconds: float) -> None:
    arguments: dict[str, Any] = request.resolver_match.kwargs if request.resolver_match else {}
    extra = {
        "tenant": tenant_of(request),
        "method": request.method if request.method in figures.METHODS else "OTHER",
        "route": route,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 1),
    }
    with journal.noting(booking=str(arguments.get("booking_id", ""))):
        log.info("request", extra=extra)
