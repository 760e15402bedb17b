"""v1: who sells, as documents name them."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from billing.access import check_runs_money, check_sees_money
from billing.payments.issuing import business
from billing.payments.models import BusinessDetails
from billing.payments.models.business import LONGEST_CREDIT_DAYS
from rest.views import ApiView

TAGS = ["documents"]
NOT_ALLOWED = OpenApiResponse(description="Not yours to see or to change")


class BusinessShape(serializers.ModelSerializer[BusinessDetails]):
    """Printed on documents that are issued from now on; those that were issued stay as they are."""

    address = serializers.CharField(max_length=400, allow_blank=True, required=False)
    foot = serializers.CharField(max_length=400, allow_blank=True, required=False)
    invoice_due_days = serializers.IntegerField(min_value=0, max_value=LONGEST_CREDIT_DAYS, required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)

    class Meta:
        model = BusinessDetails
        fields = (
            "legal_name", "address", "vat_id", "tax_number", "bank_account", "foot", "tax_note", "invoice_due_days",
            "language",
        )  # fmt: skip


class BusinessView(ApiView):
    """`/admin/business-details/`."""

    @extend_schema(operation_id="admin_business", tags=TAGS, responses={200: BusinessShape, 403: NOT_ALLOWED})
    def get(self, request: Request) -> Response:
        """Who sells; for the owner, managers and accountants."""
        check_sees_money(caller(request))
        return Response(BusinessShape(business()).data)

    @extend_schema(
        operation_id="admin_business_change",
        tags=TAGS,
        request=BusinessShape(partial=True),
        responses={200: BusinessShape, 403: NOT_ALLOWED},
    )
    def patch(self, request: Request) -> Response:
        """Change what is given; the owner's alone."""
        check_runs_money(caller(request))
        body: Any = BusinessShape(business(), data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(BusinessShape(body.save()).data)
