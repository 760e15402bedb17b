"""What search engines ask for: which pages there are, and which they should leave alone.

https://www.sitemaps.org/protocol.html, RFC 9309. Only of this tenant, at its primary host.
"""

from collections.abc import Iterator
from itertools import islice

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from bookings.views import structured
from schemas.current import current_tenant
from venues.access import public_venues
from venues.models import Rate, Resource

MOST_IN_A_FILE = 50_000
AN_HOUR = 3600
PRIVATE = ("/desk/", "/bookings/", "/account/", "/api/", "/search/", "/login/", "/mail/", "/calendars/", "/connect/")
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
shared = cache_control(public=True, max_age=AN_HOUR)


@open_to_all("what search engines may read")
@require_safe
@shared
def robots(request: HttpRequest) -> HttpResponse:
    """The public pages; what belongs to one person or to the team is nobody's to crawl, nor are variants."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "Disallow: /*?*page=", "Allow: /"]
    lines += ["", f"Sitemap: {structured.origin_of(current_tenant())}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@open_to_all("what search engines may read")
@require_safe
@shared
def sitemap(request: HttpRequest) -> HttpResponse:
    """Home page, venues and resources; where they are more than a file may name, an index of such files."""
    addresses = list(_addresses())
    origin = structured.origin_of(current_tenant())
    pages = -(-len(addresses) // MOST_IN_A_FILE)
    asked = request.GET.get("page", "")
    if pages > 1 and not asked:
        here = origin + reverse("sitemap")
        return _xml("sitemapindex", "sitemap", (f"{here}?page={number}" for number in range(1, pages + 1)))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= len(str(pages)) else 1
    if not 1 <= number <= pages:
        raise Http404
    part = islice(addresses, (number - 1) * MOST_IN_A_FILE, number * MOST_IN_A_FILE)
    return _xml("urlset", "url", (origin + path for path in part))


def _addresses() -> Iterator[str]:
    yield reverse("home")
    venues = dict(public_venues().values_list("pk", "slug"))
    for slug in venues.values():
        yield reverse("venue", args=[slug])
    priced = Exists(Rate.objects.filter(resource=OuterRef("pk")))
    shown = Resource.objects.filter(priced, is_active=True, venue__in=list(venues)).order_by("venue_id", "pk")
    for venue_id, slug in shown.values_list("venue_id", "slug"):
        yield reverse("resource", args=[venues[venue_id], slug])


def _xml(outer: str, inner: str, addresses: Iterator[str]) -> HttpResponse:
    entries = "".join(f"<{inner}><loc>{escape(address)}</loc></{inner}>\n" for address in addresses)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{outer} xmlns="{NAMESPACE}">\n{entries}</{outer}>\n'
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
