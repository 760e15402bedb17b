"""v1: who works here, `/admin/staff/`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import STAFF_ROLES, Role, User
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import PAGES
from rest.views import ApiView
from venues.access import SEES_EVERY_VENUE, team_seen_by

ROLES = [(role.value, role.label) for role in Role if role in STAFF_ROLES]


class ColleagueOut(serializers.Serializer[User]):
    """Somebody who works here; `venues` are those that a manager looks after, null for all."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    venues = serializers.SerializerMethodField()
    is_active = serializers.BooleanField()
    created_at = InstantField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(), allow_null=True))
    def get_venues(self, user: User) -> list[int] | None:
        """Their ids."""
        if user.role in SEES_EVERY_VENUE:
            return None
        assigned: Any = user
        return sorted(assignment.venue_id for assignment in assigned.venue_assignments.all())


class StaffView(ApiView):
    """`/admin/staff/`."""

    @extend_schema(
        operation_id="admin_staff_list",
        parameters=[OpenApiParameter("role", str, enum=[role for role, _label in ROLES]), *PAGES],
        responses=ColleagueOut(many=True),
        tags=["staff"],
    )
    def get(self, request: Request) -> Response:
        """Who works here, by name; the owner and managers."""
        team = team_seen_by(caller(request))
        role = serializers.ChoiceField(choices=ROLES)
        if "role" in request.query_params:
            try:
                team = team.filter(role=role.run_validation(request.query_params["role"]))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"role": error.detail}) from None
        return page_of(self, request, team.prefetch_related("venue_assignments"), ColleagueOut)
