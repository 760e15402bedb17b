"""v1 for messages: the delivery log `/notices/`, which kind goes when `/message-rules/`, and `/message-settings/`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.models import Channel, MessageSettings, Notice
from bookings.models.messages import YEAR_OF_MINUTES
from bookings.notices import log, rules, ruling
from bookings.notices.rules import Route
from rest.fields import WALL_TIMES, InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from venues.access import check_manager

TAGS = ["messages"]


class NoticeOut(serializers.Serializer[Any]):
    """A message to one person, and what became of it. `why` is a code where it did not go, or not yet."""

    id = serializers.IntegerField(source="pk")
    booking = serializers.UUIDField(source="booking_id", allow_null=True)
    reference_code = serializers.CharField(source="booking.reference_code", default=None, allow_null=True)
    kind = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    to = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField(choices=Notice.State.choices)
    why = serializers.CharField()
    due_at = InstantField()
    send_at = InstantField()
    sent_at = InstantField(allow_null=True)


class NoticeFilter(serializers.Serializer[Any]):
    """What the log can be narrowed by."""

    booking = serializers.UUIDField(required=False)
    kind = serializers.CharField(required=False, max_length=24)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False)
    state = serializers.ChoiceField(choices=Notice.State.choices, required=False)


class RuleIO(serializers.Serializer[Any]):
    """One way; `minutes` of real time before the start (reminders) or after the end (reviews), else 0."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    minutes = serializers.IntegerField(min_value=0, max_value=YEAR_OF_MINUTES, default=0)


class RulesIn(serializers.Serializer[Any]):
    """All rules of a kind; an empty list keeps it from going."""

    rules = serializers.ListField(child=RuleIO(), max_length=rules.MOST)

    def routes(self) -> list[Route]:
        """What was sent."""
        return [Route(rule["channel"], rule["minutes"]) for rule in self.validated_data["rules"]]


class RulesOut(serializers.Serializer[Any]):
    """The rules of a kind as they stand; `is_own` is false where they are the usual ones."""

    kind = serializers.CharField()
    is_own = serializers.BooleanField()
    channels = serializers.ListField(child=serializers.CharField())
    rules = RuleIO(many=True, source="routes")


class SettingsIO(serializers.ModelSerializer[MessageSettings]):
    """How the tenant writes. Hours are wall time in its zone; `summary_at` null: no daily summary."""

    class Meta:
        model = MessageSettings
        fields = ["sends_sms", "quiet_from", "quiet_until", "summary_at", "reply_to", "signature"]
        extra_kwargs = {name: {"input_formats": WALL_TIMES} for name in ("quiet_from", "quiet_until", "summary_at")}


class NoticesView(ApiView):
    """`/notices/`."""

    @extend_schema(
        operation_id="notices_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("booking", str),
            OpenApiParameter("kind", str),
            OpenApiParameter("channel", str, enum=Channel.values),
            OpenApiParameter("state", str, enum=Notice.State.values),
        ],
        responses=NoticeOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """The delivery log, the latest due first: staff, of the venues that they look after."""
        rows = log.seen_by(caller(request))
        wanted = NoticeFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        found = rows.filter(**wanted.validated_data)
        return page_of(self, request, found, NoticeOut)


class MessageRulesView(ApiView):
    """`/message-rules/`."""

    @extend_schema(operation_id="message_rules_list", tags=TAGS, responses=RulesOut(many=True))
    def get(self, request: Request) -> Response:
        """The rules of every kind; owner and managers."""
        check_manager(caller(request))
        rows = rules.everything()
        return Response(RulesOut(rows, many=True).data, headers={"X-Total-Count": str(len(rows))})


class MessageRuleView(ApiView):
    """`/message-rules/{kind}/`."""

    @extend_schema(operation_id="message_rules_retrieve", tags=TAGS, responses=RulesOut)
    def get(self, request: Request, kind: str) -> Response:
        """The rules of one kind."""
        check_manager(caller(request))
        return Response(RulesOut(rules.of(kind)).data)

    @extend_schema(
        operation_id="message_rules_update", tags=TAGS, request=RulesIn, responses=RulesOut, parameters=[IDEMPOTENCY]
    )
    def put(self, request: Request, kind: str) -> Response:
        """Put these rules in place of all of the kind; reminders that are planned follow them."""
        check_manager(caller(request))
        body = RulesIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(RulesOut(ruling.write(kind, body.routes())).data)

    @extend_schema(operation_id="message_rules_delete", tags=TAGS, responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, kind: str) -> Response:
        """Back to what is usual."""
        check_manager(caller(request))
        ruling.reset(kind)
        return Response(status=204)


class MessageSettingsView(ApiView):
    """`/message-settings/`."""

    @extend_schema(operation_id="message_settings_retrieve", tags=TAGS, responses=SettingsIO)
    def get(self, request: Request) -> Response:
        """How the tenant writes; owner and managers."""
        check_manager(caller(request))
        return Response(SettingsIO(rules.manners()).data)

    @extend_schema(
        operation_id="message_settings_update",
        tags=TAGS,
        request=SettingsIO(partial=True),
        responses=SettingsIO,
        parameters=[IDEMPOTENCY],
    )
    def patch(self, request: Request) -> Response:
        """Change the fields that are sent. 400 `sms_unavailable` where the platform sends no short messages."""
        check_manager(caller(request))
        body = SettingsIO(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(SettingsIO(ruling.settle(body.validated_data)).data)
