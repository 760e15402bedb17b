"""What search engines ask the platform's host for. https://www.sitemaps.org/protocol.html, RFC 9309."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from tenants.addresses import at
from website import legal
from website.speaking import PARAMETER

PAGES = ("home", "prices", "sign-up", "terms", "processing", "privacy", "subprocessors")
PRIVATE = (
    "/operators/",
    "/login/",
    "/sign-up/link/",
    "/sign-up/sent/",
    "/sign-up/address/",
    "/demo/",
    "/texts/",
    "/mail/",
    "/dev/",
)
shared = cache_control(public=True, max_age=3600)


@open_to_all("what search engines may read")
@require_safe
@shared
def robots(request: HttpRequest) -> HttpResponse:
    """Everything that is for everybody."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "Allow: /"]
    lines += ["", f"Sitemap: {at(settings.BASE_DOMAIN, reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@open_to_all("what search engines may read")
@require_safe
@shared
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages, each with its addresses in all languages."""
    names = [*PAGES, *(["imprint"] if legal.operator().is_complete else [])]
    pages = [at(settings.BASE_DOMAIN, reverse(name)) for name in names]
    codes = [code for code, _name in settings.LANGUAGES]
    entries = [(page, [(code, f"{page}?{PARAMETER}={code}") for code in codes]) for page in pages]
    return render(request, "platform/website/sitemap.xml", {"entries": entries}, "application/xml; charset=utf-8")
