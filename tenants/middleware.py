"""The first thing that happens to a request: which tenant is it for?"""

import logging
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name

from rest.programs import body_at
from schemas.current import enter, enter_public
from tenants.addresses import at
from tenants.hosts import is_given_up, leads_to, normalised, tenant_of
from tenants.models import Tenant

log = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]

STAYS = ("/api/", "/oauth/", "/.well-known/", "/embed/")
"""What is answered at every host of a tenant: others have been given its address."""

# state: (HTTP status, code, seconds after which to try again)
CLOSED = {
    Tenant.State.CREATING: (503, "tenant_creating", "2"),
    Tenant.State.SUSPENDED: (403, "tenant_suspended", ""),
    Tenant.State.RESTORING: (503, "tenant_restoring", "5"),
    Tenant.State.LEAVING: (410, "tenant_leaving", ""),
}


def answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """A refusal in the caller's language: JSON where programs ask, a page elsewhere."""
    body = body_at(request.path_info, code, detail)
    if body is not None:
        return JsonResponse(body, status=status)
    return render(request, "closed.html", {"status": status, "code": code, "detail": detail}, status=status)


def elsewhere(request: HttpRequest) -> HttpResponse | None:
    """To the same page at the tenant's own domain, for people who look at one; programs and frames stay where they are.

    Kept for minutes only: a domain may be given up again.
    """
    if request.method not in {"GET", "HEAD"} or "text/html" not in request.headers.get("Accept", ""):
        return None
    main = leads_to(normalised(request.get_host()))
    if not main or request.path_info.startswith(STAYS):
        return None
    moved = HttpResponsePermanentRedirect(at(main, request.get_full_path()))
    moved["Cache-Control"] = "max-age=300"
    patch_vary_headers(moved, ["Accept"])
    return moved


class TenantMiddleware:
    """Set the schema and the URLconf by the host; answer for tenants that are not open."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Enter the host's schema for the time of the request, and leave it."""
        enter_public()
        is_gone = False
        try:
            host = normalised(request.get_host())
            tenant = tenant_of(host)
            is_gone = tenant is None and is_given_up(host)
        except DisallowedHost:
            tenant = None
        except (OperationalError, InterfaceError):
            return unavailable(request)
        if tenant is None:
            # Nothing is said about which hosts exist, and nothing redirects.
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            if is_gone:
                return answer(request, 410, "tenant_gone", _("This business has closed."))
            return answer(request, 404, "unknown_host", _("There is nothing at this address."))
        if tenant.schema_name == get_public_schema_name():
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        elif not tenant.is_ready:
            return self._closed(request, tenant)
        elif moved := elsewhere(request):
            return moved
        request.tenant = tenant  # type: ignore[attr-defined]
        enter(tenant)
        try:
            return self.get_response(request)
        finally:
            enter_public()

    def _closed(self, request: HttpRequest, tenant: Tenant) -> HttpResponse:
        status, code, retry_after = CLOSED[Tenant.State(tenant.state)]
        request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        detail = {
            "tenant_creating": _("This venue is being set up. Please try again in a moment."),
            "tenant_suspended": _("This venue is not taking visits at the moment."),
            "tenant_restoring": _("This venue is being restored from a backup. Please try again in a moment."),
            "tenant_leaving": _("This venue has left."),
        }[code]
        response = answer(request, status, code, detail)
        if retry_after:
            response["Retry-After"] = retry_after
        return response


class DatabaseTroubleMiddleware:
    """A database that restarts is 503 and `Retry-After`, not a stack trace (R43, R44)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through; the work is in `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for connections that were lost; leave every other error alone."""
        if is_trouble(error):
            log.warning("database unavailable: %s", type(error.__cause__ or error).__name__)
            return unavailable(request)
        return None


def is_trouble(error: BaseException | None) -> bool:
    """Whether the connection to the database was lost, or nobody could have one.

    A cursor of the server that is closed says it in psycopg's words: Django translates what is read, and not that.
    """
    return isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError | psycopg.InterfaceError)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: nothing was changed, and the same request may work in a second."""
    response = answer(request, 503, "busy", _("The service is catching its breath. Please try again."))
    response["Retry-After"] = "1"
    return response
