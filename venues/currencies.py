"""In which currency the prices of a service or an extra are: that of the venues where it is sold.

A product has no venue of its own. What is sold at venues of different currencies has no single price, so
none can be put on it; what is sold nowhere yet counts in the currency of all venues, where they agree.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, Q, QuerySet

from venues.models import ExtraOffer, Product, Resource, Venue

M = TypeVar("M", bound=Model)
Through = Product.resources.through


def places_sold(product: Any) -> QuerySet[Resource]:
    """Resources with which a product (an id, or an `OuterRef` to one) is sold, and the pool of its stock."""
    inner = OuterRef(product) if isinstance(product, OuterRef) else product
    services = ExtraOffer.objects.filter(extra=_once_more(inner)).values("product")
    return Resource.objects.filter(
        Q(pk__in=Through.objects.filter(product=inner).values("resource"))
        | Q(pk__in=ExtraOffer.objects.filter(extra=inner).values("resource"))
        | Q(pk__in=Through.objects.filter(product__in=services).values("resource"))
        | Q(pk__in=Product.objects.filter(pk=inner).values("stock"))
    )


def _once_more(reference: Any) -> Any:
    return OuterRef(reference) if isinstance(reference, OuterRef) else reference


def with_currencies(rows: QuerySet[M], product: str = "pk") -> QuerySet[M]:
    """Rows with what `currency_of` needs of the product whose id is in a column, in the same query."""
    sold_in = places_sold(OuterRef(product)).order_by().values("venue__currency").distinct()
    everywhere = Venue.objects.order_by().values("currency").distinct()
    found: QuerySet[M] = rows.annotate(sold_in=ArraySubquery(sold_in), venues_in=ArraySubquery(everywhere))  # type: ignore[assignment]
    return found


def currency_of(row: Model) -> str | None:
    """The one currency of a row that was read `with_currencies`; None where there are several."""
    return only(row.sold_in or row.venues_in)  # type: ignore[attr-defined]


def currency_of_product(product_id: int | None) -> str | None:
    """The one currency of a product, or of all venues for one that is to be made."""
    if product_id is None:
        return house_currency()
    return currency_of(with_currencies(Product.objects.filter(pk=product_id)).get())


def house_currency() -> str | None:
    """The currency of all venues, where they agree."""
    return only(Venue.objects.order_by().values_list("currency", flat=True).distinct())


def is_used(currency: str) -> bool:
    """Whether a venue has prices in it."""
    return Venue.objects.filter(currency=currency).exists()


def only(currencies: Iterable[str]) -> str | None:
    """The single one, or None."""
    found = list(currencies)
    return found[0] if len(found) == 1 else None
