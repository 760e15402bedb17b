"""Clients, and what they were given: all of it in the tenant's own schema.

The toolkit's models are swapped for these, so its 22 migrations never run for
a tenant (decision 0033). Columns for what we do not do (OpenID Connect,
registration by strangers, tokens kept as they are) are not there.
"""

import hashlib
import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractRefreshToken,
)

from accounts.models import User
from schemas.models import SchemaBound


def digest(secret: str) -> str:
    """SHA-256. What is kept this way has at least 160 random bits, so it needs no salt and no stretching (0008)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Application(SchemaBound, AbstractApplication):
    """A client: somebody's server, or an app that runs at people's. It exists at this tenant only (T27)."""

    CODE, CREDENTIALS = AbstractApplication.GRANT_AUTHORIZATION_CODE, AbstractApplication.GRANT_CLIENT_CREDENTIALS

    client_id = models.CharField(max_length=64, unique=True)
    client_secret = models.CharField(max_length=64, blank=True, default="")
    """A digest; empty for an app, which can keep no secret."""
    name = models.CharField(max_length=80)
    grants = ArrayField(models.CharField(max_length=32))
    scopes = ArrayField(models.CharField(max_length=32))
    acts_as = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="acting_clients")
    """As whom it acts without anybody's consent (client credentials); a member of staff, or nobody."""
    is_enabled = models.BooleanField(default=True)

    user = None
    authorization_grant_type = ""
    skip_authorization = False
    hash_client_secret = True
    algorithm = ""
    post_logout_redirect_uris = ""
    registration_source = "manual"
    cimd_expires_at = None

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Whether it was registered for one of these."""
        return not set(self.grants).isdisjoint(grant_types)

    def is_usable(self, request: Any) -> bool:
        """Whether it may do anything at the moment."""
        return self.is_enabled

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Exactly one of those registered, character by character (RFC 9700, 2.1)."""
        return uri in self.redirect_uris.split()

    def origin_allowed(self, origin: str) -> bool:
        """Whether its pages are there."""
        return origin in self.allowed_origins.split()


class Grant(SchemaBound, AbstractGrant):
    """A code on its way from the consent to the token. `code` is a digest; a used one is kept to notice its return."""

    family = models.UUIDField(default=uuid.uuid4)
    """Of the tokens that come of it."""
    used_at = models.DateTimeField(null=True)

    nonce = ""
    claims = ""
    resource = None


class AccessToken(SchemaBound, AbstractAccessToken):
    """A token for an hour. Only its digest is kept."""

    token_checksum = models.CharField(max_length=64, unique=True)
    token = ""
    id_token = None
    resource = None

    @property
    def is_personal(self) -> bool:
        """Never: it was given to an app."""
        return False

    @property
    def held(self) -> frozenset[str]:
        """Scopes: what was allowed, of what the client may still ask for."""
        return frozenset(self.scope.split()) & frozenset(self.application.scopes)

    @property
    def principal(self) -> str:
        """Whose requests these are, for answers that are kept."""
        return f"client:{self.application_id}:{self.user_id or ''}"


class RefreshToken(SchemaBound, AbstractRefreshToken):
    """Good for one new pair of tokens, until it was idle for 30 days. Only its digest is kept."""

    token_checksum = models.CharField(max_length=64, unique=True)
    token = ""
    resource = None

    class Meta(AbstractRefreshToken.Meta):
        unique_together = ()


class IDToken(SchemaBound):
    """The toolkit asks for such a model. There is no OpenID Connect here, and no table."""

    class Meta:
        managed = False


class DeviceGrant(SchemaBound):
    """The toolkit asks for such a model. There are no device codes here, and no table."""

    class Meta:
        managed = False
