"""What comes with a resource or a service: `/admin/extra-offers/`, `/admin/custom-fields/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import User
from bookings.api.manage.fields import RowField
from bookings.api.manage.prices import resources_named_by
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ListView, RowView, described
from venues.access import (
    offers_managed_by,
    offers_seen_by,
    products_managed_by,
    products_seen_by,
    questions_managed_by,
    questions_seen_by,
)
from venues.models import CustomField, ExtraOffer, Product


def extras_named_by(user: User) -> QuerySet[Product]:
    """Extras that the caller may offer."""
    return products_seen_by(user).filter(kind=Product.Kind.EXTRA).select_related("stock")


class OfferShape(Shape[ExtraOffer]):
    """An extra can be had with a resource, or with a service."""

    fixed = frozenset({"extra", "resource", "product"})
    extra = RowField(extras_named_by)
    resource = RowField(resources_named_by, allow_null=True, required=False)
    product = RowField(products_managed_by, allow_null=True, required=False)

    class Meta:
        model = ExtraOffer
        fields = ["id", "extra", "resource", "product", "is_required", "least", "most", "position"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the model says; and what is kept in one venue is not offered in another."""
        attrs = super().validate(attrs)
        pool = self.row.extra.stock
        if pool and self.row.resource_id and self.row.resource and self.row.resource.venue_id != pool.venue_id:
            raise serializers.ValidationError({"extra": [_("The stock of this extra is kept in another venue.")]})
        return attrs


OFFERS = Catalogue(
    tag="extra_offers",
    shape=OfferShape,
    seen=offers_seen_by,
    managed=offers_managed_by,
    filters=("extra", "resource", "product"),
)


@described(OFFERS, "products")
class OffersView(ListView):
    """`/admin/extra-offers/`."""

    catalogue = OFFERS


@described(OFFERS, "products")
class OfferView(RowView):
    """`/admin/extra-offers/{id}/`."""

    catalogue = OFFERS


class QuestionShape(Shape[CustomField]):
    """A question to whoever books."""

    fixed = frozenset({"resource", "product"})
    resource = RowField(resources_named_by, allow_null=True, required=False)
    product = RowField(products_managed_by, allow_null=True, required=False)

    class Meta:
        model = CustomField
        fields = [
            "id", "resource", "product", "label", "help_text", "kind", "choices", "is_required", "is_active",
            "position",
        ]  # fmt: skip


QUESTIONS = Catalogue(
    tag="custom_fields",
    shape=QuestionShape,
    seen=questions_seen_by,
    managed=questions_managed_by,
    filters=("resource", "product"),
)


@described(QUESTIONS, "products")
class QuestionsView(ListView):
    """`/admin/custom-fields/`."""

    catalogue = QUESTIONS


@described(QUESTIONS, "products")
class QuestionView(RowView):
    """`/admin/custom-fields/{id}/`."""

    catalogue = QUESTIONS
