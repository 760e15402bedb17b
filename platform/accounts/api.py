"""v1: personal tokens, `/me/tokens/`; those of staff, for the owner, `/admin/tokens/`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.authentication import caller
from accounts.models import AccessToken
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.scopes import SCOPES
from rest.views import ApiView


class TokenIn(serializers.Serializer[Any]):
    """A token to make. No `scopes`: all that one may; no `expires_at`: until it is removed."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES)), default=list, max_length=len(SCOPES)
    )
    expires_at = InstantField(required=False, allow_null=True, default=None)


class TokenOut(serializers.Serializer[AccessToken]):
    """A token by its first characters. `last_used_at` is right to a minute or so."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = InstantField(allow_null=True)
    last_used_at = InstantField(allow_null=True)
    created_at = InstantField()


class TokenWithKey(TokenOut):
    """A new token, with the 40 characters that are shown this once."""

    token = serializers.SerializerMethodField()

    def get_token(self, _token: AccessToken) -> str:
        """What goes into `Authorization: Token ...`."""
        return str(self.context["key"])


class StaffTokenOut(TokenOut):
    """A token of somebody who works here."""

    user = serializers.IntegerField(source="user_id")
    email = serializers.CharField(source="user.email")


class TokensView(ApiView):
    """`/me/tokens/`."""

    @extend_schema(operation_id="me_tokens_list", parameters=PAGES, responses=TokenOut(many=True))
    def get(self, request: Request) -> Response:
        """One's own tokens, the newest first."""
        return page_of(self, request, tokens.of(caller(request)), TokenOut)

    @extend_schema(
        operation_id="me_tokens_create", request=TokenIn, responses={201: TokenWithKey}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request) -> Response:
        """A new token. `token` is shown this once. 400 `already_over`, `too_many_tokens`; 403 `more_than_held`."""
        body = TokenIn(data=request.data)
        body.is_valid(raise_exception=True)
        made, key = tokens.make(caller(request), tokens.Wish(**body.validated_data), by=request.auth)
        shown = TokenWithKey(made, context={"key": key}).data
        return Response(shown, 201, headers={"Location": f"{request.path}{made.pk}/"})


class TokenView(ApiView):
    """`/me/tokens/{id}/`."""

    @extend_schema(operation_id="me_tokens_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, token_id: int) -> Response:
        """It opens nothing from now on."""
        tokens.remove(tokens.of(caller(request)), token_id)
        return Response(status=204)


class StaffTokensView(ApiView):
    """`/admin/tokens/`."""

    @extend_schema(operation_id="admin_tokens_list", parameters=PAGES, responses=StaffTokenOut(many=True))
    def get(self, request: Request) -> Response:
        """Tokens of everybody who works here, for the owner."""
        return page_of(self, request, tokens.of_staff(caller(request)), StaffTokenOut)


class StaffTokenView(ApiView):
    """`/admin/tokens/{id}/`."""

    @extend_schema(operation_id="admin_tokens_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, token_id: int) -> Response:
        """It opens nothing from now on; the owner's call."""
        tokens.remove(tokens.of_staff(caller(request)), token_id)
        return Response(status=204)
