"""v1: webhooks out, `/webhook-endpoints/` and `/webhook-deliveries/`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.api.hooks_shapes import (
    DeliveryDetail,
    DeliveryOut,
    DeliveryQuery,
    EndpointIn,
    EndpointOut,
    EndpointWithSecret,
    ReplayIn,
    ReplayOut,
)
from bookings.hooks import endpoints
from bookings.models import WebhookEndpoint
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView


class EndpointsView(ApiView):
    """`/webhook-endpoints/`."""

    @extend_schema(operation_id="webhook_endpoints_list", parameters=PAGES, responses=EndpointOut(many=True))
    def get(self, request: Request) -> Response:
        """The tenant's endpoints; owner, and managers for their venues'."""
        rows = endpoints.with_figures(endpoints.seen_by(caller(request))).order_by("pk")
        return page_of(self, request, rows, EndpointOut)

    @extend_schema(
        operation_id="webhook_endpoints_create",
        request=EndpointIn,
        responses={201: EndpointWithSecret},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Have an address told. `secret` is shown this once. 400 `bad_url`, `address_refused`, `too_many_endpoints`."""
        body = EndpointIn(data=request.data)
        body.is_valid(raise_exception=True)
        made, secret = endpoints.make(caller(request), body.wish())
        shown = EndpointWithSecret(_read(request, made), context={"secret": secret}).data
        return Response(shown, 201, headers={"Location": f"{request.path}{made.pk}/"})


class EndpointView(ApiView):
    """`/webhook-endpoints/{id}/`."""

    @extend_schema(operation_id="webhook_endpoints_retrieve", responses=EndpointOut)
    def get(self, request: Request, endpoint_id: int) -> Response:
        """One endpoint, without its secret."""
        return Response(EndpointOut(endpoints.one(caller(request), endpoint_id)).data)

    @extend_schema(
        operation_id="webhook_endpoints_update", request=EndpointIn, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def patch(self, request: Request, endpoint_id: int) -> Response:
        """Change some of it; its secret stays."""
        body = EndpointIn(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        before = endpoints.wish_of(endpoints.one(caller(request), endpoint_id))
        return _shown(request, endpoints.change(caller(request), endpoint_id, body.wish(before)))

    @extend_schema(operation_id="webhook_endpoints_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, endpoint_id: int) -> Response:
        """Remove it with its log; nothing is sent there any more."""
        endpoints.remove(caller(request), endpoint_id)
        return Response(status=204)


class RotateView(ApiView):
    """`/webhook-endpoints/{id}/rotate-secret/`."""

    @extend_schema(
        operation_id="webhook_endpoints_rotate_secret",
        request=None,
        responses=EndpointWithSecret,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """A new `secret`, shown this once. For 24 hours messages are signed with the one before, too."""
        changed, secret = endpoints.rotate(caller(request), endpoint_id)
        return Response(EndpointWithSecret(_read(request, changed), context={"secret": secret}).data)


class TestView(ApiView):
    """`/webhook-endpoints/{id}/test/`."""

    @extend_schema(
        operation_id="webhook_endpoints_test", request=None, responses={201: DeliveryOut}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Have an `endpoint.test` sent. 400 `endpoint_disabled` unless it is active."""
        sent = endpoints.test(caller(request), endpoint_id)
        root = request.path.partition("webhook-endpoints/")[0]  # v1's or core's
        where = f"{root}webhook-deliveries/{sent.pk}/"
        return Response(DeliveryOut(sent).data, 201, headers={"Location": where})


class EnableView(ApiView):
    """`/webhook-endpoints/{id}/enable/`."""

    @extend_schema(
        operation_id="webhook_endpoints_enable", request=None, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Send again, after a pause or once it was disabled."""
        return _shown(request, endpoints.enable(caller(request), endpoint_id))


class PauseView(ApiView):
    """`/webhook-endpoints/{id}/pause/`."""

    @extend_schema(
        operation_id="webhook_endpoints_pause", request=None, responses=EndpointOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Send nothing for now; what happens waits until it is enabled."""
        return _shown(request, endpoints.pause(caller(request), endpoint_id))


class ReplayFailedView(ApiView):
    """`/webhook-endpoints/{id}/replay/`."""

    @extend_schema(
        operation_id="webhook_endpoints_replay", request=ReplayIn, responses=ReplayOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Send again what was given up or cancelled since an instant. 400 `endpoint_disabled`."""
        body = ReplayIn(data=request.data)
        body.is_valid(raise_exception=True)
        count = endpoints.replay_failed(caller(request), endpoint_id, body.validated_data["since"])
        return Response(ReplayOut({"replayed": count}).data)


class DeliveriesView(ApiView):
    """`/webhook-deliveries/`."""

    @extend_schema(
        operation_id="webhook_deliveries_list",
        parameters=[DeliveryQuery, *PAGES],
        responses=DeliveryOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """What was told in the last 30 days, the latest first, with every try."""
        rows = endpoints.deliveries(caller(request))
        query = DeliveryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted: dict[str, Any] = query.validated_data
        names = {
            "endpoint": "endpoint",
            "state": "state",
            "booking": "message__booking",
            "since": "created_at__gte",
        }
        rows = rows.filter(**{names[name]: value for name, value in wanted.items()})
        return page_of(self, request, rows, DeliveryOut)


class DeliveryView(ApiView):
    """`/webhook-deliveries/{id}/`."""

    @extend_schema(operation_id="webhook_deliveries_retrieve", responses=DeliveryDetail)
    def get(self, request: Request, delivery_id: int) -> Response:
        """One delivery, with what is sent."""
        return Response(DeliveryDetail(endpoints.delivery_of(caller(request), delivery_id)).data)


class ReplayView(ApiView):
    """`/webhook-deliveries/{id}/replay/`."""

    @extend_schema(
        operation_id="webhook_deliveries_replay", request=None, responses=DeliveryDetail, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, delivery_id: int) -> Response:
        """Send it again: same `webhook-id`, same body. 400 `endpoint_disabled`."""
        endpoints.replay(caller(request), delivery_id)
        return Response(DeliveryDetail(endpoints.delivery_of(caller(request), delivery_id)).data)


def _read(request: Request, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return endpoints.one(caller(request), endpoint.pk)


def _shown(request: Request, endpoint: WebhookEndpoint) -> Response:
    return Response(EndpointOut(_read(request, endpoint)).data)
