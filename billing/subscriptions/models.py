"""What the platform has with its tenants. All in `public`; Stripe's ids are kept as text."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant


class StripeAccount(models.Model):
    """A tenant's connected account, as Stripe last described it. `billing.accounts` keeps it up to date.

    One is connected at a time; rows of former ones stay, so that what still happens there finds its tenant.
    """

    class ChargeType(models.TextChoices):
        """Where charges are made: the venue as the merchant, or the platform for it."""

        DIRECT = "direct", _("On the venue's account")
        DESTINATION = "destination", _("On the platform's account")

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="stripe_accounts")
    account_id = models.CharField(max_length=64, blank=True)
    charge_type = models.CharField(max_length=11, choices=ChargeType.choices, default=ChargeType.DIRECT)
    country = models.CharField(max_length=2)
    default_currency = models.CharField(max_length=3, blank=True)
    card_payments = models.CharField(max_length=10, blank=True)
    transfers = models.CharField(max_length=10, blank=True)
    has_submitted = models.BooleanField(default=False)
    gets_payouts = models.BooleanField(default=False)
    currently_due = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    past_due = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    due_by = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=120, blank=True)
    is_live = models.BooleanField(default=False)
    connected_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id"], condition=~Q(account_id=""), name="stripe_account_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(disconnected_at=None), name="stripe_account_one_connected"
            ),
        ]

    def __str__(self) -> str:
        return self.account_id


class Plan(models.Model):
    """What a tenant can subscribe to. None as a limit: without one. Prices are minor units of `currency`, net.

    `fee` is the application fee in basis points of what customers pay online.
    """

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_public = models.BooleanField(default=True)
    currency = models.CharField(max_length=3, default="EUR")
    monthly_minor = models.PositiveIntegerField(default=0)
    yearly_minor = models.PositiveIntegerField(default=0)
    fee = models.PositiveSmallIntegerField(default=0)
    most_venues = models.PositiveIntegerField(null=True, blank=True)
    most_resources = models.PositiveIntegerField(null=True, blank=True)
    most_staff = models.PositiveIntegerField(null=True, blank=True)
    most_bookings = models.PositiveIntegerField(null=True, blank=True)
    features = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    stripe_product = models.CharField(max_length=255, blank=True)
    stripe_monthly = models.CharField(max_length=255, blank=True)
    stripe_yearly = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """A tenant's plan, derived from Stripe's subscription each time something happens to it.

    `status` is Stripe's word, `free`, or `granted`. `grace_until`: until then everything works although an invoice is
    not paid. `blocked_at`: since then no new public bookings are taken; everything else goes on. `ends_by_closing`: it
    was cancelled because the business closes, and goes on where that is taken back.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="subscription")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=20, default="free")
    stripe_customer = models.CharField(max_length=255, blank=True)
    stripe_subscription = models.CharField(max_length=255, blank=True)
    is_yearly = models.BooleanField(default=False)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    trial_end_told = models.DateTimeField(null=True, blank=True)
    period_ends_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    ends_by_closing = models.BooleanField(default=False)
    vat_id = models.CharField(max_length=20, blank=True)
    vat_id_status = models.CharField(max_length=20, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_subscription"], condition=~Q(stripe_subscription=""), name="subscription_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.plan_id} {self.status}"


class Concession(models.Model):
    """What an operator agreed with a tenant in place of what its plan says. `conceding` writes it.

    `plan` is had without paying until `until` (None: for good), while nothing is subscribed to; `end_told`: of which
    end owners were told. `fee` is in basis points. `limits` has, by `tenants.limits.Thing`, a number or None for
    without limit; what is not in it is as in the plan.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="concession")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="concessions")
    until = models.DateTimeField(null=True, blank=True)
    end_told = models.DateTimeField(null=True, blank=True)
    fee = models.PositiveSmallIntegerField(null=True, blank=True)
    limits = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(plan__isnull=False) | Q(until=None), name="concession_end_is_a_plans"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.plan_id} {self.fee} {self.limits}"


class PlatformFee(models.Model):
    """An application fee that the platform took of a tenant's payment, and what it gave back of it."""

    fee_id = models.CharField(max_length=255, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.SET_NULL, null=True, related_name="platform_fees")
    account_id = models.CharField(max_length=64)
    charge_id = models.CharField(max_length=255)
    amount_minor = models.PositiveBigIntegerField()
    refunded_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # Serves the monthly invoice of fees.
            models.Index(fields=["tenant", "at"], name="platformfee_month"),
            # Serves what the platform kept in a month, of all tenants.
            models.Index(fields=["at"], name="platformfee_at"),
        ]

    def __str__(self) -> str:
        return self.fee_id


class PlatformCounter(models.Model):
    """The last number of a series of the platform's own invoices, locked while the next one is given out."""

    series = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}{self.last}"


class PlatformInvoice(models.Model):
    """The platform's invoice to a tenant over the application fees of a month, in one currency. Append-only.

    The fees were taken out of payments, so `total_minor` is paid; it can be negative where more was given back.
    `tax_rate` is in basis points. It outlives its tenant, which is named by its schema.
    """

    number = models.CharField(max_length=40, unique=True)
    schema_name = models.CharField(max_length=63)
    month = models.DateField()
    issued_at = models.DateTimeField()
    language = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate = models.PositiveSmallIntegerField()
    tax_note = models.CharField(max_length=200, blank=True)
    seller = models.TextField()
    seller_vat_id = models.CharField(max_length=20, blank=True)
    buyer = models.TextField()
    buyer_vat_id = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["schema_name", "month", "currency"], name="platforminvoice_once"),
        ]

    def __str__(self) -> str:
        return self.number
