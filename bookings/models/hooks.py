"""Webhooks out: who wants to be told, what was told, and how each telling ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from schemas.models import SchemaBound

LONGEST_URL = 2000
TROUBLES = {
    "address_refused": _("The address leads inside our own network."),
    "bad_answer": _("What came is no answer that we can read."),
    "bad_url": _("The address is not one that we post to."),
    "no_connection": _("Nobody can be reached there."),
    "secret_lost": _("The secret cannot be opened any more: make a new one."),
    "tls": _("The connection is not secure: its certificate is wrong."),
    "too_large": _("The answer is too large."),
    "too_slow": _("No answer within ten seconds."),
}
"""What went wrong on the way, by its code, for people."""


class WebhookEndpoint(SchemaBound):
    """An address that is told what happens. Secrets are sealed; the older one signs too until `old_until`.

    `types` are those it asked for; none means the standard ones. `venues` are those whose bookings it hears of; none
    means all. `failing_since` is the first failure in a row; before `not_before` it is left alone. One with an `agent`
    (`bookings.agents`) hears of that agent's bookings alone, in the partner dialect.
    """

    class State(models.TextChoices):
        """What is told to a `paused` one waits. A `disabled` one (410, days of failures: see `why`) is told nothing."""

        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Disabled")

    url = models.CharField(max_length=LONGEST_URL)
    description = models.CharField(max_length=120, blank=True)
    types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    venues = ArrayField(models.BigIntegerField(), default=list, blank=True)
    agent = models.CharField(max_length=64, blank=True)
    sealed = models.TextField()
    sealed_old = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    why = models.CharField(max_length=40, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url


class WebhookMessage(SchemaBound):
    """What happened, as it is told to every endpoint of a dialect: the same id and the same data, however often.

    A test message belongs to no booking.
    """

    class Dialect(models.TextChoices):
        """In whose words."""

        V1 = "v1", "v1"
        PARTNER = "partner", "partner"

    message_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=40)
    dialect = models.CharField(max_length=7, choices=Dialect.choices, default=Dialect.V1)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks")
    event_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField()
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "type", "dialect"], name="webhook_once"),
        ]
        indexes = [
            # Serves the daily clean-up of old messages.
            models.Index(fields=["created_at"], name="webhook_created"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class WebhookThread(SchemaBound):
    """How many messages of a booking an endpoint was told: the last `sequence`. It outlives the messages."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="threads")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="webhook_threads")
    sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "booking"], name="webhook_thread_once"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} for {self.endpoint_id}: {self.sequence}"


class WebhookDelivery(SchemaBound):
    """One message for one endpoint, until it was taken, given up or cancelled with its endpoint.

    `sequence` counts what this endpoint is told of one booking, from 1 and without gaps; 0 is a test. Deliveries of a
    lane go one after the other, those of a booking in one lane. Until `busy_until` somebody is sending it. `since` is
    when it began to be tried: its making, or the last replay.
    """

    class State(models.TextChoices):
        """Where it is."""

        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")
        CANCELLED = "cancelled", _("Called off")

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    sequence = models.PositiveIntegerField(default=0)
    lane = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    busy_until = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
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
            models.Index(fields=["endpoint", "lane", "next_at"], condition=Q(state="waiting"), name="delivery_waiting"),
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

    @property
    def trouble(self) -> str:
        """Why there was no answer, in words."""
        return str(TROUBLES.get(self.error, self.error))
