"""`/dev/widget/`: a site of somebody else's, with a tenant's booking pages inside. Never in production.

It allows itself what docs/widget.md asks of such a site, and nothing more.
"""

from csp.constants import NONE, SELF
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from config.mailbox import DEVELOPERS
from tenants.addresses import address
from tenants.models import PUBLIC_SLUG, Tenant


@open_to_all(DEVELOPERS)
@never_cache
@require_safe
def neighbour(request: HttpRequest) -> HttpResponse:
    """The page around the component: `?tenant=tokyo&venue=...&resource=...&lang=de&theme=dark`."""
    tenants = list(Tenant.objects.filter(state=Tenant.State.READY).exclude(slug=PUBLIC_SLUG).order_by("pk"))
    asked = request.GET.get("tenant")
    tenant = next((each for each in tenants if asked in {None, each.slug}), None)
    if tenant is None:
        raise Http404
    origin = address(tenant, "")
    attributes = {name: request.GET.get(name, "") for name in ("venue", "resource", "lang", "theme")}
    context = {"tenant": tenant, "tenants": tenants, "origin": origin, **attributes}
    response = render(request, "platform/neighbour.html", context)
    response._csp_config = {  # type: ignore[attr-defined]
        "default-src": [NONE],
        "script-src": [origin],
        "frame-src": [origin],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
    return response


urlpatterns = [path("dev/widget/", neighbour, name="neighbour")]
