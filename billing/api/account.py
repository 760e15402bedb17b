"""v1: the tenant's Stripe account."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import accounts
from billing.access import check_runs_money, check_sees_money
from billing.accounts import Standing
from billing.gateway.countries import COUNTRIES
from billing.subscriptions.models import StripeAccount
from rest.fields import InstantField
from rest.views import OutsideView
from schemas.current import current_tenant

LONGEST_ID = 64
TAGS = ["money"]
NOT_ALLOWED = OpenApiResponse(description="Not yours to see or to change")
BROKEN = OpenApiResponse(description="`payment_provider_error`: Stripe does not answer; ask again")


class ConnectIn(serializers.Serializer[Any]):
    """A country for a new account, or the id of a former one to take back."""

    country = serializers.ChoiceField(choices=COUNTRIES, required=False)
    account_id = serializers.CharField(max_length=LONGEST_ID, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError({"country": ["Give either country or account_id."]})
        return attrs


class AccountOut(serializers.Serializer[StripeAccount]):
    """How the tenant stands with Stripe; without an account, `status` is `none` and the rest is empty.

    `currently_due` and `past_due` are Stripe's names for what it wants to know, `due_by` until when.
    """

    status = serializers.SerializerMethodField()
    can_accept_payments = serializers.SerializerMethodField()
    account_id = serializers.CharField(allow_blank=True)
    charge_type = serializers.ChoiceField(choices=StripeAccount.ChargeType.choices)
    country = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(source="default_currency", allow_blank=True)
    gets_payouts = serializers.BooleanField()
    currently_due = serializers.ListField(child=serializers.CharField())
    past_due = serializers.ListField(child=serializers.CharField())
    due_by = InstantField(allow_null=True)
    disabled_reason = serializers.CharField(allow_blank=True)
    connected_at = InstantField(allow_null=True)
    refreshed_at = InstantField(allow_null=True)
    disconnected_at = InstantField(allow_null=True)
    former_accounts = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=[(each.value, each.name) for each in Standing]))
    def get_status(self, row: StripeAccount) -> str:
        """Why it charges, or why not."""
        return accounts.standing_of(row if row.pk else None)

    def get_can_accept_payments(self, _row: StripeAccount) -> bool:
        """Whether customers can pay online now."""
        return accounts.can_accept_payments(current_tenant())

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_former_accounts(self, _row: StripeAccount) -> list[str]:
        """Ids of accounts that could be taken back."""
        return [former.account_id for former in accounts.former_of(current_tenant())]


class LinkOut(serializers.Serializer[Any]):
    """Where the owner goes next: Stripe's own pages, good once and for minutes."""

    url = serializers.URLField()
    account = AccountOut()


class AccountView(OutsideView):
    """`/admin/stripe-account/`."""

    @extend_schema(
        tags=TAGS,
        operation_id="stripe_account_read",
        summary="How the tenant stands with Stripe",
        responses={200: AccountOut, 403: NOT_ALLOWED},
    )
    def get(self, request: Request) -> Response:
        """As Stripe last described it; Stripe is not asked."""
        check_sees_money(request.user)
        return Response(_shown())

    @extend_schema(
        tags=TAGS,
        operation_id="stripe_account_connect",
        summary="Connect an account, or go on with it",
        request=ConnectIn,
        responses={
            200: LinkOut,
            403: NOT_ALLOWED,
            404: OpenApiResponse(description="`not_found`: the account was never yours"),
            409: OpenApiResponse(description="`account_connected`, `account_revoked`"),
            500: BROKEN,
        },
    )
    def post(self, request: Request) -> Response:
        """Where an account is connected already, another link to Stripe's pages for it."""
        check_runs_money(request.user)
        given = ConnectIn(data=request.data)
        given.is_valid(raise_exception=True)
        tenant = current_tenant()
        if "account_id" in given.validated_data:
            account = accounts.reconnect(tenant, given.validated_data["account_id"])
        else:
            account = accounts.connect(tenant, given.validated_data["country"])
        return Response({"url": accounts.onboarding(account), "account": _shown()})

    @extend_schema(
        tags=TAGS,
        operation_id="stripe_account_disconnect",
        summary="Stop using the account",
        responses={204: None, 403: NOT_ALLOWED, 404: OpenApiResponse(description="`not_found`: none is connected")},
    )
    def delete(self, request: Request) -> Response:
        """No new payments; bookings, and money under way, stay as they are. The account remains the owner's."""
        check_runs_money(request.user)
        accounts.disconnect(current_tenant())
        return Response(status=204)


class RefreshView(OutsideView):
    """`/admin/stripe-account/refresh/`."""

    @extend_schema(
        tags=TAGS,
        operation_id="stripe_account_refresh",
        summary="Ask Stripe how the account is",
        request=None,
        responses={
            200: AccountOut,
            403: NOT_ALLOWED,
            404: OpenApiResponse(description="`not_found`: none is connected"),
            500: BROKEN,
        },
    )
    def post(self, request: Request) -> Response:
        """For whoever comes back from Stripe's pages before its events do."""
        check_runs_money(request.user)
        accounts.look_again(current_tenant())
        return Response(_shown())


def _shown() -> dict[str, Any]:
    account = accounts.account_of(current_tenant()) or StripeAccount()
    return dict(AccountOut(account).data)
