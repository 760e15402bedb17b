"""How long browsers are held to TLS, at domains that are not ours (T25)."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from tenants.hosts import normalised

HEADER = "Strict-Transport-Security"
LONGEST = 30 * 86_400


class StrictnessMiddleware:
    """A brought domain is its owner's: our promise is for that host alone, and ends soon after it has left us.

    With `includeSubDomains`, `club.com` would shut hosts that are none of ours, for a year. Stands within Django's
    `SecurityMiddleware`, which leaves a header that is there, and around whatever answers without a tenant.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, and promise less at a host that is not ours."""
        response = self.get_response(request)
        if settings.SECURE_HSTS_SECONDS and request.is_secure() and not _is_ours(request):
            response[HEADER] = f"max-age={min(settings.SECURE_HSTS_SECONDS, LONGEST)}"
        return response


def _is_ours(request: HttpRequest) -> bool:
    try:
        host = normalised(request.get_host())
    except DisallowedHost:
        return False
    ours = settings.BASE_DOMAIN
    return host == ours or host.endswith(f".{ours}")
