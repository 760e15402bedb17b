"""QR codes to print: one for the venue and one for each of its resources, which lead to their pages."""

from dataclasses import dataclass

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from desk.places.doors import venue_of
from venues.access import public_resources

MOST_CODES = 500


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
    """A sheet of paper, or more."""
    venue = venue_of(request, venue_id)

    def to(*slugs: str) -> str:
        return request.build_absolute_uri(reverse("venue" if len(slugs) == 1 else "resource", args=slugs))

    open_to_all = public_resources().filter(venue=venue).order_by("position", "name", "pk")
    found = open_to_all.values_list("name", "slug")[:MOST_CODES]
    codes = [Code(name, to(venue.slug, slug)) for name, slug in found]
    context = {"place": venue, "venue": venue, "whole": Code(venue.name, to(venue.slug)), "codes": codes}
    return render(request, "desk/places/codes.html", context)
