"""What comes with a resource or a service: extras and questions, hung on a query as prices are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from venues.models import CustomField, ExtraOffer, Product, Quota, Resource
from venues.pricelists import seller_column, with_prices

M = TypeVar("M", Resource, Product)


@dataclass(frozen=True, slots=True)
class Offer:
    """An extra on offer: from `least` to `most` of it; `stock_id` is the pool that it takes units from."""

    product_id: int
    is_required: bool
    least: int
    most: int
    stock_id: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that comes with a booking; `kind` is a value of `CustomField.Kind`."""

    field_id: int
    label: str
    kind: str
    choices: tuple[str, ...]
    is_required: bool


def with_offers(rows: QuerySet[M], customer_id: int | None = None) -> QuerySet[M]:
    """As `with_prices`, and with the extras in `offer_rows` and the questions in `field_rows`."""
    owner = seller_column(rows.model)
    offers = ExtraOffer.objects.filter(**{owner: OuterRef("pk")}, extra__is_active=True).order_by("position", "pk")
    fields = CustomField.objects.filter(**{owner: OuterRef("pk")}, is_active=True).order_by("position", "pk")
    offer = JSONObject(
        product_id="extra_id", is_required="is_required", least="least", most="most", stock_id=F("extra__stock_id")
    )
    question = JSONObject(field_id="id", label="label", kind="kind", choices="choices", is_required="is_required")
    return with_prices(rows, customer_id).annotate(
        offer_rows=ArraySubquery(offers.values(row=offer)), field_rows=ArraySubquery(fields.values(row=question))
    )


def has_quotas(venue: str) -> Exists:
    """For `annotate`: whether the venue in this column limits its customers, asked in the same query."""
    return Exists(Quota.objects.filter(venue=OuterRef(venue)))


def offers_of(row: Resource | Product) -> list[Offer]:
    """The extras on offer with a row that was read `with_offers`."""
    return [Offer(**found) for found in row.offer_rows]  # type: ignore[union-attr]


def questions_of(row: Resource | Product) -> list[Question]:
    """The questions that come with a row that was read `with_offers`."""
    rows: list[dict[str, Any]] = row.field_rows  # type: ignore[union-attr]
    return [Question(**{**found, "choices": tuple(found["choices"])}) for found in rows]


def stock_of(extra_ids: Iterable[int], resource_ids: Iterable[int], product_id: int | None) -> Q:
    """The pools of these extras and of those that a resource or service requires: to be locked with them."""
    required = Q(is_required=True) & (Q(resource__in=list(resource_ids)) | Q(product=product_id, product__isnull=False))
    taken = ExtraOffer.objects.filter(required | Q(extra__in=list(extra_ids)), extra__stock__isnull=False)
    return Q(pk__in=taken.values("extra__stock"))
