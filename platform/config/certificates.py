"""Which hosts a certificate may be had for: what stands in front asks the platform before it orders one (T26).

For addresses in `METRICS_NETWORKS` and whoever sends `METRICS_TOKEN` only; for everybody else the page is not there.
"""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from config.metrics import may_read
from kernel.errors import TooMany
from tenants.certificates import may_have


@open_to_all("it asks for a token or a network itself")
@never_cache
@require_safe
def allowed(request: HttpRequest) -> HttpResponse:
    """200 for a host that a tenant is served at, 404 for every other; 429 where a new one has to wait for its turn."""
    if not may_read(request):
        raise Http404
    try:
        if not may_have(request.GET.get("domain", "")):
            raise Http404
    except TooMany as later:
        answer = HttpResponse("later", content_type="text/plain", status=HTTPStatus.TOO_MANY_REQUESTS)
        answer["Retry-After"] = str(later.retry_after)
        return answer
    return HttpResponse("yes", content_type="text/plain")


urlpatterns = [path("certificates/allowed", allowed, name="certificate-allowed")]
