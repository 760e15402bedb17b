"""v1: clients, for the owner, `/oauth-clients/`; and apps that one allowed, `/me/apps/`."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from oauth import clients, people
from oauth.models import Application
from oauth.shapes import AllowedByOut, AppOut, ClientIn, ClientOut, ClientWithSecret
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView


class ClientsView(ApiView):
    """`/oauth-clients/`."""

    @extend_schema(operation_id="oauth_clients_list", parameters=PAGES, responses=ClientOut(many=True))
    def get(self, request: Request) -> Response:
        """The tenant's clients; the owner's call, as all of these."""
        return page_of(self, request, clients.seen_by(caller(request)), ClientOut)

    @extend_schema(
        operation_id="oauth_clients_create",
        request=ClientIn,
        responses={201: ClientWithSecret},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Register one. `client_secret` is shown this once. 400 `bad_redirect_uri`, `bad_grants`, `bad_acts_as`."""
        body = ClientIn(data=request.data)
        body.is_valid(raise_exception=True)
        made, secret = clients.register(caller(request), body.wish())
        shown = ClientWithSecret(made, context={"secret": secret}).data
        return Response(shown, 201, headers={"Location": f"{request.path}{made.pk}/"})


class ClientView(ApiView):
    """`/oauth-clients/{id}/`."""

    @extend_schema(operation_id="oauth_clients_retrieve", responses=ClientOut)
    def get(self, request: Request, client_pk: int) -> Response:
        """One client, without its secret."""
        return _shown(clients.one(caller(request), client_pk))

    @extend_schema(operation_id="oauth_clients_update", request=ClientIn, responses=ClientOut, parameters=[IDEMPOTENCY])
    def patch(self, request: Request, client_pk: int) -> Response:
        """Change some of it. Its kind and its secret stay; scopes that are taken away are gone from its tokens."""
        body = ClientIn(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        before = clients.wish_of(clients.one(caller(request), client_pk))
        return _shown(clients.change(caller(request), client_pk, body.wish(before)))

    @extend_schema(operation_id="oauth_clients_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, client_pk: int) -> Response:
        """Remove it with all its tokens."""
        clients.remove(caller(request), client_pk)
        return Response(status=204)


class RotateView(ApiView):
    """`/oauth-clients/{id}/rotate-secret/`."""

    @extend_schema(
        operation_id="oauth_clients_rotate_secret",
        request=None,
        responses=ClientWithSecret,
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, client_pk: int) -> Response:
        """A new `client_secret`, shown this once; the one before is worth nothing. 400 `no_secret` for an app."""
        client, secret = clients.rotate(caller(request), client_pk)
        return Response(ClientWithSecret(client, context={"secret": secret}).data)


class DisableView(ApiView):
    """`/oauth-clients/{id}/disable/`."""

    @extend_schema(operation_id="oauth_clients_disable", request=None, responses=ClientOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, client_pk: int) -> Response:
        """It and its tokens open nothing until it is enabled."""
        return _shown(clients.disable(caller(request), client_pk))


class EnableView(ApiView):
    """`/oauth-clients/{id}/enable/`."""

    @extend_schema(operation_id="oauth_clients_enable", request=None, responses=ClientOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, client_pk: int) -> Response:
        """It goes on, with those of its tokens that are not over."""
        return _shown(clients.enable(caller(request), client_pk))


class PeopleView(ApiView):
    """`/oauth-clients/{id}/people/`."""

    @extend_schema(operation_id="oauth_clients_people", responses=AllowedByOut(many=True))
    def get(self, request: Request, client_pk: int) -> Response:
        """Who allowed it to act for them."""
        found = people.of_client(clients.one(caller(request), client_pk))
        return Response(AllowedByOut(found, many=True).data)


class PersonView(ApiView):
    """`/oauth-clients/{id}/people/{user}/`."""

    @extend_schema(operation_id="oauth_clients_people_revoke", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, client_pk: int, user_id: int) -> Response:
        """Take back what somebody allowed it; the same where they allowed nothing."""
        people.revoke(clients.one(caller(request), client_pk).pk, user_id)
        return Response(status=204)


class AppsView(ApiView):
    """`/me/apps/`."""

    @extend_schema(operation_id="me_apps_list", responses=AppOut(many=True))
    def get(self, request: Request) -> Response:
        """Apps that one allowed to act for oneself."""
        return Response(AppOut(people.by_user(caller(request)), many=True).data)


class AppView(ApiView):
    """`/me/apps/{id}/`."""

    @extend_schema(operation_id="me_apps_revoke", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, client_pk: int) -> Response:
        """Take it back: its tokens are over. The same where one allowed it nothing."""
        people.revoke(client_pk, caller(request).pk)
        return Response(status=204)


def _shown(client: Application) -> Response:
    return Response(ClientOut(client).data)
