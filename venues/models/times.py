"""When: opening hours, and the time that the owner takes out."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound
from venues.models.places import Resource, Venue


class OpeningHours(SchemaBound):
    """A span of wall-clock time in which bookings may lie.

    Of a venue or of one resource; on a weekday (0 is Monday) or on a date. The
    rows of a date replace the weekly ones of that day, and a dated row without
    times means closed. `closes` at or before `opens` is on the next day, so
    00:00-00:00 is a whole day. Weekly rows may be those of a season: from
    `valid_from` to `valid_until` (inclusive) they replace the ordinary week.
    Which rows count: `venues.hours`.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="hours", null=True, blank=True)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="hours", null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(6)])
    date = models.DateField(null=True, blank=True)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["weekday", "date", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None, resource__isnull=False) | Q(venue__isnull=False, resource=None),
                name="hours_of_venue_or_resource",
            ),
            models.CheckConstraint(
                # `weekday <= 6` alone is NULL for a row without either, and a CHECK that is NULL passes.
                condition=Q(weekday=None, date__isnull=False) | Q(weekday__isnull=False, weekday__lte=6, date=None),
                name="hours_weekly_or_dated",
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=False, closes__isnull=False) | Q(opens=None, closes=None, date__isnull=False),
                name="hours_span_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None, valid_until=None)
                | Q(
                    weekday__isnull=False,
                    valid_from__isnull=False,
                    valid_until__isnull=False,
                    valid_from__lte=F("valid_until"),
                ),
                name="hours_of_a_season",
            ),
        ]
        indexes = [
            # Serve availability, which reads weekly rows and the dated rows of a window.
            models.Index(fields=["venue", "date"], name="hours_venue_date"),
            models.Index(fields=["resource", "date"], name="hours_resource_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date or self.weekday}: {self.opens}-{self.closes}"

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if (self.venue_id is None) == (self.resource_id is None):
            raise ValidationError(_("Hours belong either to a venue or to one resource."))
        if (self.weekday is None) == (self.date is None):
            raise ValidationError(_("Choose either a weekday or a date."))
        if (self.opens is None) != (self.closes is None):
            raise ValidationError(_("Give both times, or neither for a day that is closed."))
        if self.opens is None and self.date is None:
            raise ValidationError(_("A weekday without hours needs no row."))
        if (self.valid_from is None) != (self.valid_until is None) or (self.valid_from and self.weekday is None):
            raise ValidationError(_("A season of the week has a first and a last day."))
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValidationError({"valid_until": _("The end cannot lie before the beginning.")})


class Closure(SchemaBound):
    """The owner takes time out: one resource with its parts, or a whole venue (`resource` is None).

    Customers read `reason` where it `is_public`.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="closures")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="closures", null=True, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    is_public = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["start"]
        constraints = [models.CheckConstraint(condition=Q(start__lt=F("end")), name="closure_ends_after_start")]
        indexes = [
            # Serves the staff's day.
            models.Index(fields=["venue", "start"], name="closure_venue_start"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%F %R}-{self.end:%F %R} {self.reason}"
