"""What opens doors: keys for the API, links by mail, passkeys."""

import hashlib
import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.models.people import User
from schemas.models import SchemaBound

PREFIX = 6


class AccessToken(SchemaBound):
    """A key for the API. Only its digest is kept, so a stolen table opens nothing."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=80, blank=True)
    prefix = models.CharField(max_length=6, blank=True)
    """How the key begins, to tell one's tokens apart."""
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    """What it is good for (`rest.scopes`); empty for all that its person may."""
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    """To the minute or so."""
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"token of {self.user_id}"

    @classmethod
    def issue(cls, user: User, name: str = "", **limits: Any) -> str:
        """Make a token and return its 40 hex characters, which are never shown again.

        `limits` are `scopes` and `expires_at`.
        """
        key = secrets.token_hex(20)
        cls.objects.create(digest=cls.digest_of(key), prefix=key[:PREFIX], user=user, name=name, **limits)
        return key

    @staticmethod
    def digest_of(key: str) -> str:
        """SHA-256 of a key. A key has 160 random bits, so it needs no salt and no stretching."""
        return hashlib.sha256(key.encode()).hexdigest()

    @property
    def held(self) -> frozenset[str] | None:
        """What it is good for; None for all that its person may."""
        return frozenset(self.scopes) or None

    @property
    def is_personal(self) -> bool:
        """Always: somebody made it for themselves."""
        return True


class MailedLink(SchemaBound):
    """A link that was mailed to an address: good once, until `expires_at`. Only its digest is kept.

    `accounts.links` makes and uses them. A row without a person is about the address alone.
    """

    class Purpose(models.TextChoices):
        """What pressing the button behind it does."""

        SIGN_IN = "sign_in", "Sign in"
        SIGN_UP = "sign_up", "Make an account"
        PASSWORD = "password", "Choose a new password"
        ADDRESS = "address", "Take the address for an account"
        DATA = "data", "See or erase what is kept of the address"
        INVITE = "invite", "Work here"
        ARRIVAL = "arrival", "Come in from the platform's host"

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    email = models.EmailField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mailed_links", null=True, blank=True)
    name = models.CharField(max_length=150, blank=True)
    """What somebody who signs up said they are called."""
    next = models.CharField(max_length=500, blank=True)
    """Which page of this host they wanted."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="mailed_link_lower_case"),
            models.CheckConstraint(
                condition=models.Q(
                    purpose__in=["sign_in", "sign_up", "password", "address", "data", "invite", "arrival"]
                ),
                name="mailed_link_purpose_known",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="mailed_link_created")]

    def __str__(self) -> str:
        return f"{self.purpose} by mail"


class Passkey(SchemaBound):
    """A key of somebody's phone, computer or security key, by which they sign in (WebAuthn). `accounts.passkeys`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    """The authenticator's name for it, base64url: at most 1,023 bytes (WebAuthn, 4)."""
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"passkey of {self.user_id}"
