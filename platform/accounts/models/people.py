"""The people themselves: operators in the public schema, staff and customers in their tenant's."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
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

    look_in = 0
    """The number of the look-in by which somebody of the platform is this person in a request; of nobody else's."""

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
            # Serves the look for accounts whose time is over (`bookings.own.lapsing`), the oldest first.
            models.Index(
                fields=["created_at", "id"],
                condition=models.Q(role="customer", erased_at=None),
                name="customer_by_age",
            ),
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

    def get_full_name(self) -> str:
        """Their name, as Django's own pages ask for it."""
        return self.name

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
