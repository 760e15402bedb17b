"""What the page of a resource says around its calendar: what it is, what it costs, its rules, and what is like it."""

from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings import extras
from bookings.views import structured
from bookings.views import terms as policies
from bookings.views.cards import Card
from bookings.views.owing import takes_cards
from bookings.views.pricetags import RateLine, Tag, rate_lines, tag_of
from bookings.views.structured import Head
from bookings.views.terms import Terms, ways_in_words
from bookings.views.timetable import Timetable
from schemas.current import current_tenant
from tenants import speech
from venues.access import public_resources
from venues.models import FULL, Product, Rate, Resource, ShownPicture
from venues.pricelists import price_list

MOST_ALIKE = 6
MOST_KIN = 12


@dataclass(frozen=True, slots=True)
class ExtraLine:
    """An extra in words."""

    name: str
    about: str
    price: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """`whole` is what it is a part of, `parts` what it is made of, `alike` others of its kind at the venue."""

    tag: Tag
    rates: list[RateLine]
    extras: list[ExtraLine]
    terms: Terms
    ways: str
    deposit: str
    pictures: list[ShownPicture]
    whole: Card | None
    parts: list[Card]
    alike: list[Card]
    head: Head


def framed(request: HttpRequest, table: Timetable) -> dict[str, Frame]:
    """The frame of a resource page: three queries, two more where there is a policy, one more for cards online."""
    resource = table.facts.resource
    others = list(_others(resource))
    pictures = _pictures([resource.pk, *(other.pk for other in others)])
    near = [Card(other, tag_of(other, table.today), next(iter(pictures.get(other.pk, ())), None)) for other in others]
    kin = {resource.parent_id} if resource.parent_id else set()
    online = resource.pays_online and takes_cards(resource.venue)
    policy_id = resource.cancellation_policy_id or resource.venue.cancellation_policy_id
    policy = policies.read({policy_id} if policy_id else set()).get(policy_id or 0)
    rates = rate_lines(resource, table.facts.standings, table.today)
    tag = tag_of(resource, table.today)
    own = pictures.get(resource.pk, [])
    frame = Frame(
        tag=tag,
        rates=rates if len(rates) > 1 else [],
        extras=_extras(table),
        terms=policies.in_words(policy, resource.venue.currency),
        ways="" if tag.is_free else ways_in_words(online, resource.pays_on_site),
        deposit=_deposit(resource) if online else "",
        pictures=own,
        whole=next((card for card in near if card.resource.pk in kin), None),
        parts=[card for card in near if card.resource.parent_id == resource.pk],
        alike=[card for card in near if _is_alike(card.resource, resource)][:MOST_ALIKE],
        head=_head(request, resource, tag, own[0] if own else None),
    )
    return {"frame": frame}


def _others(resource: Resource) -> QuerySet[Resource]:
    kin = Q(parent=resource.pk) | Q(pk=resource.parent_id)
    rows = public_resources().filter(kin | Q(kind=resource.kind), venue=resource.venue_id).exclude(pk=resource.pk)
    return rows.order_by(Case(When(kin, then=Value(0)), default=Value(1)), "position", "name")[: MOST_ALIKE + MOST_KIN]


def _is_alike(other: Resource, resource: Resource) -> bool:
    return other.kind == resource.kind and other.pk != resource.parent_id and other.parent_id != resource.pk


def _pictures(resource_ids: list[int]) -> dict[int, list[ShownPicture]]:
    found: dict[int, list[ShownPicture]] = {}
    rows = ShownPicture.objects.filter(resource__in=resource_ids).select_related("picture")
    for row in rows.order_by("position", "pk"):
        found.setdefault(row.resource_id or 0, []).append(row)
    return found


def _extras(table: Timetable) -> list[ExtraLine]:
    offers = extras.on_offer([table.facts.resource])
    shown = [(table.products[pk], offer.is_required) for pk, offer in offers.items() if pk in table.products]
    currency = table.facts.resource.venue.currency
    return [ExtraLine(row.name, row.description, _price(row, currency), required) for row, required in shown]


def _price(extra: Product, currency: str) -> str:
    """Nothing of an extra without a rate: it costs what the desk says."""
    tariff = price_list(extra).base
    if tariff is None or not tariff.amount_minor:
        return _("free of charge") if tariff else ""
    return f"{speech.money(tariff.amount_minor, currency)} {Rate.Unit(tariff.unit).label}"


def _deposit(resource: Resource) -> str:
    if resource.deposit_minor:
        amount = speech.money(resource.deposit_minor, resource.venue.currency)
    elif 0 < resource.deposit_percent < FULL:
        amount = speech.percent(resource.deposit_percent)
    else:
        return ""
    return _("Online you pay a deposit of %(amount)s when you book, and the rest later.") % {"amount": amount}


def _head(request: HttpRequest, resource: Resource, tag: Tag, picture: ShownPicture | None) -> Head:
    tenant, venue = current_tenant(), resource.venue
    origin = structured.origin_of(tenant)
    place_url = origin + reverse("venue", args=[venue.slug])
    url = origin + reverse("resource", args=[venue.slug, resource.slug])
    trail = [(tenant.name, origin + reverse("home")), (venue.name, place_url), (resource.name, url)]
    offering = structured.offering(resource, url, place_url, tag)
    return Head(
        title=f"{resource.name} · {venue.name}",
        description=structured.told(resource.description, f"{resource.get_kind_display()}, {venue.address}"),
        url=url,
        origin=origin,
        picture=picture,
        nodes=(structured.pictured(offering, picture, origin), structured.crumbs(trail)),
        is_variant=bool(request.GET) or request.method == "POST",
    )
