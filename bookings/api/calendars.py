"""v1: calendars elsewhere, `/calendar-connections/`. Google and Microsoft are connected on the desk's page alone."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.calendars import connecting, finding, health
from bookings.calendars.access import connection_managed_by, connections_managed_by, place_managed_by
from bookings.calendars.connecting import Copies, Wish
from bookings.models.calendars import LONGEST_URL, Connection
from kernel.errors import Invalid
from rest.fields import BIGINT_MAX, InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView, OutsideView
from venues.access import check_manager

LONGEST_NAME, LONGEST_PASSWORD = 120, 500
DIRECT = [
    (Connection.Provider.CALDAV.value, Connection.Provider.CALDAV.label),
    (Connection.Provider.ICS.value, Connection.Provider.ICS.label),
]
"""Providers that need no browser to be connected."""
SWITCHES = [(state.value, state.label) for state in (Connection.State.OK, Connection.State.PAUSED)]
COPIES = OpenApiParameter(
    "copies", str, enum=[copies.value for copies in Copies], description="What becomes of our events there; `keep`."
)


class LoginIn(serializers.Serializer[Any]):
    """Whose calendars to look for, at the server's address or a calendar's own."""

    url = serializers.CharField(max_length=LONGEST_URL)
    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False)


class CalendarChoiceOut(serializers.Serializer[Any]):
    """A calendar that can be connected."""

    id = serializers.CharField(source="remote_id")
    name = serializers.CharField()
    is_writable = serializers.BooleanField()


class DiscoveryOut(serializers.Serializer[Any]):
    """The calendars of an account."""

    account = serializers.CharField()
    calendars = CalendarChoiceOut(source="choices", many=True)


class ConnectionIn(serializers.Serializer[Any]):
    """A calendar by CalDAV (`username`, `password`, and `calendar` as discovery names it) or an address (ICS).

    For one venue or one resource. `pushes`: bookings are written to it; `pulls`: its busy times are read.
    """

    provider = serializers.ChoiceField(choices=DIRECT)
    url = serializers.CharField(max_length=LONGEST_URL)
    username = serializers.CharField(max_length=254, required=False, default="", allow_blank=True)
    password = serializers.CharField(
        max_length=LONGEST_PASSWORD, required=False, default="", allow_blank=True, trim_whitespace=False
    )
    calendar = serializers.CharField(max_length=1024, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=LONGEST_NAME, required=False, default="", allow_blank=True)
    venue = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True, default=None)
    resource = serializers.IntegerField(
        min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True, default=None
    )
    pushes = serializers.BooleanField(default=False)
    pulls = serializers.BooleanField(default=False)


class ConnectionChange(serializers.Serializer[Any]):
    """Another name or direction; `state` pauses it (`paused`) and goes on (`ok`)."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    pushes = serializers.BooleanField(required=False)
    pulls = serializers.BooleanField(required=False)
    state = serializers.ChoiceField(choices=SWITCHES, required=False)


class ConnectionOut(serializers.Serializer[Connection]):
    """A connection. `error` is a code, `detail` the same in words; `waiting` counts bookings not written there yet.

    `checked_at`: when it was asked last; `synced_at`: when that went well last.
    """

    id = serializers.IntegerField()
    provider = serializers.ChoiceField(choices=Connection.Provider.choices)
    name = serializers.CharField()
    account = serializers.CharField()
    venue = serializers.IntegerField(source="venue_id", allow_null=True)
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    pushes = serializers.BooleanField()
    pulls = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Connection.State.choices)
    error = serializers.CharField(source="last_error")
    detail = serializers.SerializerMethodField()
    copies = serializers.IntegerField(source="copies_count")
    waiting = serializers.IntegerField(source="waiting_count")
    checked_at = InstantField(allow_null=True)
    synced_at = InstantField(allow_null=True)
    created_at = InstantField()

    def get_detail(self, connection: Connection) -> str:
        """In the caller's language."""
        return health.words_of(connection.last_error)


class ConnectionsView(OutsideView):
    """`/calendar-connections/`."""

    @extend_schema(operation_id="calendar_connections_list", parameters=PAGES, responses=ConnectionOut(many=True))
    def get(self, request: Request) -> Response:
        """Calendars elsewhere that are connected; owner, and managers for their venues'."""
        rows = connecting.with_figures(connections_managed_by(caller(request))).order_by("pk")
        return page_of(self, request, rows, ConnectionOut)

    @extend_schema(
        operation_id="calendar_connections_create",
        request=ConnectionIn,
        responses={201: ConnectionOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Connect a calendar. 400 `calendar_...` says what its server did; 409 `calendar_taken`."""
        body = ConnectionIn(data=request.data)
        body.is_valid(raise_exception=True)
        sent, user = body.validated_data, caller(request)
        venue, resource = place_managed_by(user, sent["venue"], sent["resource"])
        wish = Wish(venue, resource, sent["pushes"], sent["pulls"], sent["name"])
        assert user.pk is not None
        made = _connected(sent, wish, user.pk)
        return Response(_shown(request, made.pk), 201, headers={"Location": f"{request.path}{made.pk}/"})


class DiscoveryView(OutsideView):
    """`/calendar-connections/discovery/`."""

    @extend_schema(
        operation_id="calendar_connections_discover",
        request=LoginIn,
        responses=DiscoveryOut,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """The calendars that somebody has at a CalDAV server; nothing is kept."""
        check_manager(caller(request))
        body = LoginIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(DiscoveryOut(finding.discover(**body.validated_data)).data)


class ConnectionView(ApiView):
    """`/calendar-connections/{id}/`."""

    @extend_schema(operation_id="calendar_connections_retrieve", responses=ConnectionOut)
    def get(self, request: Request, connection_id: int) -> Response:
        """One connection."""
        return Response(_shown(request, connection_id))

    @extend_schema(
        operation_id="calendar_connections_update",
        request=ConnectionChange,
        responses=ConnectionOut,
        parameters=[IDEMPOTENCY],
    )
    def patch(self, request: Request, connection_id: int) -> Response:
        """Change it, pause it, go on. 409 `calendar_dead`: connect it again on the desk's page."""
        connection = connection_managed_by(caller(request), connection_id)
        body = ConnectionChange(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        wish = Wish(
            connection.venue,
            connection.resource,
            sent.get("pushes", connection.pushes),
            sent.get("pulls", connection.pulls),
            sent.get("name", ""),
        )
        connecting.change(connection.pk, wish)
        if "state" in sent:
            act = connecting.pause if sent["state"] == Connection.State.PAUSED else connecting.resume
            act(connection.pk)
        return Response(_shown(request, connection_id))

    @extend_schema(operation_id="calendar_connections_destroy", responses={204: None}, parameters=[COPIES, IDEMPOTENCY])
    def delete(self, request: Request, connection_id: int) -> Response:
        """Give it up. With `copies=delete`, our events go from there first, and the connection with the last one."""
        connection = connection_managed_by(caller(request), connection_id)
        copies = request.query_params.get("copies", Copies.KEEP.value)
        if copies not in list(Copies):
            raise Invalid("invalid", "copies: keep or delete.")
        connecting.disconnect(connection.pk, Copies(copies))
        return Response(status=204)


class TestView(OutsideView):
    """`/calendar-connections/{id}/test/`."""

    @extend_schema(
        operation_id="calendar_connections_test", request=None, responses=ConnectionOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, connection_id: int) -> Response:
        """Ask the calendar now. 400 `calendar_...` says what is wrong; an address is read again soon."""
        connecting.test(connection_managed_by(caller(request), connection_id))
        return Response(_shown(request, connection_id))


def _connected(sent: dict[str, Any], wish: Wish, user_id: int) -> Connection:
    if sent["provider"] == Connection.Provider.ICS:
        return connecting.subscribe(sent["url"], wish, user_id)
    found = finding.discover(sent["url"], sent["username"], sent["password"])
    only = found.choices[0].remote_id if len(found.choices) == 1 else ""
    return connecting.connect(found, sent["calendar"] or only, wish, user_id)


def _shown(request: Request, connection_id: int) -> dict[str, Any]:
    connection = connection_managed_by(caller(request), connection_id)
    return ConnectionOut(connecting.with_figures(Connection.objects.filter(pk=connection.pk)).get()).data
