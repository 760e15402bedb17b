"""All that can be booked on a page at a tenant, or at one venue: resources, and services at resources.

However much there is, it is a constant number of queries: resources with prices, services and where they are
offered, the extras that come with them, and for a window of days hours and what is taken.
"""

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from bookings import availability
from bookings.facts import Facts, Window, Wish
from bookings.views.owing import takes_cards
from bookings.views.tags import Tags, required
from venues.access import public_products
from venues.models import Product, Resource
from venues.offered import with_offers
from venues.pricelists import price_list, sign_price


@dataclass(frozen=True)
class Offer:
    """A resource, or a service at a resource, as it is in a window of days."""

    facts: Facts
    service: Product | None
    products: dict[int, Product]
    """Extras that may come with it."""

    @cached_property
    def tags(self) -> Tags:
        """What its starts cost."""
        return Tags(self.facts, self.service, self.products)

    @property
    def resource(self) -> Resource:
        """Where it is."""
        return self.facts.resource

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.service.name}: {self.resource.name}" if self.service else self.resource.name

    def minutes(self, asked: int | None) -> int:
        """How long it would be: a service's own length, what was asked for, or the shortest."""
        return (self.service and self.service.duration_minutes) or asked or self.resource.min_minutes

    def lasts(self, asked: int | None) -> bool:
        """Whether it can be had for so long."""
        if self.service:
            return asked in {None, self.service.duration_minutes}
        shortest, longest, grid = self.resource.min_minutes, self.resource.max_minutes, self.resource.grid_minutes
        return asked is None or (shortest <= asked <= longest and not (asked - shortest) % grid)

    def starts(self, day: date, asked: int | None, people: int) -> list[Wish]:
        """Every start of a local day, whether or not it can be had."""
        return self.facts.timeline.wishes(self.minutes(asked), people)[day]


class Catalogue:
    """What is offered, before anybody has looked when. Three queries, a further one where extras are required."""

    def __init__(self, which: Q, customer_id: int | None) -> None:
        self._relatives, self.now = availability.relatives_now(which & Q(venue__is_active=True), customer_id)
        services = with_offers(public_products().filter(kind=Product.Kind.BOOKING), customer_id)
        self.services = list(services.prefetch_related("resources").order_by("position", "name"))
        self._cards: dict[str, bool] = {}
        self.resources = self._alone()
        self.served = list(self._served())
        sellers: Sequence[Resource | Product] = [*self.resources, *self.services]
        self._products = required(sellers, customer_id)

    def offers(
        self, window: Window, ignoring: Collection[UUID], wanted: Sequence[tuple[Product | None, Resource]]
    ) -> list[Offer]:
        """Resources and services in a window of days, in the order given: two queries."""
        ids = list(dict.fromkeys(resource.pk for _service, resource in wanted))
        if not ids or self.now is None:
            return []
        plain = availability.assemble(self._relatives, ids, window, self.now, ignoring)
        found: list[Offer] = []
        for service, resource in wanted:
            facts = plain[resource.pk]
            if service and price_list(service).tariffs:
                facts = _sold_as(facts, service)
            found.append(Offer(facts, service, self._products))
        return found

    def _alone(self) -> list[Resource]:
        bookable = set(availability.bookable(self._relatives))
        found = [each for each in self._relatives if each.pk in bookable and self._can_be_paid(each, each)]
        return sorted(found, key=_place)

    def _served(self) -> Iterator[tuple[Product, Resource]]:
        by_id = {resource.pk: resource for resource in self._relatives}
        for service in self.services:
            own = bool(price_list(service).tariffs)
            here = [by_id[each.pk] for each in service.resources.all() if each.pk in by_id]
            bookable = availability.bookable(here, [each.pk for each in here] if own else ())
            for resource in sorted((by_id[pk] for pk in bookable), key=_place):
                if self._can_be_paid(resource, service if own else resource):
                    yield service, resource

    def _can_be_paid(self, resource: Resource, seller: Resource | Product) -> bool:
        if resource.pays_on_site or not sign_price(seller).amount_minor:
            return True
        currency = resource.venue.currency
        if currency not in self._cards:
            self._cards[currency] = takes_cards(resource.venue)
        return self._cards[currency]


def _place(resource: Resource) -> tuple[int, str, int, int, str]:
    return (resource.venue.position, resource.venue.name, resource.venue_id, resource.position, resource.name)


def _sold_as(facts: Facts, service: Product) -> Facts:
    sold = copy(facts)
    sold.sell_by(price_list(service))
    return sold
