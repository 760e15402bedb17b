"""OAuth 2 at a tenant's host."""

from django.urls import path

from oauth import consent, endpoints

urlpatterns = [
    path("oauth/authorize/", consent.authorize, name="oauth-authorize"),
    path("oauth/token/", endpoints.token, name="oauth-token"),
    path("oauth/revoke/", endpoints.revoke, name="oauth-revoke"),
    path("oauth/introspect/", endpoints.introspect, name="oauth-introspect"),
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="oauth-metadata"),
]
