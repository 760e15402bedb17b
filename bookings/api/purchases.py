"""v1: packs and memberships that were bought: who has which, selling one at the desk, giving one back."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import deskselling, goodwill
from bookings.access import check_desk
from bookings.api.manage.fields import RowField
from bookings.models import OnSitePayment, Purchase
from bookings.purchases import rows
from kernel.errors import NotFound
from kernel.money import as_text
from rest.fields import BIGINT_MAX, DayField, InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from venues.access import check_staff
from venues.models import MembershipPlan, Pack

TAGS = ["packs"]


class PurchaseOut(serializers.Serializer[Any]):
    """A pack or a membership that somebody has bought, on the terms of that day; one of `pack` and `plan` is set.

    `paid` is what came and was not returned. `minutes_left` is a pack's, `first_day` and `last_day` a membership's.
    """

    id = serializers.UUIDField()
    reference = serializers.CharField()
    customer = serializers.IntegerField(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    pack = serializers.IntegerField(source="pack_id", allow_null=True)
    plan = serializers.IntegerField(source="plan_id", allow_null=True)
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Purchase.State.choices)
    price = serializers.SerializerMethodField()
    paid = serializers.SerializerMethodField()
    currency = serializers.CharField()
    minutes = serializers.IntegerField()
    minutes_left = serializers.IntegerField(source="account.minutes_left", default=None, allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    first_day = DayField(allow_null=True)
    last_day = DayField(allow_null=True)
    created_at = InstantField()
    paid_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)

    def get_price(self, purchase: Purchase) -> str:
        """VAT included."""
        return as_text(purchase.price_minor, purchase.currency)

    def get_paid(self, purchase: Purchase) -> str:
        """What is still here."""
        return as_text(purchase.paid_minor, purchase.currency)


def _customers(_user: User) -> QuerySet[User]:
    return User.objects.filter(is_active=True)


def _packs(_user: User) -> QuerySet[Pack]:
    return Pack.objects.filter(is_active=True)


def _plans(_user: User) -> QuerySet[MembershipPlan]:
    return MembershipPlan.objects.filter(is_active=True)


class PurchaseIn(serializers.Serializer[Any]):
    """What is sold to whom, and how it was paid at the desk; one of `pack` and `plan`."""

    customer = RowField(_customers)
    pack = RowField(_packs, required=False)
    plan = RowField(_plans, required=False)
    way = serializers.ChoiceField(choices=OnSitePayment.Way.choices, default=OnSitePayment.Way.CASH.value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if ("pack" in attrs) == ("plan" in attrs):
            raise serializers.ValidationError({"pack": [_("Give either a pack or a membership.")]})
        return attrs


class PurchaseRefundIn(serializers.Serializer[Any]):
    """Why it is taken back, for the record; the front desk has to say."""

    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class PurchaseFilter(serializers.Serializer[Any]):
    """What the list can be narrowed by."""

    customer = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    state = serializers.ChoiceField(choices=Purchase.State.choices, required=False)


class PurchasesView(ApiView):
    """`/admin/purchases/`."""

    @extend_schema(
        operation_id="admin_purchases_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("customer", int),
            OpenApiParameter("state", str, enum=Purchase.State.values),
            *PAGES,
        ],
        responses=PurchaseOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """What was bought, the newest first; staff only."""
        check_staff(caller(request))
        asked = PurchaseFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = rows.known().filter(**asked.validated_data).order_by("-created_at", "pk")
        return page_of(self, request, found, PurchaseOut)

    @extend_schema(
        operation_id="admin_purchases_create",
        tags=TAGS,
        request=PurchaseIn,
        responses={201: PurchaseOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Sell a pack or a membership for money that was paid at the desk. 400: `member_already`."""
        check_desk(caller(request))
        body = PurchaseIn(data=request.data, context={"user": caller(request)})
        body.is_valid(raise_exception=True)
        said = body.validated_data
        sold = deskselling.sell(said.get("pack") or said["plan"], said["customer"], said["way"], caller(request))
        return Response(_shown(sold.pk), 201, headers={"Location": f"{request.path}{sold.pk}/"})


class PurchaseView(ApiView):
    """`/admin/purchases/{id}/`."""

    @extend_schema(operation_id="admin_purchases_retrieve", tags=TAGS, responses=PurchaseOut)
    def get(self, request: Request, purchase_id: UUID) -> Response:
        """One of them; staff only."""
        check_staff(caller(request))
        return Response(_shown(purchase_id))


class PurchaseRefundView(ApiView):
    """`/admin/purchases/{id}/refund/`."""

    @extend_schema(
        operation_id="admin_purchases_refund",
        tags=TAGS,
        request=PurchaseRefundIn,
        responses={201: PurchaseOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, purchase_id: UUID) -> Response:
        """Take back what was not used; the money goes the way it came.

        400: `purchase_used`, `purchase_extended`, `dispute_open`, `reason_required`, `wrong_state`.
        """
        check_desk(caller(request))
        _shown(purchase_id)
        body = PurchaseRefundIn(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data["note"]
        goodwill.check_says_why(caller(request), note)
        deskselling.take_back(purchase_id, caller(request), note)
        return Response(_shown(purchase_id), 201)


def _shown(purchase_id: UUID) -> Any:
    found = rows.known().filter(pk=purchase_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such purchase."))
    return PurchaseOut(found).data
