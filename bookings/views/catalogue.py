"""What a tenant offers: the home page and a venue's page."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from bookings.views import structured
from bookings.views import terms as policies
from bookings.views.cards import Card, cards, first_pictures, pictures_of
from bookings.views.maps import maps_of
from bookings.views.openings import Openings, openings_of
from bookings.views.owing import takes_cards
from bookings.views.pricetags import Tag, least, tag_of
from bookings.views.structured import Head
from bookings.views.terms import Terms, ways_in_words
from bookings.views.wanted import SERVICE
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone
from venues.access import public_products, public_venue, public_venues
from venues.models import MembershipPlan, Pack, Product, Resource, ShownPicture, Venue
from venues.pricelists import with_prices

A_PAGE_FULL = 24
LISTED = (
    "venue_id", "kind", "name", "position", "capacity", "min_minutes", "max_minutes", "pays_online", "pays_on_site",
    "cancellation_policy_id",
)  # fmt: skip
MOST_SERVICES = 48
LENGTHS = (30, 45, 60, 90, 120, 180, 240, 480)
private = cache_control(private=True, no_cache=True)
"""Kept by the browser alone, and asked for again: pages say who is signed in."""


@dataclass(frozen=True, slots=True)
class Group:
    """What there is of a kind, how many, and from what price."""

    kind: str
    label: str
    count: int
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Door:
    """A venue on the home page."""

    venue: Venue
    openings: Openings
    groups: list[Group]
    picture: ShownPicture | None


@dataclass(frozen=True)
class Place:
    """All that a venue's page says. `ways` are values of `PaymentWay` that its resources offer."""

    venue: Venue
    openings: Openings
    groups: list[Group]
    cards: list[Card]
    page: Page[Resource]
    kind: str
    terms: Terms
    has_other_terms: bool
    pictures: list[ShownPicture]
    pays_online: bool
    pays_on_site: bool
    services: list[Product]
    resources: list[Resource] = field(repr=False)

    @property
    def maps(self) -> list[tuple[str, str]]:
        """Maps that show it."""
        return maps_of(self.venue)

    @property
    def ways(self) -> str:
        """How it can be paid, in a sentence; empty where nothing can be booked."""
        return ways_in_words(self.pays_online, self.pays_on_site)


@open_to_all("the tenant's shop window")
@require_safe
@private
def home(request: HttpRequest) -> HttpResponse:
    """All venues with what can be booked there; where there is but one, its own page at once."""
    sells = Exists(Pack.objects.filter(is_active=True)) | Exists(MembershipPlan.objects.filter(is_active=True))
    venues = list(public_venues().annotate(now=Now(), sells_packs=sells))
    origin = structured.origin_of(current_tenant())
    context: dict[str, Any] = {"sells_packs": bool(venues) and venues[0].sells_packs}
    if len(venues) == 1:
        found = place_of(venues[0], request)
        node = _node(found, origin, origin + reverse("home"))
        context |= {"place": found, "search": _search(venues, found.resources, found.services, found.openings.now)}
        picture, about = next(iter(found.pictures), None), found.venue.description
        nodes: tuple[structured.Node, ...] = (node,)
    else:
        doors, resources = _doors(venues)
        context |= {
            "doors": doors,
            "search": _search(venues, resources, services_at(venues), venues[0].now) if venues else {},
        }
        nodes = tuple(_door_node(door, origin) for door in doors)
        picture = next((door.picture for door in doors if door.picture), None)
        about = " · ".join(venue.name for venue in venues)
    head = Head(
        title=current_tenant().name,
        description=structured.told(current_tenant().look.intro, about),
        url=origin + reverse("home"),
        origin=origin,
        picture=None if current_tenant().look.card_picture else picture,
        nodes=nodes,
        is_variant=bool(request.GET),
    )
    return render(request, "bookings/home.html", context | {"head": head})


@open_to_all("the tenant's shop window")
@require_safe
@private
def venue(request: HttpRequest, venue: str) -> HttpResponse:
    """One venue: where it is, when it is open, how to reach it, its rules, and what can be booked."""
    found = place_of(public_venue(venue), request)
    origin = structured.origin_of(current_tenant())
    url = origin + reverse("venue", args=[venue])
    trail = structured.crumbs([(current_tenant().name, origin + reverse("home")), (found.venue.name, url)])
    head = Head(
        title=titled(found.venue.name),
        description=structured.told(found.venue.description, found.venue.address),
        url=url,
        origin=origin,
        picture=next(iter(found.pictures), None),
        nodes=(_node(found, origin, url), trail),
        is_variant=bool(request.GET),
    )
    context = {
        "place": found,
        "head": head,
        "search": _search([found.venue], found.resources, found.services, found.openings.now),
    }
    return render(request, "bookings/venue.html", context)


def place_of(venue: Venue, request: HttpRequest) -> Place:
    """A venue with a page of what it offers: nine queries, and two more where it has a policy of its own."""
    offered = _offered([venue])
    now: datetime = offered[0].now if offered else database_now()  # type: ignore[attr-defined]
    openings = openings_of([venue], now)[venue.pk]
    groups = _groups(offered, openings)
    kind = request.GET.get("kind", "")
    kind = kind if kind in {group.kind for group in groups} else ""
    listed = [resource for resource in offered if not kind or resource.kind == kind]
    page = Paginator(listed, A_PAGE_FULL).get_page(request.GET.get("page"))
    ids = [resource.pk for resource in page]
    own, firsts = pictures_of(venue.pk, ids)
    policy = policies.read({venue.cancellation_policy_id} - {None})  # type: ignore[arg-type]
    return Place(
        venue=venue,
        openings=openings,
        groups=groups,
        cards=cards(ids, now, firsts),
        page=page,
        kind=kind,
        terms=policies.in_words(policy.get(venue.cancellation_policy_id or 0), venue.currency),
        has_other_terms=any(resource.cancellation_policy_id for resource in offered),
        pictures=own,
        pays_online=any(resource.pays_online for resource in offered) and takes_cards(venue),
        pays_on_site=any(resource.pays_on_site for resource in offered),
        services=services_at([venue]),
        resources=offered,
    )


def _doors(venues: Sequence[Venue]) -> tuple[list[Door], list[Resource]]:
    """Each venue in short: four queries, however many there are."""
    if not venues:
        return [], []
    now: datetime = venues[0].now  # type: ignore[attr-defined]
    offered = _offered(venues)
    by_venue: dict[int, list[Resource]] = defaultdict(list)
    for resource in offered:
        by_venue[resource.venue_id].append(resource)
    openings = openings_of(venues, now)
    pictures = first_pictures([venue.pk for venue in venues])
    doors = [
        Door(
            venue,
            openings[venue.pk],
            _groups(by_venue[venue.pk], openings[venue.pk]),
            pictures.get(venue.pk),
        )
        for venue in venues
    ]
    return doors, offered


def _offered(venues: Sequence[Venue]) -> list[Resource]:
    """All that can be booked there, in order, with prices, `now` and only what lists and sums need: one query."""
    known = {venue.pk: venue for venue in venues}
    rows = with_prices(Resource.objects.filter(is_active=True, venue__in=known)).order_by("position", "name", "pk")
    offered: list[Resource] = [resource for resource in rows.only(*LISTED).annotate(now=Now()) if resource.rate_rows]  # type: ignore[attr-defined]
    for resource in offered:
        resource.venue = known[resource.venue_id]
    return offered


def _groups(resources: Sequence[Resource], openings: Openings) -> list[Group]:
    """What there is, by kind in the order in which it is offered."""
    counts = Counter(resource.kind for resource in resources)
    tags = [(resource.kind, tag_of(resource, openings.today)) for resource in resources]
    return [
        Group(kind, str(Resource.Kind(kind).label), count, least(tag for other, tag in tags if other == kind))
        for kind, count in counts.items()
    ]


def services_at(venues: Sequence[Venue]) -> list[Product]:
    """Services that some active resource of these venues provides, so many as a person looks through."""
    here = Resource.objects.filter(products=OuterRef("pk"), is_active=True, venue__in=venues)
    rows = public_products().filter(Exists(here), kind=Product.Kind.BOOKING)
    return list(rows.order_by("position", "name")[:MOST_SERVICES])


def _search(
    venues: Sequence[Venue], resources: Sequence[Resource], services: Sequence[Product], now: datetime
) -> dict[str, Any]:
    """What the search box offers to choose from; nothing where nothing can be booked."""
    if not resources:
        return {}
    shortest = min(resource.min_minutes for resource in resources)
    longest = max(resource.max_minutes for resource in resources)
    kinds = dict.fromkeys(resource.kind for resource in resources)
    return {
        "services": [(f"{SERVICE}{service.slug}", service.name) for service in services],
        "kinds": [(kind, Resource.Kind(kind).label) for kind in kinds],
        "venues": venues if len(venues) > 1 else [],
        "lengths": [minutes for minutes in LENGTHS if shortest <= minutes <= longest] or [shortest],
        "today": now.astimezone(zone(venues[0].time_zone)).date(),
        "most_people": max(resource.capacity for resource in resources),
    }


def _node(found: Place, origin: str, url: str) -> structured.Node:
    tag = least(tag_of(resource, found.openings.today) for resource in found.resources)
    node = structured.place(found.venue, url, found.openings, [group.kind for group in found.groups], tag)
    return structured.pictured(node, next(iter(found.pictures), None), origin)


def _door_node(door: Door, origin: str) -> structured.Node:
    url = origin + reverse("venue", args=[door.venue.slug])
    node = structured.place(door.venue, url, door.openings, [group.kind for group in door.groups], None)
    return structured.pictured(node, door.picture, origin)


def titled(name: str) -> str:
    """`Boathouse · Sports Center`; a venue that is called like its tenant is named once."""
    tenant = current_tenant().name
    return name if name == tenant else f"{name} · {tenant}"
