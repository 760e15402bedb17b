"""Webhooks out: who wants to be told, what was told, and how each telling ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from schemas.models import SchemaBound

LONGEST_URL = 2000


class WebhookEndpoint(SchemaBound):
    """An address that is told what happens. Secrets are sealed; the older one signs too until `old_until`.

    `types` are those it asked for; none means the standard ones. `failing_since` is the first failure in a row.
    """

    class State(models.TextChoices):
        """`disabled` by its owner, by a 410, or after days of failures: see `why`."""

        ACTIVE = "active", _("Active")
        DISABLED = "disabled", _("Disabled")

    url = models.CharField(max_length=LONGEST_URL)
    description = models.CharField(max_length=120, blank=True)
    types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    sealed = models.TextField()
    sealed_old = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    why = models.CharField(max_length=40, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url


class WebhookMessage(SchemaBound):
    """What happened, as it is told to every endpoint: the same id and the same body, however often.

    `sequence` counts a booking's messages from 1; a test message belongs to no booking.
    """

    message_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=40)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks")
    event_id = models.BigIntegerField(null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "sequence"], name="webhook_in_sequence"),
            models.UniqueConstraint(fields=["event_id", "type"], name="webhook_once"),
        ]
        indexes = [
            # Serves the daily clean-up of old messages.
            models.Index(fields=["created_at"], name="webhook_created"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class WebhookDelivery(SchemaBound):
    """One message for one endpoint, until it was taken, given up or cancelled with its endpoint."""

    class State(models.TextChoices):
        """Where it is."""

        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")
        CANCELLED = "cancelled", _("Cancelled")

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="delivery_once"),
        ]
        indexes = [
            # Serves an endpoint's log, and what of it waits.
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(fields=["endpoint"], condition=Q(state="waiting"), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.endpoint_id}"


class WebhookAttempt(SchemaBound):
    """One try: what the other side answered, or what went wrong on the way. `status` 0 is no answer."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.status} {self.error}"
