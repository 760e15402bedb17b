"""The desk of the tenant that is there to be shown: everybody sees it as its owner, and nobody changes a thing.

No operator and no reason stand behind it, so there is no row and no record: the cookie says "demo" alone, which is
worth something at that one tenant alone. What a look-in does not show, this does not show either.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from accounts.doors import open_to_all
from accounts.models import Role, User
from operators import looking
from tenants.addresses import address
from tenants.models import Tenant

TENANTS_URLS = "config.urls_tenant"


@open_to_all("leads to the demo's desk, which everybody may see")
@require_safe
def leave(_request: HttpRequest) -> HttpResponse:
    """From the platform's host to the tenant's."""
    tenant = Tenant.objects.filter(slug=settings.DEMO_TENANT, state=Tenant.State.READY).first()
    if not settings.DEMO_TENANT or tenant is None:
        raise Http404
    return HttpResponseRedirect(address(tenant, reverse("look-in-demo", urlconf=TENANTS_URLS)))


@open_to_all("everybody may see the demo's desk, to read")
@never_cache
@require_GET
def enter(request: HttpRequest) -> HttpResponse:
    """Give the cookie, and lead on to the desk. At every other tenant there is nothing."""
    if not looking.is_shown(request) or not User.objects.filter(role=Role.OWNER, is_active=True).exists():
        raise Http404
    answer = redirect("desk")
    looking.keep_demo(answer)
    return answer
