"""v1 about what arrived: the statement of the Stripe balance, and payouts with what they contain."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from billing.access import check_sees_books
from billing.payments.models import Payout
from bookings import takings
from bookings.takings import Lying, Taking
from kernel.errors import NotFound
from kernel.money import as_text
from rest.pagination import HeaderPagination, page_of
from rest.views import ApiView
from schemas.clock import database_now


class TakingOut(serializers.Serializer[Any]):
    """A movement on the Stripe balance. `gross - stripe_fee - platform_fee = net`; what leaves is negative."""

    id = serializers.CharField(source="posting.transaction_id", help_text="Stripe's id, `txn_...`.")
    kind = serializers.CharField(source="posting.kind", help_text="Stripe's type: `charge`, `refund`, ...")
    currency = serializers.CharField(source="posting.currency")
    gross = serializers.SerializerMethodField()
    stripe_fee = serializers.SerializerMethodField()
    platform_fee = serializers.SerializerMethodField()
    net = serializers.SerializerMethodField()
    booking = serializers.UUIDField(source="booking.id", default=None, allow_null=True)
    reference_code = serializers.CharField(source="booking.reference_code", default=None, allow_null=True)
    at = serializers.DateTimeField(source="posting.at")
    available_at = serializers.DateTimeField(source="posting.available_at")

    @extend_schema_field(str)
    def get_gross(self, row: Taking) -> str:
        return as_text(row.gross_minor, row.posting.currency)

    @extend_schema_field(str)
    def get_stripe_fee(self, row: Taking) -> str:
        return as_text(row.stripe_fee_minor, row.posting.currency)

    @extend_schema_field(str)
    def get_platform_fee(self, row: Taking) -> str:
        return as_text(row.platform_fee_minor, row.posting.currency)

    @extend_schema_field(str)
    def get_net(self, row: Taking) -> str:
        return as_text(row.net_minor, row.posting.currency)


class LyingOut(serializers.Serializer[Any]):
    """What lies at Stripe in one currency; `coming` of it is not available yet."""

    currency = serializers.CharField()
    balance = serializers.SerializerMethodField()
    coming = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_balance(self, row: Lying) -> str:
        return as_text(row.balance_minor, row.currency)

    @extend_schema_field(str)
    def get_coming(self, row: Lying) -> str:
        return as_text(row.coming_minor, row.currency)


class PayoutOut(serializers.ModelSerializer[Payout]):
    """Money sent to the tenant's bank. `status` is Stripe's word; `arrives_on` a day in UTC."""

    id = serializers.CharField(source="payout_id", help_text="Stripe's id, `po_...`.")
    amount = serializers.SerializerMethodField()

    class Meta:
        model = Payout
        fields = ["id", "amount", "currency", "status", "failure", "arrives_on", "created_at"]

    @extend_schema_field(str)
    def get_amount(self, row: Payout) -> str:
        return as_text(row.amount_minor, row.currency)


class BalanceView(ApiView):
    """`/admin/balance/`."""

    @extend_schema(operation_id="balance_list", responses=LyingOut(many=True))
    def get(self, request: Request) -> Response:
        """What lies at Stripe, a row per currency, by the books that are reconciled daily."""
        check_sees_books(caller(request))
        return Response(LyingOut(takings.lying(database_now()), many=True).data)


class StatementView(ApiView):
    """`/admin/statement/`."""

    @extend_schema(operation_id="statement_list", responses=TakingOut(many=True))
    def get(self, request: Request) -> Response:
        """Every movement on the Stripe balance, the newest first."""
        check_sees_books(caller(request))
        return _page(self, request, takings.statement())


class PayoutsView(ApiView):
    """`/admin/payouts/`."""

    @extend_schema(operation_id="payouts_list", responses=PayoutOut(many=True))
    def get(self, request: Request) -> Response:
        """Payouts to the bank, the newest first."""
        check_sees_books(caller(request))
        return page_of(self, request, takings.payouts(), PayoutOut)


class PayoutContentsView(ApiView):
    """`/admin/payouts/{id}/contents/`."""

    @extend_schema(operation_id="payout_contents_list", responses=TakingOut(many=True))
    def get(self, request: Request, payout_id: str) -> Response:
        """For which bookings a payout is: the movements that it contains. Their nets sum to its amount."""
        check_sees_books(caller(request))
        payout = takings.payouts().filter(payout_id=payout_id).first()
        if payout is None:
            raise NotFound("not_found", _("There is no such payout."))
        return _page(self, request, takings.contents(payout))


def _page(view: ApiView, request: Request, postings: Any) -> Response:
    paginator = HeaderPagination()
    page: Any = paginator.paginate_queryset(postings, request, view)
    return paginator.get_paginated_response(TakingOut(takings.takings(page), many=True).data)
