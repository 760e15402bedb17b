"""v1: the tenant's own plan with the platform."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.access import check_runs_money, check_sees_money
from billing.subscriptions import acts, choosing
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.models import Plan, Subscription
from kernel.money import as_text
from rest.fields import InstantField
from rest.views import OutsideView
from schemas.current import current_tenant
from tenants.models import Tenant

LONGEST_CODE = 30
TAGS = ["money"]
INTERVALS = [("month", "month"), ("year", "year")]
NOT_ALLOWED = OpenApiResponse(description="Not yours to see or to change")
BROKEN = OpenApiResponse(description="`payment_provider_error`: Stripe does not answer; ask again")


class WantedIn(serializers.Serializer[Any]):
    """A plan by its code, paid by the month or by the year."""

    plan = serializers.CharField(max_length=LONGEST_CODE)
    interval = serializers.ChoiceField(choices=INTERVALS, default="month")


class UseOut(serializers.Serializer[Any]):
    """How much is used of what the plan limits; `limit` null is without one."""

    thing = serializers.CharField()
    used = serializers.IntegerField()
    limit = serializers.IntegerField(source="most", allow_null=True)


class PlanOut(serializers.Serializer[Plan]):
    """A plan that can be chosen. Prices are net; `fee` is percent of what customers pay online."""

    code = serializers.CharField()
    name = serializers.CharField()
    monthly = serializers.SerializerMethodField()
    yearly = serializers.SerializerMethodField()
    currency = serializers.CharField()
    fee = serializers.SerializerMethodField()
    venues = serializers.IntegerField(source="most_venues", allow_null=True)
    resources = serializers.IntegerField(source="most_resources", allow_null=True)
    staff = serializers.IntegerField(source="most_staff", allow_null=True)
    bookings = serializers.IntegerField(source="most_bookings", allow_null=True)
    features = serializers.ListField(child=serializers.CharField())

    def get_monthly(self, plan: Plan) -> str:
        """A month's price."""
        return as_text(plan.monthly_minor, plan.currency)

    def get_yearly(self, plan: Plan) -> str:
        """A year's price."""
        return as_text(plan.yearly_minor, plan.currency)

    def get_fee(self, plan: Plan) -> str:
        """Percent with two decimals."""
        return f"{plan.fee // 100}.{plan.fee % 100:02}"


class SubscriptionOut(serializers.Serializer[Subscription]):
    """The tenant's plan. `status` is Stripe's word, `free`, or `none` for a tenant without plan and limits; `granted`:
    it has the plan without paying, as agreed with the platform.

    `grace_until`: not paid, and everything works until then. `blocked_at`: since then the public cannot book.
    """

    status = serializers.CharField()
    plan = serializers.SerializerMethodField()
    interval = serializers.SerializerMethodField()
    trial_ends_at = InstantField(allow_null=True)
    period_ends_at = InstantField(allow_null=True)
    ends_at = InstantField(allow_null=True)
    grace_until = InstantField(allow_null=True)
    blocked_at = InstantField(allow_null=True)
    next_attempt_at = InstantField(allow_null=True)
    vat_id = serializers.CharField(allow_blank=True)
    vat_id_status = serializers.CharField(allow_blank=True)
    usage = serializers.SerializerMethodField()
    plans = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_plan(self, row: Subscription) -> str | None:
        """Its code."""
        return row.plan.code if row.pk else None

    @extend_schema_field(serializers.ChoiceField(choices=INTERVALS, allow_null=True))
    def get_interval(self, row: Subscription) -> str | None:
        """How it is paid; null where nothing is."""
        if not row.stripe_subscription:
            return None
        return "year" if row.is_yearly else "month"

    @extend_schema_field(UseOut(many=True))
    def get_usage(self, _row: Subscription) -> Any:
        """What the plan limits."""
        return UseOut(choosing.uses(_tenant()), many=True).data

    @extend_schema_field(PlanOut(many=True))
    def get_plans(self, _row: Subscription) -> Any:
        """What can be chosen."""
        return [PlanOut(plan).data for plan in choosing.offered()]


class PageOut(serializers.Serializer[Any]):
    """Where the owner goes next: a page of Stripe's, good once."""

    url = serializers.URLField()


class SubscriptionView(OutsideView):
    """`/admin/subscription/`."""

    @extend_schema(
        tags=TAGS,
        operation_id="subscription_read",
        summary="The plan, what it allows, and how much is used",
        responses={200: SubscriptionOut, 403: NOT_ALLOWED},
    )
    def get(self, request: Request) -> Response:
        """As Stripe last described it; Stripe is not asked."""
        check_sees_money(request.user)
        row = acts.subscription_of(current_tenant()) or Subscription(status="none")
        return Response(SubscriptionOut(row).data)


class CheckoutView(OutsideView):
    """`/admin/subscription/checkout/`."""

    @extend_schema(
        tags=TAGS,
        operation_id="subscription_checkout",
        summary="Begin a paid plan",
        request=WantedIn,
        responses={
            200: PageOut,
            403: NOT_ALLOWED,
            404: OpenApiResponse(description="`plan_unknown`, `no_plan`"),
            409: OpenApiResponse(description="`subscribed`: change the plan that there is"),
            500: BROKEN,
        },
    )
    def post(self, request: Request) -> Response:
        """The address of Stripe's page where the card is given; what is left of a trial stays free."""
        check_runs_money(request.user)
        given = WantedIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = Wanted(given.validated_data["plan"], given.validated_data["interval"] == "year")
        return Response({"url": choosing.checkout(_tenant(), wanted)})


class PortalView(OutsideView):
    """`/admin/subscription/portal/`."""

    @extend_schema(
        tags=TAGS,
        operation_id="subscription_portal",
        summary="Cards and invoices",
        request=None,
        responses={200: PageOut, 403: NOT_ALLOWED, 404: OpenApiResponse(description="`no_plan`"), 500: BROKEN},
    )
    def post(self, request: Request) -> Response:
        """The address of Stripe's page for cards and invoices."""
        check_runs_money(request.user)
        return Response({"url": choosing.portal(_tenant())})


def _tenant() -> Tenant:
    # The request's tenant may be some seconds old: what a plan allows is read anew.
    tenant: Tenant = Tenant.objects.get(schema_name=current_tenant().schema_name)
    return tenant
