"""The tenant's books: every movement on its Stripe balance, in double entry. Append-only but for payouts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound

PAYOUT_WORDS = {
    "paid": _("Paid out"),
    "pending": _("On its way"),
    "in_transit": _("On its way"),
    "failed": _("Failed"),
    "canceled": _("Cancelled"),
}


class Payout(SchemaBound):
    """Money from the Stripe balance to the tenant's bank. `status` is Stripe's word; `arrives_on` a UTC day."""

    payout_id = models.CharField(max_length=255, unique=True)
    account_id = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20)
    failure = models.CharField(max_length=60, blank=True)
    arrives_on = models.DateField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.payout_id}: {self.status}"

    @property
    def word(self) -> str:
        """Its status, for people."""
        return str(PAYOUT_WORDS.get(self.status, self.status))


class Posting(SchemaBound):
    """One balance transaction of Stripe (`txn_...`), whose entries sum to zero.

    `kind` is Stripe's `type`; `charge_id` the charge that the customer paid, also of refunds and disputes.
    """

    transaction_id = models.CharField(max_length=255, unique=True)
    account_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=255, blank=True)
    charge_id = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    at = models.DateTimeField()
    available_at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            # Serves the owner's statement, newest first.
            models.Index(fields=["-at", "-id"], name="posting_newest"),
            # Serves what a booking's payment became, and the charge behind a refund of a passed-on payment.
            models.Index(fields=["charge_id"], condition=~Q(charge_id=""), name="posting_charge"),
            models.Index(fields=["source_id"], condition=~Q(source_id=""), name="posting_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction_id}"


class Entry(SchemaBound):
    """A debit (positive) or credit (negative) of one account, in minor units of the posting's currency."""

    class Account(models.TextChoices):
        """`balance` is what lies at Stripe, `bank` what was paid out; the others say from whom or to whom."""

        BALANCE = "balance", _("Stripe balance")
        BANK = "bank", _("Bank")
        CUSTOMERS = "customers", _("Customers")
        STRIPE_FEES = "stripe_fees", _("Stripe's fees")
        PLATFORM_FEES = "platform_fees", _("Platform fees")
        DISPUTES = "disputes", _("Disputes")
        OTHER = "other", _("Other")

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=14, choices=Account.choices)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "account"], name="entry_once_per_account"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="entry_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"


class PayoutItem(SchemaBound):
    """Which posting a payout contains, as Stripe says."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="items")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="payout_item")

    def __str__(self) -> str:
        return f"{self.posting_id} in {self.payout_id}"


class Reconciliation(SchemaBound):
    """When the tenant's rows were last held against Stripe: one row, written anew each time.

    `found` differences, of which `healed` were put right; `left` says what the others are, a line each.
    """

    MOST_LINES = 20

    at = models.DateTimeField()
    found = models.PositiveIntegerField()
    healed = models.PositiveIntegerField()
    left = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="reconciliation_once")]

    def __str__(self) -> str:
        return f"{self.found} found, {self.healed} healed"

    @property
    def open(self) -> int:
        """How many still differ."""
        return self.found - self.healed
