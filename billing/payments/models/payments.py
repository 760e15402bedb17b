"""Attempts to take money for a booking, and money that goes back."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from billing.payments import refund_failures
from schemas.models import SchemaBound


class Payment(SchemaBound):
    """One attempt to take money online for a booking, or a purchase. Amounts are minor units of `currency`.

    `booking_id` is the booking, or with the purpose `purchase` the purchase of a pack or a membership (decision 0039).

    The row is written before Stripe is asked and names the attempt in every idempotency key. `fee_minor` is
    the platform's application fee. `account_id` is the venue's Stripe account; with `direct` charges the
    objects live there, with `destination` on the platform. `applied_at` says that the money was counted for
    the booking, or `returned_at` that it is going back as a whole: exactly one of them for money that came.
    `extended_at`: the hold was extended, once, for its sake.
    """

    class Purpose(models.TextChoices):
        """What is paid: what confirms the booking, what is still open later, or a pack or a membership."""

        BOOKING = "booking", _("Booking")
        BALANCE = "balance", _("Balance")
        PURCHASE = "purchase", _("Pack or membership")

    class State(models.TextChoices):
        """`created`: Stripe may not know of it yet. `open`: the customer may pay. The last two are the end."""

        CREATED = "created", _("Created")
        OPEN = "open", pgettext_lazy("payment", "Open")
        PROCESSING = "processing", _("Processing")
        SUCCEEDED = "succeeded", _("Succeeded")
        CANCELLED = "cancelled", _("Cancelled")

    class ChargeType(models.TextChoices):
        """On whose Stripe account the charge is made."""

        DIRECT = "direct", _("On the venue's account")
        DESTINATION = "destination", _("On the platform's account")

    UNFINISHED = ("created", "open", "processing")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    charge_type = models.CharField(max_length=11, choices=ChargeType.choices)
    account_id = models.CharField(max_length=64)
    is_live = models.BooleanField()
    intent_id = models.CharField(max_length=255, blank=True)
    session_id = models.CharField(max_length=255, blank=True)
    charge_id = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=60, blank=True)
    failure = models.CharField(max_length=60, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    refunded_minor = models.PositiveBigIntegerField(default=0)
    payer_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "number"]
        constraints = [
            models.UniqueConstraint(fields=["booking_id", "number"], name="payment_numbered"),
            # One open attempt per booking: nobody can pay twice by having two pages open.
            models.UniqueConstraint(
                fields=["booking_id"],
                condition=Q(state__in=["created", "open", "processing"]),
                name="payment_one_open_per_booking",
            ),
            models.UniqueConstraint(fields=["intent_id"], condition=~Q(intent_id=""), name="payment_intent_once"),
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0, refunded_minor__lte=F("amount_minor"), fee_minor__lte=F("amount_minor")
                ),
                name="payment_amounts",
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(returned_at=None), name="payment_counted_or_returned"
            ),
        ]
        indexes = [
            # Serves webhooks of charges, disputes and refunds.
            models.Index(fields=["charge_id"], condition=~Q(charge_id=""), name="payment_charge"),
            # Serves the owner's list of payments.
            models.Index(fields=["-created_at", "id"], name="payment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number} of {self.booking_id}"

    @property
    def is_of_purchase(self) -> bool:
        """Whether it pays for a pack or a membership: `booking_id` is a purchase's."""
        return self.purpose == self.Purpose.PURCHASE

    @property
    def left_minor(self) -> int:
        """What can still be returned of money that came."""
        return self.amount_minor - self.refunded_minor if self.state == self.State.SUCCEEDED else 0


class Payer(SchemaBound):
    """A member as a Stripe customer of the account that is charged, so that cards can be kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="payers")
    account_id = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account_id"], name="payer_once")]

    def __str__(self) -> str:
        return self.customer_id


class Refund(SchemaBound):
    """Money that goes back to where a payment came from; written before Stripe is asked.

    `payment.refunded_minor` counts it from the beginning, and until it has failed. `fee_minor`: what the
    platform returned of its fee. Made in Stripe's dashboard: the reason is `elsewhere`. `keys_used` idempotency
    keys are known to have led to nothing: the next call has a new one.
    """

    class Reason(models.TextChoices):
        """Why."""

        CANCELLED = "cancelled", _("Cancelled")
        CHANGED = "changed", _("Changed")
        BY_HAND = "by_hand", _("By staff")
        TOO_LATE = "too_late", _("Paid too late")
        TWICE = "twice", _("Paid twice")
        MISMATCH = "mismatch", _("Not the amount that was asked for")
        ELSEWHERE = "elsewhere", _("Made at Stripe")

    class State(models.TextChoices):
        """`wanted`: Stripe has not taken it yet. `pending`: it has."""

        WANTED = "wanted", _("Wanted")
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    booking_id = models.UUIDField()
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=200, blank=True)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    refund_id = models.CharField(max_length=255, blank=True)
    failure = models.CharField(max_length=60, blank=True)
    keys_used = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["refund_id"], condition=~Q(refund_id=""), name="refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_of_something"),
        ]
        indexes = [
            # Serves a booking's money on its page and in its preview.
            models.Index(fields=["booking_id"], name="refund_booking"),
        ]

    @property
    def why(self) -> str:
        """Why it failed, in words; empty where it did not."""
        return refund_failures.in_words(self.failure)

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.payment_id}"


class Dispute(SchemaBound):
    """A customer's bank takes a payment back. `status` is Stripe's word; `withdrawn_minor` is away at the moment."""

    dispute_id = models.CharField(max_length=255, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    booking_id = models.UUIDField()
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=30)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    withdrawn_minor = models.PositiveBigIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.status}"

    @property
    def is_open(self) -> bool:
        """Whether the bank has not decided yet: no refunds meanwhile."""
        return self.closed_at is None
