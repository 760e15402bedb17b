"""v1 for a tenant's own words: `/message-templates/`, with a preview."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings.letters import own
from bookings.letters.liquid import LONGEST_SOURCE
from bookings.letters.own import Place, Preview, Template
from bookings.letters.wording import Words
from rest.fields import InstantField
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from venues.access import check_manager


class WordsIn(serializers.Serializer[Any]):
    """Words in Liquid; a short message has no subject."""

    subject = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    body = serializers.CharField(max_length=LONGEST_SOURCE)

    def words(self) -> Words:
        """What was sent."""
        return Words(self.validated_data["subject"], self.validated_data["body"])


class TemplateOut(serializers.Serializer[Any]):
    """The words that go out now, and what they may name."""

    kind = serializers.CharField(source="place.kind")
    channel = serializers.CharField(source="place.channel")
    language = serializers.CharField(source="place.language")
    subject = serializers.CharField(source="words.subject")
    body = serializers.CharField(source="words.body")
    is_own = serializers.BooleanField()
    is_essential = serializers.BooleanField(source="place.kind.is_essential")
    placeholders = serializers.DictField(source="place.kind.placeholders", child=serializers.CharField())
    updated_at = InstantField(allow_null=True)


class PreviewOut(serializers.Serializer[Any]):
    """What comes out for a made-up booking; `segments` is 0 for mail."""

    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()
    segments = serializers.IntegerField()


class TemplatesView(ApiView):
    """`/message-templates/`."""

    @extend_schema(operation_id="message_templates_list", responses=TemplateOut(many=True))
    def get(self, request: Request) -> Response:
        """The words of every kind, way and language; owner and managers only."""
        check_manager(caller(request))
        rows = own.everything()
        return Response(TemplateOut(rows, many=True).data, headers={"X-Total-Count": str(len(rows))})


class TemplateView(ApiView):
    """`/message-templates/{kind}/{channel}/{language}/`."""

    @extend_schema(operation_id="message_templates_retrieve", responses=TemplateOut)
    def get(self, request: Request, kind: str, channel: str, language: str) -> Response:
        """The words of one message."""
        return _shown(own.read(_place(request, kind, channel, language)))

    @extend_schema(
        operation_id="message_templates_update", request=WordsIn, responses=TemplateOut, parameters=[IDEMPOTENCY]
    )
    def put(self, request: Request, kind: str, channel: str, language: str) -> Response:
        """Use these words from now on. 400 `bad_template` says the field and the line."""
        place = _place(request, kind, channel, language)
        return _shown(own.write(place, _words(request), _user(request)))

    @extend_schema(operation_id="message_templates_delete", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, kind: str, channel: str, language: str) -> Response:
        """Go back to the house's words."""
        own.reset(_place(request, kind, channel, language))
        return Response(status=204)


class PreviewView(ApiView):
    """`/message-templates/{kind}/{channel}/{language}/preview/`."""

    @extend_schema(
        operation_id="message_templates_preview", request=WordsIn, responses=PreviewOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, kind: str, channel: str, language: str) -> Response:
        """What these words would come out as, for a made-up booking; nothing is saved."""
        shown: Preview = own.preview(_place(request, kind, channel, language), _words(request))
        return Response(PreviewOut(shown).data)


def _place(request: Request, kind: str, channel: str, language: str) -> Place:
    check_manager(caller(request))
    return own.place_of(kind, channel, language)


def _words(request: Request) -> Words:
    body = WordsIn(data=request.data)
    body.is_valid(raise_exception=True)
    return body.words()


def _user(request: Request) -> User:
    user = caller(request)
    assert isinstance(user, User)
    return user


def _shown(template: Template) -> Response:
    return Response(TemplateOut(template).data)
