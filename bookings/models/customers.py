"""What the team knows about the people who book, besides their bookings."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound


class CustomerFile(SchemaBound):
    """Notes of the team about somebody, and whether they may book: by account, and by e-mail address (in lower case).

    An account's file holds for its address too, so that nobody who was blocked comes back as a guest.
    """

    customer = models.OneToOneField(User, on_delete=models.SET_NULL, related_name="file", null=True, blank=True)
    email = models.EmailField(unique=True)
    notes = models.TextField(max_length=4000, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    block_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="file_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email


class Look(SchemaBound):
    """That somebody of the team saw what is kept of somebody: once an hour each, for a year (`bookings.looks`).

    Of whom: `account_id`, or for who has none, `email` in lower case; neither stands for everybody. People are kept
    as numbers without a foreign key, as in `BookingEvent`. `hour` is the beginning of the hour in UTC.
    """

    class What(models.TextChoices):
        """What was open."""

        PAGE = "page", _("Customer")
        BOOKING = "booking", _("Booking")
        LIST = "list", _("List of customers")
        FILE = "file", _("File with everything about them")
        EXPORT = "export", _("Table of all")

    viewer_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True, blank=True)
    email = models.EmailField(blank=True)
    what = models.CharField(max_length=8, choices=What.choices)
    hour = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["viewer_id", "account_id", "email", "what", "hour"],
                nulls_distinct=False,
                name="look_once_an_hour",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="look_email_lower_case"),
            models.CheckConstraint(
                condition=Q(what__in=["page", "booking", "list", "file", "export"]), name="look_what_known"
            ),
        ]
        indexes = [
            # Serves the record on a customer's page.
            models.Index(fields=["account_id", "email", "-at"], name="look_of_whom"),
            # Serves the sweep of what is older than a year.
            models.Index(fields=["at"], name="look_at"),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id}: {self.what} {self.at:%F %R}"


class Merge(SchemaBound):
    """That two were one person: what `gone` had is `kept`'s from then on. `bookings.merging`.

    `gone` is None for who had no account. `email` is the address that led to it, free since. `by_id` is who did it,
    a number, as in `BookingEvent`.
    """

    kept = models.ForeignKey(User, on_delete=models.CASCADE, related_name="merged_from")
    gone = models.OneToOneField(User, on_delete=models.CASCADE, related_name="merged_into", null=True, blank=True)
    email = models.EmailField(blank=True)
    by_id = models.BigIntegerField()
    bookings = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="merge_email_lower_case"),
        ]

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"
