"""`/webhook-endpoints` and `/webhook-deliveries`: an app is told of what it has made, and of nothing else."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.api import hooks_shapes
from bookings.api.hooks_shapes import ReplayIn, ReplayOut
from bookings.api.partner.base import PAGES, ROOT, PartnerView, agent_of
from bookings.api.partner.spelling import Camel, page_of
from bookings.hooks import endpoints
from bookings.models import WebhookDelivery, WebhookEndpoint
from rest.fields import BIGINT_MAX, InstantField
from rest.parameters import IDEMPOTENCY


class EndpointIn(Camel[Any], hooks_shapes.EndpointIn):
    """Where to tell what. No `types`: the standard ones."""

    venues = None  # type: ignore[assignment]


class EndpointOut(Camel[WebhookEndpoint], hooks_shapes.EndpointOut):
    """An endpoint. `why`: `gone` or `failing`. Two signatures come until `oldSecretUntil`."""

    venues = None  # type: ignore[assignment]


class EndpointWithSecret(EndpointOut, hooks_shapes.EndpointWithSecret):
    """An endpoint with its secret, which nobody can read again."""

    venues = None  # type: ignore[assignment]


class DeliveryOut(Camel[WebhookDelivery], hooks_shapes.DeliveryOut):
    """A message for an endpoint. `webhookId` is the header; `nextTryAt` is null for what is over."""

    endpoint = None  # type: ignore[assignment]
    booking = None  # type: ignore[assignment]
    endpoint_id = serializers.IntegerField()
    booking_id = serializers.UUIDField(source="message.booking_id", allow_null=True)


class DeliveryDetail(DeliveryOut, hooks_shapes.DeliveryDetail):
    """A delivery alone, with the JSON text that is sent."""

    endpoint = None  # type: ignore[assignment]
    booking = None  # type: ignore[assignment]


class DeliveryQuery(Camel[Any]):
    """Which deliveries."""

    endpoint_id = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, required=False)
    booking_id = serializers.UUIDField(required=False)
    since = InstantField(required=False)


COLUMNS = {"endpoint_id": "endpoint", "state": "state", "booking_id": "message__booking", "since": "created_at__gte"}


class EndpointsView(PartnerView):
    """`/webhook-endpoints`."""

    @extend_schema(operation_id="webhook_endpoints_list", parameters=PAGES, responses=EndpointOut(many=True))
    def get(self, request: Request) -> Response:
        """This app's endpoints; with a token of somebody's, those that it made for them."""
        rows = endpoints.with_figures(endpoints.seen_by(agent_of(request))).order_by("pk")
        return page_of(self, request, rows, lambda page: [EndpointOut(one).data for one in page])

    @extend_schema(
        operation_id="webhook_endpoints_create",
        request=EndpointIn,
        responses={201: EndpointWithSecret},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Have an address told of this app's bookings. `secret` is shown this once.

        400 `bad_url`, `address_refused`, `too_many_endpoints`.
        """
        body = EndpointIn(data=request.data)
        body.is_valid(raise_exception=True)
        made, secret = endpoints.make(agent_of(request), body.wish())
        headers = {"Location": f"{ROOT}webhook-endpoints/{made.pk}"}
        return Response(_with_secret(request, made, secret), 201, headers=headers)


class EndpointView(PartnerView):
    """`/webhook-endpoints/{id}`."""

    @extend_schema(operation_id="webhook_endpoints_retrieve", responses=EndpointOut)
    def get(self, request: Request, hook_id: int) -> Response:
        """One endpoint, without its secret."""
        return _shown(request, hook_id)

    @extend_schema(
        operation_id="webhook_endpoints_update", request=EndpointIn, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def patch(self, request: Request, hook_id: int) -> Response:
        """Change some of it; its secret stays."""
        body = EndpointIn(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        agent = agent_of(request)
        before = endpoints.wish_of(endpoints.one(agent, hook_id))
        endpoints.change(agent, hook_id, body.wish(before))
        return _shown(request, hook_id)

    @extend_schema(operation_id="webhook_endpoints_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, hook_id: int) -> Response:
        """Remove it with its log; nothing is sent there any more."""
        endpoints.remove(agent_of(request), hook_id)
        return Response(status=204)


class RotateView(PartnerView):
    """`/webhook-endpoints/{id}/rotate-secret`."""

    @extend_schema(
        operation_id="webhook_endpoints_rotate_secret",
        request=None,
        responses=EndpointWithSecret,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, hook_id: int) -> Response:
        """A new `secret`, shown this once. For 24 hours messages are signed with the one before, too."""
        return Response(_with_secret(request, *endpoints.rotate(agent_of(request), hook_id)))


class TestView(PartnerView):
    """`/webhook-endpoints/{id}/test`."""

    @extend_schema(
        operation_id="webhook_endpoints_test", request=None, responses={201: DeliveryOut}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, hook_id: int) -> Response:
        """Have an `endpoint.test` sent. 400 `endpoint_disabled` unless it is active."""
        sent = endpoints.test(agent_of(request), hook_id)
        where = f"{ROOT}webhook-deliveries/{sent.pk}"
        return Response(DeliveryOut(sent).data, 201, headers={"Location": where})


class EnableView(PartnerView):
    """`/webhook-endpoints/{id}/enable`."""

    @extend_schema(
        operation_id="webhook_endpoints_enable", request=None, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, hook_id: int) -> Response:
        """Send again, after a pause or once it was disabled."""
        endpoints.enable(agent_of(request), hook_id)
        return _shown(request, hook_id)


class PauseView(PartnerView):
    """`/webhook-endpoints/{id}/pause`."""

    @extend_schema(
        operation_id="webhook_endpoints_pause", request=None, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, hook_id: int) -> Response:
        """Send nothing for now; what happens waits until it is enabled."""
        endpoints.pause(agent_of(request), hook_id)
        return _shown(request, hook_id)


class ReplayFailedView(PartnerView):
    """`/webhook-endpoints/{id}/replay`."""

    @extend_schema(
        operation_id="webhook_endpoints_replay", request=ReplayIn, responses=ReplayOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, hook_id: int) -> Response:
        """Send again what was given up or cancelled since an instant. 400 `endpoint_disabled`."""
        body = ReplayIn(data=request.data)
        body.is_valid(raise_exception=True)
        count = endpoints.replay_failed(agent_of(request), hook_id, body.validated_data["since"])
        return Response(ReplayOut({"replayed": count}).data)


class DeliveriesView(PartnerView):
    """`/webhook-deliveries`."""

    @extend_schema(
        operation_id="webhook_deliveries_list", parameters=[DeliveryQuery, *PAGES], responses=DeliveryOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """What was told in the last 30 days, the latest first, with every try."""
        query = DeliveryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = endpoints.deliveries(agent_of(request))
        rows = rows.filter(**{COLUMNS[name]: value for name, value in query.validated_data.items()})
        return page_of(self, request, rows, lambda page: [DeliveryOut(one).data for one in page])


class DeliveryView(PartnerView):
    """`/webhook-deliveries/{id}`."""

    @extend_schema(operation_id="webhook_deliveries_retrieve", responses=DeliveryDetail)
    def get(self, request: Request, told_id: int) -> Response:
        """One delivery, with what is sent."""
        return Response(DeliveryDetail(endpoints.delivery_of(agent_of(request), told_id)).data)


class ReplayView(PartnerView):
    """`/webhook-deliveries/{id}/replay`."""

    @extend_schema(
        operation_id="webhook_deliveries_replay", request=None, responses=DeliveryDetail, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, told_id: int) -> Response:
        """Send it again: same `webhook-id`, same body. 400 `endpoint_disabled`."""
        agent = agent_of(request)
        endpoints.replay(agent, told_id)
        return Response(DeliveryDetail(endpoints.delivery_of(agent, told_id)).data)


def _shown(request: Request, hook_id: int) -> Response:
    return Response(EndpointOut(endpoints.one(agent_of(request), hook_id)).data)


def _with_secret(request: Request, endpoint: WebhookEndpoint, secret: str) -> Any:
    found = endpoints.one(agent_of(request), endpoint.pk)
    return EndpointWithSecret(found, context={"secret": secret}).data
