"""Cancellation policies, which never change: `/admin/cancellation-policies/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings.api.catalogue import one
from bookings.api.manage.fields import INT_MAX, MoneyField, PercentField, RowField, Written
from bookings.api.manage.prices import groups
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, DeleteView, ListView, described
from bookings.states import CancelReason
from rest.parameters import IDEMPOTENCY
from venues import policies
from venues.access import check_manager
from venues.currencies import house_currency
from venues.models import FULL, CancellationPolicy, CancellationStep
from venues.policies import Draft, PolicyStep

MOST_STEPS = 50


class StepShape(Shape[CancellationStep]):
    """From so many minutes before the start on: a part of the price, and a fee."""

    percent = PercentField(default=0)
    fee = MoneyField(source="fee_minor", default=Written("0"))
    group = RowField(groups, allow_null=True, default=None)
    reason = serializers.ChoiceField(choices=CancelReason.choices, allow_blank=True, default="")
    minutes_before = serializers.IntegerField(min_value=0, max_value=INT_MAX, default=0)
    keeps_deposit = serializers.BooleanField(default=False)

    class Meta:
        model = CancellationStep
        fields = ["minutes_before", "percent", "fee", "keeps_deposit", "group", "reason"]

    def currency_of(self, row: CancellationStep) -> str | None:
        """That of the house."""
        return self.context.get("currency")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A fee needs a currency; the policy around it looks at the rest."""
        fee: Any = self.fields["fee"]
        try:
            minor = fee.minor(attrs["fee_minor"], self.context["currency"]) if attrs["fee_minor"].strip("0.") else 0
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"fee": error.detail}) from None
        return {**attrs, "fee_minor": minor}


class PolicyShape(Shape[CancellationPolicy]):
    """A version of a policy with its steps; `replaced_by` is the version after it."""

    no_show_percent = PercentField(default=FULL)
    grace_minutes = serializers.IntegerField(min_value=0, max_value=INT_MAX, default=0)
    steps = StepShape(many=True, required=False)
    replaced_by = serializers.IntegerField(source="replaced_by_id", allow_null=True, read_only=True)

    class Meta:
        model = CancellationPolicy
        fields = ["id", "name", "grace_minutes", "no_show_percent", "steps", "replaced_by"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """No two steps for the same moment, group and reason."""
        steps = attrs.get("steps", [])
        if len(steps) > MOST_STEPS:
            raise serializers.ValidationError({"steps": [_("These are too many.")]})
        keys = {(step["minutes_before"], step["group"], step["reason"]) for step in steps}
        if len(keys) < len(steps):
            raise serializers.ValidationError({"steps": [_("Two steps are for the same moment, group and reason.")]})
        return attrs


def drafted(said: dict[str, Any]) -> Draft:
    """The policy to be made."""
    steps = [
        PolicyStep(
            minutes_before=step["minutes_before"],
            percent=step["percent"],
            fee_minor=step["fee_minor"],
            keeps_deposit=step["keeps_deposit"],
            group_id=step["group"].pk if step["group"] else None,
            reason=step["reason"],
        )
        for step in said.get("steps", [])
    ]
    return Draft(said["name"], steps, said["grace_minutes"], said["no_show_percent"])


def every_version(_user: User) -> QuerySet[CancellationPolicy]:
    """Policies belong to no venue."""
    return CancellationPolicy.objects.all()


def with_steps(rows: QuerySet[CancellationPolicy]) -> QuerySet[CancellationPolicy]:
    """Policies with their steps."""
    return rows.prefetch_related("steps")


def in_house_currency(_rows: list[Any]) -> dict[str, Any]:
    """Fees are in the currency of all venues."""
    return {"currency": house_currency()}


POLICIES = Catalogue(
    tag="cancellation_policies",
    shape=PolicyShape,
    seen=every_version,
    managed=every_version,
    hung=with_steps,
    context=in_house_currency,
    filters=("all",),
)


@described(POLICIES, "policies")
class PoliciesView(ListView):
    """`/admin/cancellation-policies/`; `?all=1` shows the versions that were replaced as well."""

    catalogue = POLICIES

    def narrowed(self, request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Current versions, unless asked for all."""
        return rows if request.query_params.get("all") in {"1", "true"} else rows.filter(replaced_by=None)

    def post(self, request: Request) -> Response:
        """A new policy; owner and managers."""
        check_manager(caller(request))
        body = self.shaped(request, data=request.data)
        body.is_valid(raise_exception=True)
        policy = policies.create(drafted(body.validated_data))
        return Response(self.shown(request, policy.pk), 201, headers={"Location": f"{request.path}{policy.pk}/"})


@described(POLICIES, "policies")
class PolicyView(DeleteView):
    """`/admin/cancellation-policies/{id}/`."""

    catalogue = POLICIES

    @extend_schema(
        operation_id="admin_cancellation_policies_revise",
        request=PolicyShape,
        responses={201: PolicyShape},
        parameters=[IDEMPOTENCY],
        tags=["policies"],
    )
    def put(self, request: Request, policy_id: int) -> Response:
        """A new version takes its place; bookings keep theirs. 409 `policy_replaced` for an old version."""
        check_manager(caller(request))
        policy = one(every_version(caller(request)), policy_id)
        body = self.shaped(request, data=request.data)
        body.is_valid(raise_exception=True)
        made = policies.revise(policy, drafted(body.validated_data))
        path = request.path.removesuffix(f"{policy_id}/")
        return Response(self.shown(request, made.pk), 201, headers={"Location": f"{path}{made.pk}/"})
