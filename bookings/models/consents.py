"""Who agreed to what: one row for each time, and the words that were shown, once for each digest of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from schemas.models import SchemaBound


class ShownText(SchemaBound):
    """Words as they were shown, by the SHA-256 of them (hex). PostgreSQL refuses to change or delete a row."""

    digest = models.CharField(max_length=64, primary_key=True)
    language = models.CharField(max_length=8)
    text = models.TextField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:8]


class Consent(SchemaBound):
    """Somebody agreed to something, or took it back. It is about a booking, or about the address of a digest (`whose`).

    It names nobody: a booking is emptied when its person is erased, and `whose` with it, which is all that PostgreSQL
    lets happen to a row.
    """

    class What(models.TextChoices):
        """What to."""

        HOUSE_RULES = "house_rules", _("House rules")
        CANCELLATION = "cancellation", _("What cancelling costs")
        TEXTS = "texts", _("Short messages about a booking")
        MAIL = "mail", _("Mail that nobody has to get, such as reminders")

    at = models.DateTimeField()
    what = models.CharField(max_length=12, choices=What.choices)
    is_given = models.BooleanField()
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    whose = models.CharField(max_length=64, blank=True)
    text = models.ForeignKey(ShownText, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["house_rules", "cancellation", "texts", "mail"]), name="consent_what_known"
            ),
            models.CheckConstraint(condition=Q(booking=None) | Q(whose=""), name="consent_of_one"),
        ]
        indexes = [
            # Serves the log of an address.
            models.Index(fields=["whose"], condition=~Q(whose=""), name="consent_whose"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {'given' if self.is_given else 'taken back'}"
