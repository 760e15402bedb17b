"""v1's shapes of webhooks, in and out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.hooks import kinds
from bookings.hooks.bodies import body_of
from bookings.hooks.endpoints import Wish
from bookings.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from bookings.models.hooks import LONGEST_URL
from rest.fields import BIGINT_MAX, InstantField

TYPES = list(kinds.EVERY)
MOST_VENUES = 1000


class EndpointIn(serializers.Serializer[Any]):
    """What an endpoint is to be. No `types`: the standard ones; no `venues`: all that the caller looks after."""

    url = serializers.CharField(max_length=LONGEST_URL)
    description = serializers.CharField(max_length=120, allow_blank=True, required=False)
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), required=False, max_length=len(TYPES), allow_empty=True
    )
    venues = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX),
        required=False,
        max_length=MOST_VENUES,
        allow_empty=True,
    )

    def wish(self, before: Wish | None = None) -> Wish:
        """What was sent; what was not, as it is."""
        sent = self.validated_data
        old = before or Wish(url="")
        return Wish(
            url=sent.get("url", old.url),
            description=sent.get("description", old.description),
            types=sent.get("types", old.types),
            venues=sent.get("venues", old.venues),
        )


class EndpointOut(serializers.Serializer[WebhookEndpoint]):
    """An endpoint. `types` and `venues` are empty for the standard ones and for all. `why`: `gone` or `failing`.

    Two signatures come until `old_secret_until`. `waiting` and `failed` count deliveries of the last 30 days.
    """

    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField())
    venues = serializers.ListField(child=serializers.IntegerField())
    state = serializers.ChoiceField(choices=WebhookEndpoint.State.choices)
    why = serializers.CharField()
    failing_since = InstantField(allow_null=True)
    old_secret_until = InstantField(source="old_until", allow_null=True)
    waiting = serializers.IntegerField()
    failed = serializers.IntegerField()
    created_at = InstantField()


class EndpointWithSecret(EndpointOut):
    """An endpoint with its secret, which nobody can read again."""

    secret = serializers.SerializerMethodField()

    def get_secret(self, _endpoint: WebhookEndpoint) -> str:
        """`whsec_` and base64."""
        return str(self.context["secret"])


class TryOut(serializers.Serializer[WebhookAttempt]):
    """One try. `status` is null where no answer came; `error` says why, `answer` is its beginning."""

    at = InstantField()
    status = serializers.SerializerMethodField()
    error = serializers.CharField()
    milliseconds = serializers.IntegerField()
    answer = serializers.CharField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_status(self, one: WebhookAttempt) -> int | None:
        """HTTP's."""
        return one.status or None


class DeliveryOut(serializers.Serializer[WebhookDelivery]):
    """A message for an endpoint. `webhook_id` is the header; `next_try_at` is null for what is over."""

    id = serializers.IntegerField()
    endpoint = serializers.IntegerField(source="endpoint_id")
    webhook_id = serializers.CharField(source="message.message_id")
    type = serializers.CharField(source="message.type")
    booking = serializers.UUIDField(source="message.booking_id", allow_null=True)
    sequence = serializers.IntegerField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices)
    attempts = serializers.IntegerField()
    next_try_at = serializers.SerializerMethodField()
    created_at = InstantField()
    ended_at = InstantField(allow_null=True)
    tries = TryOut(many=True)

    @extend_schema_field(InstantField(allow_null=True))
    def get_next_try_at(self, delivery: WebhookDelivery) -> str | None:
        """When it is tried again, at the earliest."""
        if delivery.state != WebhookDelivery.State.WAITING:
            return None
        return InstantField().to_representation(delivery.next_at)


class DeliveryDetail(DeliveryOut):
    """A delivery alone, with the JSON text that is sent."""

    body = serializers.SerializerMethodField()

    def get_body(self, delivery: WebhookDelivery) -> str:
        """What is signed."""
        return body_of(delivery)


class DeliveryQuery(serializers.Serializer[Any]):
    """Which deliveries."""

    endpoint = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, required=False)
    booking = serializers.UUIDField(required=False)
    since = InstantField(required=False)


class ReplayIn(serializers.Serializer[Any]):
    """From when on."""

    since = InstantField()


class ReplayOut(serializers.Serializer[Any]):
    """How many deliveries are tried again."""

    replayed = serializers.IntegerField()
