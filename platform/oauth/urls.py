"""OAuth 2 at a tenant's host, and the pages about it."""

from django.urls import path

from oauth import consent, desk, endpoints, own

urlpatterns = [
    path("oauth/authorize/", consent.authorize, name="oauth-authorize"),
    path("oauth/token/", endpoints.token, name="oauth-token"),
    path("oauth/revoke/", endpoints.revoke, name="oauth-revoke"),
    path("oauth/introspect/", endpoints.introspect, name="oauth-introspect"),
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="oauth-metadata"),
    path("me/apps/", own.apps, name="own-apps"),
    path("me/apps/<int:client_pk>/revoke/", own.revoke, name="own-app-revoke"),
    path("me/tokens/", own.own_tokens, name="own-tokens"),
    path("me/tokens/<int:token_id>/remove/", own.remove_token, name="own-token-remove"),
    path("desk/api/", desk.overview, name="api-desk"),
    path("desk/api/new/", desk.new, name="api-client-new"),
    path("desk/api/<int:client_pk>/", desk.client, name="api-client"),
    path("desk/api/<int:client_pk>/change/", desk.change, name="api-client-change"),
    path("desk/api/<int:client_pk>/new-secret/", desk.rotate, name="api-client-rotate"),
    path("desk/api/<int:client_pk>/disable/", desk.disable, name="api-client-disable"),
    path("desk/api/<int:client_pk>/enable/", desk.enable, name="api-client-enable"),
    path("desk/api/<int:client_pk>/remove/", desk.remove, name="api-client-remove"),
    path("desk/api/<int:client_pk>/people/<int:user_id>/revoke/", desk.revoke, name="api-client-revoke"),
    path("desk/api/tokens/<int:token_id>/remove/", desk.remove_token, name="api-token-remove"),
]
