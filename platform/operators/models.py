"""Those who run the platform, and what each of them did. All in `public`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Rank(models.TextChoices):
    """What an operator is there for; `operators.access` has the meaning."""

    READER = "reader", _("Reader")
    SUPPORT = "support", _("Support")
    FINANCE = "finance", _("Finance")
    ADMIN = "admin", _("Administrator")


class Operator(models.Model):
    """The rank of somebody who runs the platform. Without a row they may look, and nothing else."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="operator")
    rank = models.CharField(max_length=8, choices=Rank.choices, default=Rank.READER)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rank__in=["reader", "support", "finance", "admin"]), name="operator_rank_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.rank}"


class OperatorAct(models.Model):
    """Something that an operator did, or the machine for one; PostgreSQL refuses to change or delete a row.

    `email` is who it was, as they were called then; empty for a command at the machine. `schema_name` and
    `tenant_name` are empty for what concerns no tenant. `operators.record` writes it.
    """

    at = models.DateTimeField(db_default=Now())
    email = models.CharField(max_length=254, blank=True)
    kind = models.CharField(max_length=40)
    schema_name = models.CharField(max_length=63, blank=True)
    tenant_name = models.CharField(max_length=120, blank=True)
    about = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            # Serves the audit, newest first.
            models.Index(fields=["-at", "-id"], name="operatoract_newest"),
            # Serves what was done about one tenant.
            models.Index(fields=["schema_name", "-at"], name="operatoract_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.email or 'the machine'}"


class LookIn(models.Model):
    """An operator sees a tenant's pages as one of its people, for a while. `operators.lookin` keeps it.

    `digest` is that of the link's secret, good once until `link_until`, `opened` that of the cookie it was changed for.
    """

    operator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=150)
    schema_name = models.CharField(max_length=63)
    user_id = models.BigIntegerField()
    role = models.CharField(max_length=16)
    reason = models.CharField(max_length=400)
    may_change = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, unique=True)
    link_until = models.DateTimeField()
    opened = models.CharField(max_length=64, unique=True, null=True, blank=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # Serves the list of a tenant's, the newest first.
            models.Index(fields=["schema_name", "-id"], name="look_in_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.user_id} of {self.schema_name}"


class TenantDay(models.Model):
    """How a tenant stood on a day (UTC), and what it did: the platform's own history, which nothing prunes.

    `standing` is the subscription's status, `none` without a plan. `mrr_minor` is what its plan brings in a month,
    net, in the plan's `currency`. Of a day that was filled in afterwards both are empty and `resources` is None, as
    nobody knows any more. Rows outlive their tenant, which is named by its schema. `operators.figures` writes them.
    """

    day = models.DateField()
    schema_name = models.CharField(max_length=63)
    standing = models.CharField(max_length=20, blank=True)
    plan = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    mrr_minor = models.PositiveBigIntegerField(null=True)
    bookings = models.PositiveIntegerField()
    resources = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            # Serves a tenant's last days, too.
            models.UniqueConstraint(fields=["schema_name", "day"], name="tenantday_once"),
        ]
        indexes = [
            # Serves all tenants on the last day of a month.
            models.Index(fields=["day"], name="tenantday_day"),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} on {self.day}"


class TenantTakings(models.Model):
    """What customers paid a tenant online on a day (UTC) in a currency: payments that succeeded then.

    `fees_minor` is what the platform kept of them; what it gave back of that later is in `PlatformFee`.
    """

    day = models.DateField()
    schema_name = models.CharField(max_length=63)
    currency = models.CharField(max_length=3)
    payments = models.PositiveIntegerField()
    volume_minor = models.PositiveBigIntegerField()
    fees_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schema_name", "day", "currency"], name="tenanttakings_once"),
        ]
        indexes = [
            # Serves what all tenants took in a month.
            models.Index(fields=["day"], name="tenanttakings_day"),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} on {self.day}: {self.volume_minor} {self.currency}"


class Reconciled(models.Model):
    """When a tenant, or the platform itself (an empty name), was last held against Stripe: a row for each.

    `found` differences, of which `healed` were put right; `left` says what the others are, a line each.
    """

    schema_name = models.CharField(max_length=63, primary_key=True)
    at = models.DateTimeField()
    found = models.PositiveIntegerField()
    healed = models.PositiveIntegerField()
    left = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.schema_name or 'the platform'}: {self.found} found, {self.healed} healed"
