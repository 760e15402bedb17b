"""Pages in the look that is being drafted, for those who draft it: `?preview=brand`.

Such an answer may be framed by our own pages, is kept by nobody, and only reads are answered so.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.brands import draft_of
from tenants.models import Tenant
from tenants.views import wearing
from venues.access import MANAGES

PARAMETER, WANTED = "preview", "brand"


class PreviewMiddleware:
    """Dresses the request's tenant in the draft; for everybody else the parameter means nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the parameter first: who asks costs a query."""
        if request.GET.get(PARAMETER) != WANTED or request.method != "GET" or not _may(request):
            return self.get_response(request)
        tenant: Tenant = request.tenant  # type: ignore[attr-defined]
        request.tenant = wearing(tenant, draft_of(tenant))  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Frame-Options"] = "SAMEORIGIN"
        response["Cache-Control"] = "no-store"
        kept = getattr(response, "_csp_replace", None) or {}
        response._csp_replace = {**kept, "frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
        return response


def _may(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.role in MANAGES
