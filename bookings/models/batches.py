"""What somebody does to many bookings at once: what it is, and what becomes of each of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.states import CancelReason
from schemas.models import SchemaBound
from venues.models import Resource


class Batch(SchemaBound):
    """One act on many bookings. It is drafted and looked at first; a worker does it, booking by booking.

    `reason` and `notes` are why it is cancelled or declined; `letter`, or else `text`, is what is written to people;
    `days`, `minutes` and `resource` are by how much and where to it moves. `created_by_id` is who acts.
    """

    class Kind(models.TextChoices):
        """What is done."""

        CANCEL = "cancel", _("Cancel bookings")
        MESSAGE = "message", _("Write to customers")
        MOVE = "move", _("Move bookings")
        CONFIRM = "confirm", _("Accept requests")
        DECLINE = "decline", _("Decline requests")

    class State(models.TextChoices):
        """`draft`: nothing has been done, somebody looks at what it would do."""

        DRAFT = "draft", _("Not done yet")
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=12, choices=CancelReason.choices, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    letter = models.CharField(max_length=24, blank=True)
    text = models.TextField(max_length=5000, blank=True)
    days = models.SmallIntegerField(default=0)
    minutes = models.SmallIntegerField(default=0)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class BatchRow(SchemaBound):
    """One booking of it: what it would do when it was looked at, then what became of it.

    Amounts are minor units of the booking's currency, `hours_back` are prepaid minutes. `figures` is what was shown,
    and what it is held against when it is done. `code` and `detail` say why not.
    """

    class State(models.TextChoices):
        """`left`: it was seen beforehand that it cannot be; `refused`: only when it was to be done."""

        WAITING = "waiting", _("Is to be done")
        LEFT = "left", _("Cannot be done")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    fee_minor = models.BigIntegerField(default=0)
    refund_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)
    hours_back = models.PositiveIntegerField(default=0)
    delta_minor = models.BigIntegerField(default=0)
    start = models.DateTimeField(null=True, blank=True)
    figures = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "booking"], name="batch_booking_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "left", "done", "refused"]), name="batch_row_state_known"
            ),
        ]
        indexes = [
            # Serves the worker, which asks for the next one, and the counts of a page.
            models.Index(fields=["batch", "state", "number"], name="batch_row_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.state}"
