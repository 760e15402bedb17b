"""`Authorization: Bearer <token>` at the API (RFC 6750)."""

from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import User
from oauth.models import AccessToken, digest

KEYWORD = "Bearer"


class InvalidToken(exceptions.AuthenticationFailed):
    """401 as RFC 6750 (3.1) has it, the same for a token that is wrong, over, revoked or another tenant's."""

    default_code = "invalid_token"
    default_detail = _("This token is not valid, or not any more.")
    challenge = 'Bearer realm="api", error="invalid_token"'


class BearerAuthentication(BaseAuthentication):
    """A token of an app, looked up by digest in the tenant's own schema, in one query.

    The user is whoever allowed the app, or whom the client acts as; nobody (`AnonymousUser`) for one that acts as
    nobody. `request.auth` is the token, with the scopes that limit it.
    """

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, AccessToken] | None:
        """The user and the token; None where the header is of another kind, `InvalidToken` for a bad token."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2:  # noqa: PLR2004 - the keyword and the token
            raise InvalidToken
        token = _found(words[1].decode("latin-1"))
        if token is None:
            raise InvalidToken
        person = token.user or token.application.acts_as
        if person is not None and (not person.is_active or (token.user is None and not person.is_staff_member)):
            raise InvalidToken
        return person or AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        """What a caller without credentials is told."""
        return f'{KEYWORD} realm="api"'


def _found(key: str) -> AccessToken | None:
    tokens = AccessToken.objects.select_related("user", "application__acts_as")
    return tokens.filter(token_checksum=digest(key), expires__gt=Now(), application__is_enabled=True).first()
