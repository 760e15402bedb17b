"""QR codes to print: one for the venue and one for each of its resources, which lead to their pages."""

from dataclasses import dataclass

import segno
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from desk.places.doors import venue_of
from tenants.addresses import address
from tenants.models import Tenant
from venues.access import public_resources

PER_PAGE = 50


@dataclass(frozen=True)
class Code:
    """A code with what stands below it."""

    name: str
    address: str

    @property
    def svg(self) -> str:
        """The code as a drawing; it holds nothing but squares."""
        made = segno.make(self.address, error="m", micro=False)
        return made.svg_inline(scale=4, dark="black", light="white", border=2, omitsize=True)


@staff_only
@require_safe
def venue_codes(request: HttpRequest, venue_id: int) -> HttpResponse:
    """A sheet of paper, or more. What is printed leads to the main domain, wherever this page was opened."""
    venue = venue_of(request, venue_id)
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]

    def to(*slugs: str) -> str:
        return address(tenant, reverse("venue" if len(slugs) == 1 else "resource", args=slugs))

    open_to_all = public_resources().filter(venue=venue).order_by("position", "name", "pk")
    page = Paginator(open_to_all.values_list("name", "slug"), PER_PAGE).get_page(request.GET.get("page"))
    codes = [Code(name, to(venue.slug, slug)) for name, slug in page]
    context = {"place": venue, "venue": venue, "whole": Code(venue.name, to(venue.slug)), "codes": codes, "page": page}
    return render(request, "desk/places/codes.html", context)
