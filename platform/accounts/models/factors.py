"""The second factor, the rule that asks for it, and where somebody is signed in."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User
from schemas.models import SchemaBound


class Authenticator(SchemaBound):
    """An app of somebody's phone that shows six digits, anew every half minute (TOTP, RFC 6238). `accounts.codes`.

    There is a row once the first code was right; the secret is sealed (`outside.vault`).
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    sealed = models.CharField(max_length=300)
    last_step = models.BigIntegerField(default=0)
    """The half minute, counted from 1970, of the newest code that was taken: none is taken twice."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"


class RecoveryCode(SchemaBound):
    """A code for whoever has lost the phone: good once, shown once, kept as a digest. `accounts.recovery`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class SecondFactorRule(SchemaBound):
    """Of whom the owner asks a second factor, and from when on: one row, or none where nobody has to."""

    class Whom(models.TextChoices):
        """Which roles."""

        OWNERS = "owners", "Owners"
        MANAGERS = "managers", "Owners and managers"
        STAFF = "staff", "Everybody who works here"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    whom = models.CharField(max_length=8, choices=Whom.choices)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="second_factor_rule_one"),
            models.CheckConstraint(
                condition=models.Q(whom__in=["owners", "managers", "staff"]), name="second_factor_rule_known"
            ),
        ]

    def __str__(self) -> str:
        return f"second factor of {self.whom}"


class Session(SchemaBound, AbstractBaseSession):
    """Django's row of a session, with whose it is, so that people see where they are signed in and end it there.

    `accounts.sessions` writes it. No foreign key: a session is over with its person anyhow.
    """

    user_id = models.BigIntegerField(null=True, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    """What the browser said it is."""
    since = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    """When it was last used, to the minute or so."""

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "django_session"
        indexes = [models.Index(fields=["user_id"], condition=models.Q(user_id__isnull=False), name="session_of_user")]

    def __str__(self) -> str:
        return f"session of {self.user_id or 'nobody'}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """What reads its data."""
        return import_module(settings.SESSION_ENGINE).SessionStore
