"""People: operators in the public schema, staff and customers in their tenant's.

A user of one schema does not exist in another, and so neither do the user's
sessions, tokens and links.
"""

import hashlib
import secrets
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from schemas.finding import words
from schemas.models import SchemaBound


class Role(models.TextChoices):
    """What a user may do; `accounts` knows the names, `access.py` of each app the meaning."""

    OPERATOR = "operator", "Operator"
    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    FRONT_DESK = "front_desk", "Front desk"
    ACCOUNTANT = "accountant", "Accountant"
    CUSTOMER = "customer", "Customer"


FOUND_BY = words("name", "email", phone="phone")
"""What the desk finds a person by: `schemas.finding.matching`."""
PREFIX = 6
STAFF_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.FRONT_DESK, Role.ACCOUNTANT})


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses are kept in lower case so that one person is one row."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password, or without one where `password` is None."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user who signs in with this address, in any spelling of case."""
        return self.get(email=(username or "").strip().lower())


class User(SchemaBound, AbstractBaseUser):
    """A person of this schema, known by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CUSTOMER)
    language = models.CharField(max_length=8, blank=True)
    """In which language they read, as they said themselves; empty for whatever their browser names."""
    is_active = models.BooleanField(default=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    """When they first proved, by a link, that mail to their address reaches them."""
    sign_outs = models.PositiveIntegerField(default=0)
    """How often every session was ended at once: part of what a session is checked by."""
    second_factor_from = models.DateTimeField(null=True, blank=True)
    """From when on they are nobody here without a second factor, as `accounts.required` has it; empty for never."""
    second_factor_reset_at = models.DateTimeField(null=True, blank=True)
    """When the owner last took theirs away, because it was lost."""
    erased_at = models.DateTimeField(null=True, blank=True)
    """When the person had it erased; what is left of the row names nobody."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]
        indexes = [
            GinIndex(FOUND_BY, name="user_found_by"),
            # Serves the list of customers, by name.
            models.Index(
                fields=["name", "id"],
                condition=models.Q(role="customer", erased_at=None),
                name="customer_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is checked by: Django's, and how often everything was signed out."""
        own = f"{self.password}:{self.sign_outs}"
        return salted_hmac("accounts.session", own, secret=secret, algorithm="sha256").hexdigest()

    @property
    def mailbox(self) -> str:
        """Where one can write to them; empty once they are erased, for then the address leads nowhere."""
        return "" if self.erased_at else self.email

    @property
    def is_staff_member(self) -> bool:
        """Whether the person works for the tenant, in any role."""
        return self.role in STAFF_ROLES

    @property
    def is_operator(self) -> bool:
        """Whether the person runs the platform; only ever true in the public schema."""
        return self.role == Role.OPERATOR


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
                condition=models.Q(purpose__in=["sign_in", "sign_up", "password", "address", "data", "invite"]),
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
