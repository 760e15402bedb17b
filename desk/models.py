"""What the desk keeps for itself: lists as somebody has put them together."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound
from venues.models import Venue


class SavedView(SchemaBound):
    """A filter of the list of bookings under a name: its maker's own, or the whole team's where it `is_shared`.

    `query` is what stands in the address, without what was searched for: that may be somebody's name.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class ReportMailing(SchemaBound):
    """The figures of the last week or month, mailed to somebody who works here, as far as they see them.

    Weeks go out on Mondays, months on the first, at seven on the tenant's wall. `told_until` is the last day that a
    letter was about. Without a venue: of all that the person sees.
    """

    class Rhythm(models.TextChoices):
        """How often."""

        WEEK = "week", _("Every week, on Monday")
        MONTH = "month", _("Every month, on the first")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="report_mailings")
    rhythm = models.CharField(max_length=5, choices=Rhythm.choices)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    told_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["rhythm", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "rhythm", "venue"], name="report_mailing_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(rhythm__in=["week", "month"]), name="report_mailing_rhythm"),
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} for {self.user_id}"
