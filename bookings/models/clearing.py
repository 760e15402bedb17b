"""Bookings that stood in the way of a closure, and what becomes of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from schemas.models import SchemaBound
from venues.models import Resource, Venue


class Clearing(SchemaBound):
    """One act of closing over bookings: what becomes of each is a `Displacement`. By whom: `created_by_id`.

    `is_public`: customers whose bookings are cancelled for it read the reason.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    is_public = models.BooleanField(default=False)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            # Serves the list of a venue's closures, which leads to what is not settled.
            models.Index(fields=["venue", "-created_at"], name="clearing_venue"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%F %R} {self.reason}"


class Displacement(SchemaBound):
    """What becomes of one booking: cancelled, moved to `resource` at `start`, or kept.

    `shown` are the figures of the settlement that somebody said yes to; `detail` says why it was refused.
    """

    class Way(models.TextChoices):
        """What becomes of it."""

        CANCEL = "cancel", _("Cancel")
        MOVE = "move", _("Move")
        KEEP = "keep", _("Leave as it is")

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Not possible")

    clearing = models.ForeignKey(Clearing, on_delete=models.CASCADE, related_name="displaced")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=6, choices=Way.choices)
    resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    start = models.DateTimeField(null=True, blank=True)
    shown = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["clearing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clearing", "booking"], name="displaced_once"),
            models.CheckConstraint(condition=~Q(way="move") | Q(start__isnull=False), name="displacement_knows_where"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}: {self.way}, {self.state}"
