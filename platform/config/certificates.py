"""Which hosts a certificate may be had for: what stands in front asks the platform before it orders one (T26).

For addresses in `METRICS_NETWORKS` and whoever sends `METRICS_TOKEN` only; for everybody else the page is not there.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from config.metrics import may_read
from tenants.hosts import normalised, tenant_of


@open_to_all("it asks for a token or a network itself")
@never_cache
@require_safe
def allowed(request: HttpRequest) -> HttpResponse:
    """200 for a host that a tenant is served at, 404 for every other: a name that is made up costs no certificate."""
    if not may_read(request) or tenant_of(normalised(request.GET.get("domain", ""))) is None:
        raise Http404
    return HttpResponse("yes", content_type="text/plain")


urlpatterns = [path("certificates/allowed", allowed, name="certificate-allowed")]
