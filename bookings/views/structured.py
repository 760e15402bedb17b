"""What search engines and other programs read of a page: schema.org as JSON-LD, and what a link to it looks like.

Types and properties: https://schema.org/SportsActivityLocation, /openingHoursSpecification, /Offer, /BreadcrumbList.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from bookings.views.openings import Exceptional, Openings, WeekLine
from bookings.views.pricetags import Tag
from kernel.money import as_text
from tenants.addresses import address
from tenants.models import Tenant
from venues.encoding import CARD_FILE
from venues.models import Resource, ShownPicture, Venue

LONGEST_DESCRIPTION = 160
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FOR_SPORT = frozenset({Resource.Kind.COURT, Resource.Kind.PITCH, Resource.Kind.LANE, Resource.Kind.HALL})
ESCAPES = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a public page says about it; `url` is its one address, at the tenant's primary host."""

    title: str
    description: str
    url: str
    origin: str
    picture: ShownPicture | None
    nodes: tuple[Node, ...]
    is_variant: bool = False

    @property
    def picture_url(self) -> str:
        """The picture as messengers show it, 1200 by 630 and a JPEG, which all of them know; or empty."""
        return card_of(self.picture, self.origin)

    @property
    def script(self) -> SafeString:
        """The JSON of a data block: what could end it, or begin another element, is written as an escape."""
        graph = {"@context": "https://schema.org", "@graph": list(self.nodes)}
        written = json.dumps(graph, ensure_ascii=False, separators=(",", ":"))
        return mark_safe(written.translate(ESCAPES))  # noqa: S308 - escaped just now, as Django's json_script does


def origin_of(tenant: Tenant) -> str:
    """`https://alpha.example`: one query."""
    return address(tenant, "")


def card_of(picture: ShownPicture | None, origin: str) -> str:
    """The address of a picture in the size and format that programs of others show; empty without one."""
    return origin + reverse("picture", args=[picture.picture.digest, CARD_FILE]) if picture else ""


def pictured(node: Node, picture: ShownPicture | None, origin: str) -> Node:
    """What is described, with its picture, which search engines want for places and offers."""
    return node | _said(image=card_of(picture, origin))


def told(*texts: str) -> str:
    """The first of these texts that says something, in one line of a length that search engines show."""
    found = next((" ".join(text.split()) for text in texts if text.strip()), "")
    return str(Truncator(found).chars(LONGEST_DESCRIPTION))


def place(venue: Venue, url: str, openings: Openings | None, kinds: Iterable[str], tag: Tag | None) -> Node:
    """A venue: where it is, when it is open and from what price."""
    node: Node = {
        "@type": "SportsActivityLocation" if FOR_SPORT & set(kinds) else "LocalBusiness",
        "@id": f"{url}#place",
        "name": venue.name,
        "url": url,
    }
    node |= _said(description=told(venue.description), telephone=venue.phone, email=venue.email)
    postal = _said(
        streetAddress=venue.street,
        postalCode=venue.postal_code,
        addressLocality=venue.city,
        addressCountry=venue.country,
    )
    if postal:
        node["address"] = {"@type": "PostalAddress", **postal}
    if venue.latitude is not None and venue.longitude is not None:
        node["geo"] = {"@type": "GeoCoordinates", "latitude": str(venue.latitude), "longitude": str(venue.longitude)}
    if venue.amenities:
        node["amenityFeature"] = [_feature(name) for name in venue.amenities]
    if openings is not None and (hours := [*_weekly(openings.week), *_special(openings.exceptions)]):
        node["openingHoursSpecification"] = hours
    node["currenciesAccepted"] = venue.currency
    if tag is not None:
        node["priceRange"] = tag.words
    return node


def offering(resource: Resource, url: str, place_url: str, tag: Tag) -> Node:
    """A resource as something that is on offer at a venue, with its price or the least of its prices."""
    price = as_text(tag.amount_minor, tag.currency)
    offer: Node = {
        "@type": "AggregateOffer" if tag.has_dearer else "Offer",
        "lowPrice" if tag.has_dearer else "price": price,
        "priceCurrency": tag.currency,
        "url": url,
        "availability": "https://schema.org/InStock",
    }
    return {
        "@type": "Product",
        "@id": f"{url}#resource",
        "name": resource.name,
        "url": url,
        "category": str(resource.get_kind_display()),
        **_said(description=told(resource.description)),
        "offers": {**offer, "availableAtOrFrom": {"@id": f"{place_url}#place"}},
    }


def crumbs(steps: Sequence[tuple[str, str]]) -> Node:
    """Where a page lies: names and addresses from the home page on."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": url}
            for number, (name, url) in enumerate(steps, start=1)
        ],
    }


def _said(**texts: str) -> Node:
    return {name: text for name, text in texts.items() if text}


def _feature(name: str) -> Node:
    return {"@type": "LocationFeatureSpecification", "name": name, "value": True}


def _weekly(lines: Iterable[WeekLine]) -> list[Node]:
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [WEEKDAYS[number] for number in line.weekdays],
            "opens": f"{opens:%H:%M}",
            "closes": f"{closes:%H:%M}",
        }
        for line in lines
        for opens, closes in line.iso_hours
    ]


def _special(exceptions: Iterable[Exceptional]) -> list[Node]:
    """Days with other hours; closed is 00:00 to 00:00, as Google's page on local businesses says."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "opens": f"{opens:%H:%M}",
            "closes": f"{closes:%H:%M}",
            "validFrom": each.date.isoformat(),
            "validThrough": each.date.isoformat(),
        }
        for each in exceptions
        if each.is_day
        for opens, closes in each.iso_hours
    ]
