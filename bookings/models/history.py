"""What happened to a booking, who did it, and what it changed. Append-only: PostgreSQL refuses UPDATE and DELETE."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.states import State
from schemas.models import SchemaBound


class BookingEvent(SchemaBound):
    """One act on a booking. Acts that leave the state alone (a change, a payment) have the same one twice.

    The actor is kept as a number without a foreign key, so that erasing a
    person does not have to change history. An app's is that of its client,
    and one below zero that of a look-in of the platform's team.
    """

    class ActorKind(models.TextChoices):
        """Who acted."""

        CUSTOMER = "customer", _("Customer")
        GUEST = "guest", _("Guest")
        STAFF = "staff", _("Staff")
        SYSTEM = "system", _("System")
        APP = "app", _("App")

    class Act(models.TextChoices):
        """What was done."""

        MOVED = "moved", _("State")
        CHANGED = "changed", _("Changed")
        HOLD_EXTENDED = "hold_extended", _("Hold extended")
        CHECKED_IN = "checked_in", _("Checked in")
        PAID = "paid", _("Payment")
        REFUNDED = "refunded", _("Refund")
        DISPUTED = "disputed", _("Disputed")

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    act = models.CharField(max_length=16, choices=Act.choices, default=Act.MOVED)
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True, blank=True)
    from_state = models.CharField(max_length=10, choices=State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=State.choices)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            # Serves the history of a booking.
            models.Index(fields=["booking", "at"], name="event_booking_at"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"


class BookingChange(SchemaBound):
    """One thing that an act changed, before and after, as text: `start`, `resource`, `total_minor`, ..."""

    event = models.ForeignKey(BookingEvent, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["event", "pk"]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} > {self.after}"
