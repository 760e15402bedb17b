"""What things cost, and for whom: rates, and the groups of customers that have prices of their own."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound
from venues.models.offers import Product
from venues.models.places import FULL, Resource


class CustomerGroup(SchemaBound):
    """Members, students, residents: people with prices and limits of their own.

    `percent_off` (basis points) comes off what a booking's time costs, on top of rates of the group.
    """

    name = models.CharField(max_length=80, unique=True)
    percent_off = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(FULL)])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(condition=Q(percent_off__lte=FULL), name="group_percent")]

    def __str__(self) -> str:
        return self.name


class Membership(SchemaBound):
    """A customer belongs to a group on the local days from `valid_from` to `valid_until`, both inclusive.

    What counts is the day on which a booking starts.
    """

    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["group", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "group"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="membership_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class Rate(SchemaBound):
    """`amount_minor` minor units of the venue's currency per `unit`, tax included, for some times and people.

    Of a resource, of a service (then it replaces its resources' rates) or of an extra. It applies to
    starts of time on local days from `valid_from` to `valid_until` (inclusive), on `weekdays` (0 is
    Monday; empty: all), from `from_time` to `until_time` on the clock on the wall (None: all day; an
    end at or before the beginning is on the next day, which counts to the day on which it began).
    Which of several applies: `venues.pricelists`.
    """

    class Unit(models.TextChoices):
        """Pricing units; `venues.pricing` says how each is counted."""

        HOUR = "hour", _("per hour")
        HALF_HOUR = "half_hour", _("per half hour")
        DAY = "day", _("per day")
        HALF_DAY = "half_day", _("per half day")
        BOOKING = "booking", _("per booking")
        PERSON = "person", _("per person")
        PERSON_HOUR = "person_hour", _("per person and hour")

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="rates", null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="rates", null=True, blank=True)
    name = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.HOUR)
    amount_minor = models.PositiveIntegerField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]), default=list, blank=True, size=7
    )
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)
    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="rates", null=True, blank=True)
    priority = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["-priority", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__in=["hour", "half_hour", "day", "half_day", "booking", "person", "person_hour"]),
                name="rate_unit_known",
            ),
            models.CheckConstraint(
                condition=Q(resource=None, product__isnull=False) | Q(resource__isnull=False, product=None),
                name="rate_of_resource_or_product",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="rate_dates",
            ),
            models.CheckConstraint(
                condition=Q(from_time=None, until_time=None) | Q(from_time__isnull=False, until_time__isnull=False),
                name="rate_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.unit}"

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if (self.resource_id is None) == (self.product_id is None):
            raise ValidationError(_("A rate belongs either to a resource or to a product."))
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValidationError({"valid_until": _("The end cannot lie before the beginning.")})
        if (self.from_time is None) != (self.until_time is None):
            raise ValidationError(_("Give both times, or neither for the whole day."))
