"""Whose prices a page is about: a resource, or a service or extra, with its currency, zone and coin."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.errors import NotFound
from schemas.current import current_tenant
from tenants.zones import zone
from venues.access import Anyone, products_managed_by, resources_managed_by
from venues.currencies import currency_of, places_sold, with_currencies
from venues.hours import Hours, rows_of
from venues.models import Product, Rate, Resource
from venues.repricing import Seller

KINDS = {Resource: "resources", Product: "services"}


@dataclass(frozen=True)
class Place:
    """A seller with what its prices are counted in; `places` are the resources whose hours and zone count."""

    row: Seller
    currency: str
    places: tuple[Resource, ...]
    coin: int = 1
    """The largest of the smallest coins where it is sold, in minor units: prices are multiples of it."""

    @property
    def is_product(self) -> bool:
        """Whether it is a service or an extra."""
        return isinstance(self.row, Product)

    @property
    def kind(self) -> str:
        """As it stands in addresses."""
        return KINDS[type(self.row)]

    @property
    def key(self) -> str:
        """As forms name it."""
        return f"{self.kind}-{self.row.pk}"

    @property
    def label(self) -> str:
        """Its name, with the venue of a resource."""
        if isinstance(self.row, Product):
            return f"{self.row.name} ({self.row.get_kind_display()})"
        return f"{self.row.name}, {self.row.venue.name}"

    @property
    def url(self) -> str:
        """The page of its prices."""
        return reverse(f"prices-{self.kind}", args=[self.row.pk])

    @property
    def set_url(self) -> str:
        """Where a price for some times is sent."""
        return reverse(f"prices-{self.kind}-set", args=[self.row.pk])

    @property
    def copy_url(self) -> str:
        """Where its prices are copied from."""
        return reverse(f"prices-{self.kind}-copy", args=[self.row.pk])

    @property
    def is_service(self) -> bool:
        """Whether it costs what its resources cost where it has no price of its own."""
        return isinstance(self.row, Product) and self.row.kind == Product.Kind.BOOKING

    @property
    def zone(self) -> ZoneInfo:
        """Where it is sold; of several places that of the first."""
        return zone(self.places[0].venue.time_zone if self.places else current_tenant().time_zone)

    def new_rate(self) -> Rate:
        """A rate of it, not written yet."""
        return Rate(product=self.row) if isinstance(self.row, Product) else Rate(resource=self.row)

    def spans(self, monday: date, sunday: date) -> list[tuple[int, int]]:
        """When something is open in a week, in minutes of the day: one query."""
        venues = {place.venue_id for place in self.places}
        rows = Hours.of(rows_of(venues, [place.pk for place in self.places], monday, sunday))
        found = []
        for place in self.places:
            for offset in range((sunday - monday).days + 1):
                day = date.fromordinal(monday.toordinal() + offset)
                for span in rows.spans(place.venue_id, place.pk, day):
                    length = int((span.closes - span.opens).total_seconds()) // 60
                    start = span.opens.hour * 60 + span.opens.minute
                    found.append((start, start + length))
        return found


def resource_place(user: Anyone, resource_id: int) -> Place:
    """A resource whose prices the caller may change; `NotFound` for any other."""
    row = resources_managed_by(user).select_related("venue").filter(pk=resource_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such resource."))
    return Place(row, row.venue.currency, (row,), row.venue.rounding_minor)


def product_place(user: Anyone, product_id: int) -> Place:
    """A service or an extra whose prices the caller may change; `NotFound` for any other."""
    row = with_currencies(products_managed_by(user)).filter(pk=product_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such service."))
    places = places_sold(row.pk).select_related("venue").order_by("venue__position", "position", "pk")
    found = tuple(places)
    return Place(row, currency_of(row) or "", found, max((each.venue.rounding_minor for each in found), default=1))


def place_of(user: Anyone, rate: Rate) -> Place:
    """The seller of a rate."""
    return resource_place(user, rate.resource_id) if rate.resource_id else product_place(user, rate.product_id or 0)


def all_places(user: Anyone) -> list[Place]:
    """Everything that the caller may put prices on: resources of venues in their order, then services and extras."""
    resources = resources_managed_by(user).filter(stock_of=None).select_related("venue")
    found = [
        Place(row, row.venue.currency, (row,), row.venue.rounding_minor)
        for row in resources.order_by("venue__position", "venue__name", "position", "name")
    ]
    coin = max((place.coin for place in found), default=1)
    for product in with_currencies(products_managed_by(user)).order_by("kind", "position", "name"):
        currency = currency_of(product)
        if currency:
            found.append(Place(product, currency, (), coin))
    return found


def unpriced(user: Anyone) -> QuerySet[Resource]:
    """Active resources that nobody can book for want of a price: of their own, or of a service that is held there."""
    own = Rate.objects.filter(resource=OuterRef("pk"))
    services = Rate.objects.filter(product__resources=OuterRef("pk"), product__kind=Product.Kind.BOOKING)
    rows = resources_managed_by(user).filter(Q(is_active=True), Q(stock_of=None), ~Exists(own), ~Exists(services))
    return rows.select_related("venue").order_by("venue__name", "position", "name")
