"""v1: calendars to subscribe to, `/calendar-feeds/`."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings.calendars import feeds
from bookings.calendars.feeds import Address, Wish
from bookings.models import Feed
from rest.fields import BIGINT_MAX, InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from tenants.addresses import address
from tenants.models import Tenant


class FeedIn(serializers.Serializer[Any]):
    """What to share. A venue or resource names its id in `place`; `shows_names` is for the business's own staff."""

    scope = serializers.ChoiceField(choices=Feed.Scope.choices)
    place = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True, default=None)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    shows_names = serializers.BooleanField(required=False, default=False)

    def wish(self) -> Wish:
        """What was sent."""
        sent = self.validated_data
        return Wish(sent["scope"], sent["place"], sent["name"], sent["shows_names"])


class FeedOut(serializers.Serializer[Feed]):
    """A feed without its address."""

    id = serializers.IntegerField()
    scope = serializers.ChoiceField(choices=Feed.Scope.choices)
    place = serializers.SerializerMethodField()
    name = serializers.CharField()
    shows_names = serializers.BooleanField()
    created_at = InstantField()
    read_at = InstantField(allow_null=True)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_place(self, feed: Feed) -> int | None:
        """The id of the venue or resource."""
        return feed.venue_id or feed.resource_id


class FeedWithAddress(FeedOut):
    """A feed with its secret address: `webcal_url` opens a program for calendars."""

    url = serializers.SerializerMethodField()
    webcal_url = serializers.SerializerMethodField()

    def get_url(self, _feed: Feed) -> str:
        """For programs."""
        return self._address().url

    def get_webcal_url(self, _feed: Feed) -> str:
        """The same, as a link."""
        return self._address().webcal

    def _address(self) -> Address:
        found: Address = self.context["address"]
        return found


class FeedsView(ApiView):
    """`/calendar-feeds/`."""

    @extend_schema(operation_id="calendar_feeds_list", parameters=PAGES, responses=FeedOut(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own feeds, and those that the caller manages."""
        return page_of(self, request, feeds.feeds_of(_user(request)).order_by("pk"), FeedOut)

    @extend_schema(
        operation_id="calendar_feeds_create",
        request=FeedIn,
        responses={201: FeedWithAddress},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Share a calendar. Everything: the owner; a venue or resource: owner and its managers; own bookings: anybody.

        400 `one_place`, `too_many_feeds`; 403 `permission_denied`.
        """
        body = FeedIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = feeds.make(_user(request), body.wish())
        return Response(_shown(request, made), 201, headers={"Location": f"{request.path}{made.pk}/"})


class FeedView(ApiView):
    """`/calendar-feeds/{id}/`."""

    @extend_schema(operation_id="calendar_feeds_retrieve", responses=FeedWithAddress)
    def get(self, request: Request, feed_id: int) -> Response:
        """One feed with its address, shown again."""
        return Response(_shown(request, feeds.feed_of(_user(request), feed_id)))

    @extend_schema(operation_id="calendar_feeds_delete", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, feed_id: int) -> Response:
        """Revoke it: the address leads nowhere from now on."""
        feeds.revoke(_user(request), feed_id)
        return Response(status=204)


def _user(request: Request) -> User:
    user = caller(request)
    assert isinstance(user, User)
    return user


def _shown(request: Request, feed: Feed) -> Any:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    where = feeds.address_of(feed, address(tenant, ""))
    return FeedWithAddress(feed, context={"address": where}).data
