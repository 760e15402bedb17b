"""The rules on giving up and on taking too much: cancellation policies and quotas."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound
from venues.models.places import FULL, Resource, Venue
from venues.models.prices import CustomerGroup


class CancellationPolicy(SchemaBound):
    """What cancelling costs. A policy never changes once made: a new version replaces it, and bookings keep theirs.

    `grace_minutes` after booking everything comes back, as long as the booking has not started.
    `no_show_percent` (basis points of the price) is what staying away costs.
    """

    name = models.CharField(max_length=80)
    grace_minutes = models.PositiveIntegerField(default=0)
    no_show_percent = models.PositiveSmallIntegerField(default=FULL, validators=[MaxValueValidator(FULL)])
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="replaces", null=True, blank=True, editable=False
    )

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "cancellation policies"
        constraints = [models.CheckConstraint(condition=Q(no_show_percent__lte=FULL), name="policy_no_show")]

    def __str__(self) -> str:
        return self.name


class CancellationStep(SchemaBound):
    """From `minutes_before` the start on, and until a step with more, cancelling costs this much.

    The fee is `percent` (basis points) of the price plus `fee_minor`, at most the price; with
    `keeps_deposit` at least the deposit. For one group or reason, or for all. Which step counts:
    `bookings.terms`.
    """

    policy = models.ForeignKey(CancellationPolicy, on_delete=models.CASCADE, related_name="steps")
    minutes_before = models.PositiveIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(FULL)])
    fee_minor = models.PositiveIntegerField(default=0)
    keeps_deposit = models.BooleanField(default=False)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["policy", "-minutes_before", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=FULL), name="step_percent"),
            models.UniqueConstraint(
                fields=["policy", "minutes_before", "group", "reason"], name="step_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_before} min: {self.percent / 100} %"


class Quota(SchemaBound):
    """How much one customer may have: `most` bookings, or minutes, at once or in a day, week or month.

    Of a venue, a kind of resource there, or one resource; for one group or for everybody. With peak
    hours (`weekdays`, `from_time`, `until_time` on the wall) only bookings that touch them count.
    A group's quota replaces those for everybody of the same measure and place.
    """

    class Measure(models.TextChoices):
        """What is counted."""

        BOOKINGS = "bookings", _("Bookings")
        MINUTES = "minutes", _("Minutes")

    class Span(models.TextChoices):
        """In what time: `active` is everything that is still to come, whenever."""

        ACTIVE = "active", _("At once")
        DAY = "day", _("Per day")
        WEEK = "week", _("Per week")
        MONTH = "month", _("Per month")

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="quotas")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="quotas", null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Resource.Kind.choices, blank=True)
    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    measure = models.CharField(max_length=8, choices=Measure.choices)
    span = models.CharField(max_length=6, choices=Span.choices)
    most = models.PositiveIntegerField()
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]), default=list, blank=True, size=7
    )
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)

    class Meta:
        ordering = ["venue", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_time=None, until_time=None) | Q(from_time__lt=F("until_time")), name="quota_times"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.most} {self.measure} {self.span}"

    def clean(self) -> None:
        """Peak hours lie within a day; a resource lies in the venue."""
        if (self.from_time is None) != (self.until_time is None):
            raise ValidationError(_("Give both times, or neither for the whole day."))
        if self.from_time and self.until_time and self.from_time >= self.until_time:
            raise ValidationError({"until_time": _("The end must lie after the beginning.")})
        if self.resource_id and self.resource and self.resource.venue_id != self.venue_id:
            raise ValidationError({"resource": _("The resource lies in another venue.")})
