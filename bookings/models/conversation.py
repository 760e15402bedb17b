"""What a customer and the team write to each other about a booking, and the files that the team keeps with it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.booking import Booking
from schemas.models import SchemaBound


class BookingMessage(SchemaBound):
    """A word from one side to the other. A customer's waits until it is answered, or the team says that it need not be.

    `author` is who of the team wrote it; a customer's has none, whoever has the booking's link may write.
    """

    class Side(models.TextChoices):
        """Who wrote it."""

        CUSTOMER = "customer", _("Customer")
        VENUE = "venue", _("Venue")

    LONGEST = 4000

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="messages")
    side = models.CharField(max_length=8, choices=Side.choices)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    text = models.TextField(max_length=LONGEST)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["booking", "at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=["customer", "venue"]), name="message_side_known"),
            models.UniqueConstraint(fields=["booking", "at"], name="message_once"),
        ]
        indexes = [
            # Serves what waits for an answer, of one booking and of all.
            models.Index(
                fields=["booking", "at"], condition=Q(side="customer", answered_at=None), name="message_unanswered"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class BookingFile(SchemaBound):
    """A file that the team keeps with a booking: a contract, a photo of damage. Customers never see it."""

    class Kind(models.TextChoices):
        """What it is, by its first bytes; never by its name."""

        PDF = "pdf", "PDF"
        PNG = "png", "PNG"
        JPG = "jpg", "JPEG"
        TXT = "txt", _("Text")

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    added_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["booking", "at", "pk"]

    def __str__(self) -> str:
        return self.name
