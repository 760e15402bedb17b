"""The grants that there are. The implicit one, passwords, device codes and OpenID Connect are not (RFC 9700)."""

from typing import Any

from oauth2_provider.oauth2_backends import OAuthLibCore
from oauthlib.oauth2 import AuthorizationEndpoint, BearerToken, RevocationEndpoint, TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant

from oauth.validator import LIFETIME, Validator


class Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """Codes with PKCE, client credentials and refresh tokens."""

    def __init__(self, validator: Validator, **_more: Any) -> None:
        codes = AuthorizationCodeGrant(validator)
        bearer = BearerToken(validator, expires_in=int(LIFETIME.total_seconds()))
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", response_types={"code": codes}, default_token_type=bearer
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            grant_types={
                "authorization_code": codes,
                "client_credentials": ClientCredentialsGrant(validator),
                "refresh_token": RefreshTokenGrant(validator),
            },
            default_token_type=bearer,
        )
        RevocationEndpoint.__init__(self, validator)


def core() -> OAuthLibCore:
    """What stands between Django's requests and oauthlib."""
    return OAuthLibCore(Server(Validator()))
