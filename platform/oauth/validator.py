"""The toolkit's validator, where ours is stricter: codes are digests and are locked, the database's clock decides.

Runs inside one `transact` for a request of a token, so that of two who bring the
same code or the same refresh token, one waits and then finds it used.
"""

import re
import secrets
from datetime import timedelta
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from oauth.models import AccessToken, Application, Grant, RefreshToken, digest
from schemas.clock import database_now

LIFETIME = timedelta(hours=1)
CODE_LIFETIME = timedelta(seconds=60)
IDLE = timedelta(days=30)
"""A refresh token that was not used for so long after its access token's end is over."""
S256 = "S256"
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Validator(OAuth2Validator):
    """Answers oauthlib's questions from the tenant's own tables."""

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        return secrets.compare_digest(digest(provided_secret), stored_secret)

    def _extract_basic_auth(self, request: Any) -> str | None:
        scheme, _, words = request.headers.get("HTTP_AUTHORIZATION", "").partition(" ")
        return words.strip() or None if scheme.lower() == "basic" and words.isascii() else None

    def _load_application(self, client_id: str | None, request: Any) -> Application | None:
        if client_id is None or "\0" in client_id:  # PostgreSQL has no such text
            return None
        found: Application | None = super()._load_application(client_id, request)
        return found

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the client is who it says; one that says two names, by Basic and in the body, is nobody."""
        is_known = bool(super().authenticate_client(request, *args, **kwargs))
        return is_known and request.client_id in {None, "", request.client.client_id}

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Always, and S256 alone; raises what the client is told for another challenge."""
        challenge = request.code_challenge
        if challenge is not None and request.code_challenge_method != S256:
            raise errors.UnsupportedCodeChallengeMethodError(request=request)
        if challenge is not None and not CHALLENGE.fullmatch(challenge):
            raise errors.InvalidRequestError("code_challenge must be the base64url of a SHA-256.", request=request)
        return True

    def validate_response_type(
        self, client_id: str, response_type: str, client: Application, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether the client may ask for a code; there is nothing else to ask for."""
        if response_type != "code":
            raise errors.UnsupportedResponseTypeError(request=request)
        return client.allows_grant_type(Application.CODE)

    def _create_authorization_code(self, request: Any, code: dict[str, str], expires: Any = None) -> Grant:
        return Grant.objects.create(
            application=request.client,
            user=request.user,
            code=digest(code["code"]),
            expires=database_now() + CODE_LIFETIME,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method=S256,
        )

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether the code is this client's and unused; one that comes back takes what came of it along (RFC 6749)."""
        found = Grant.objects.select_for_update(of=("self",)).select_related("user")
        grant = found.filter(code=digest(code), application=client).first()
        if grant is None:
            return False
        if grant.used_at is not None:
            RefreshToken.revoke_family(grant.family)
            return False
        if grant.expires <= database_now() or not grant.user.is_active:
            return False
        request.code_grant, request.user, request.scopes = grant, grant.user, grant.scope.split()
        return True

    def get_code_challenge(self, code: str, request: Any) -> str:
        """What the verifier has to fit."""
        return str(request.code_grant.code_challenge)

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        """S256."""
        return S256

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Application, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether the code was sent there; raises `invalid_grant` (RFC 6749, 5.2) where it was not."""
        if redirect_uri != request.code_grant.redirect_uri:
            raise errors.InvalidGrantError(request=request)
        return True

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Note that the code was used."""
        grant = request.code_grant
        grant.used_at = database_now()
        grant.save(update_fields=["used_at"])

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether it is this client's, unused and not idle for too long; one that comes back revokes its family."""
        found = RefreshToken.objects.select_for_update(of=("self",)).select_related("access_token", "user")
        row = found.filter(token_checksum=digest(refresh_token), application=client).first()
        if row is None:
            return False
        if row.revoked is not None:
            RefreshToken.revoke_family(row.token_family)
            return False
        if row.access_token is None or row.access_token.expires + IDLE <= database_now() or not row.user.is_active:
            return False
        request.user, request.refresh_token, request.refresh_token_instance = row.user, refresh_token, row
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> str:
        """What was allowed, of what the client may still ask for."""
        return " ".join(sorted(request.refresh_token_instance.access_token.held))

    def _check_and_set_request_resource(self, request: Any) -> None:
        """Resource indicators (RFC 8707) are ignored: there is one resource at a host."""

    def _create_access_token(
        self, expires: Any, request: Any, token: dict[str, Any], source_refresh_token: RefreshToken | None = None
    ) -> AccessToken:
        return AccessToken.objects.create(
            user=request.user,
            application=request.client,
            scope=token["scope"],
            expires=database_now() + LIFETIME,
            source_refresh_token=source_refresh_token,
            token_checksum=digest(token["access_token"]),
        )

    def _create_refresh_token(
        self,
        request: Any,
        refresh_token_code: str,
        access_token: AccessToken,
        previous_refresh_token: RefreshToken | None,
    ) -> RefreshToken:
        return RefreshToken.objects.create(
            user=request.user,
            application=request.client,
            access_token=access_token,
            token_family=previous_refresh_token.token_family if previous_refresh_token else request.code_grant.family,
            token_checksum=digest(refresh_token_code),
        )
