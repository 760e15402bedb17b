"""Who belongs to a group: `/admin/groups/{id}/members/`."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.api.catalogue import one
from bookings.api.manage.shapes import Shape
from bookings.members import groups_seen_by, members_seen_by, people_seen_by
from kernel.errors import NotFound
from rest.fields import BIGINT_MAX, DayField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from venues.access import check_manager
from venues.models import CustomerGroup, Membership


class MemberIn(serializers.Serializer[Any]):
    """A person, by id or by e-mail address."""

    user = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    email = serializers.EmailField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two, of somebody who has an account."""
        if len(attrs) != 1:
            raise serializers.ValidationError({"user": [_("Give either the id or the e-mail address.")]})
        [(name, value)] = attrs.items()
        asked = {"pk": value} if name == "user" else {"email": value.strip().lower()}
        person = self.context["people"].filter(**asked, is_active=True).first()
        if person is None:
            raise serializers.ValidationError({name: [_("Nobody here has an account like that.")]}, "does_not_exist")
        return {"person": person}


class MemberShape(Shape[Membership]):
    """A membership, good on local days from the first to the last, both inclusive."""

    user = serializers.IntegerField(source="user_id", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True)
    valid_from = DayField(allow_null=True, required=False)
    valid_until = DayField(allow_null=True, required=False)

    class Meta:
        model = Membership
        fields = ["user", "name", "email", "valid_from", "valid_until"]


class MemberRequest(MemberIn):
    """What a new member needs."""

    valid_from = DayField(allow_null=True, required=False)
    valid_until = DayField(allow_null=True, required=False)


class MembersView(ApiView):
    """`/admin/groups/{id}/members/`."""

    @extend_schema(
        operation_id="admin_members_list", parameters=PAGES, responses=MemberShape(many=True), tags=["groups"]
    )
    def get(self, request: Request, group_id: int) -> Response:
        """Everybody in the group; of a manager, those among the manager's customers. Staff only."""
        group = one(groups_seen_by(caller(request)), group_id)
        members = members_seen_by(caller(request)).filter(group=group).select_related("user")
        return page_of(self, request, members.order_by("user__name", "user_id"), MemberShape)

    @extend_schema(
        operation_id="admin_members_create",
        request=MemberRequest,
        responses={201: MemberShape},
        parameters=[IDEMPOTENCY],
        tags=["groups"],
    )
    def post(self, request: Request, group_id: int) -> Response:
        """Somebody joins; owner and managers."""
        check_manager(caller(request))
        group = one(CustomerGroup.objects.all(), group_id)
        who = MemberIn(data=request.data, context={"people": people_seen_by(caller(request))})
        who.is_valid(raise_exception=True)
        body = MemberShape(data=request.data)
        body.row.group, body.row.user = group, who.validated_data["person"]
        body.is_valid(raise_exception=True)
        member = body.save()
        return Response(MemberShape(member).data, 201, headers={"Location": f"{request.path}{member.user_id}/"})


class MemberView(ApiView):
    """`/admin/groups/{id}/members/{user_id}/`."""

    @extend_schema(
        operation_id="admin_members_update",
        request=MemberShape,
        responses=MemberShape,
        parameters=[IDEMPOTENCY],
        tags=["groups"],
    )
    def patch(self, request: Request, group_id: int, user_id: int) -> Response:
        """Change the days; owner and managers."""
        body = MemberShape(_member(request, group_id, user_id), data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(MemberShape(body.save()).data)

    @extend_schema(
        operation_id="admin_members_destroy", responses={204: None}, parameters=[IDEMPOTENCY], tags=["groups"]
    )
    def delete(self, request: Request, group_id: int, user_id: int) -> Response:
        """Somebody leaves; what they have booked stays as agreed."""
        _member(request, group_id, user_id).delete()
        return Response(status=204)


def _member(request: Request, group_id: int, user_id: int) -> Membership:
    check_manager(caller(request))
    if max(group_id, user_id) > BIGINT_MAX:
        raise NotFound("not_found", _("There is no such member."))
    members = members_seen_by(caller(request)).select_related("user").select_for_update(no_key=True, of=("self",))
    member = members.filter(group=group_id, user=user_id).first()
    if member is None:
        raise NotFound("not_found", _("There is no such member."))
    return member
