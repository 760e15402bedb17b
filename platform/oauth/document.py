"""How the descriptions of the API speak of bearer tokens, with the scope that each call needs."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.permissions import SAFE_METHODS

from rest.scopes import SCOPES, needs_of


class BearerScheme(OpenApiAuthenticationExtension):
    """OAuth 2 as OpenAPI has it."""

    target_class = "oauth.authentication.BearerAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Both grants, at the host that is asked."""
        scopes = {name: str(words) for name, words in SCOPES.items()}
        given = {"tokenUrl": "/oauth/token/", "refreshUrl": "/oauth/token/", "scopes": scopes}
        return {
            "type": "oauth2",
            "description": "`Authorization: Bearer <token>`; code with PKCE (S256), or client credentials.",
            "flows": {
                "authorizationCode": {"authorizationUrl": "/oauth/authorize/", **given},
                "clientCredentials": given,
            },
        }

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]] | list[dict[str, list[str]]]:
        """The scope of this call; none at all where apps may not call it."""
        needs = needs_of(auto_schema.path.removeprefix("/"))
        if needs is None:
            return {self.name: []}
        wanted = [needs.read] if auto_schema.method in SAFE_METHODS else [needs.write, needs.instead]
        return [{self.name: [scope]} for scope in wanted if scope in SCOPES]
