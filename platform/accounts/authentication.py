"""How a request to the API says who it is."""

from django.db.models import ExpressionWrapper
from django.db.models.fields import BooleanField
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts import tokens
from accounts.models import AccessToken, User


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token <40 hex>`, looked up by digest in the tenant's own schema."""

    def authenticate_credentials(self, key: str) -> tuple[User, AccessToken]:
        """The user and token of a key; `AuthenticationFailed` (401) for any other key, or one that is over."""
        known = AccessToken.objects.annotate(stale=ExpressionWrapper(tokens.STALE, BooleanField()))
        found = known.select_related("user").filter(tokens.NOT_OVER, digest=AccessToken.digest_of(key))
        token = found.first()
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        if token.stale:
            tokens.note_use(token)
        return token.user, token


def caller(request: Request) -> User:
    """Who is signed in; `NotAuthenticated` (401) for nobody."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user
