"""What makes things cheaper: vouchers, packs of hours that are paid beforehand, and memberships that are sold."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound
from venues.models.places import FULL, Resource
from venues.models.prices import CustomerGroup

code_characters = RegexValidator(r"\A[A-Z0-9][A-Z0-9-]{2,31}\Z", _("Use capital letters, digits and hyphens."))

LONGEST_DAYS = 3660
"""Ten years: so long is the longest membership that is sold."""


class Voucher(SchemaBound):
    """A code that takes an amount or a percentage off, for so many bookings.

    Exactly one of `amount_minor` and `percent_off` (basis points) is set. It can be used on local days
    from `valid_from` to `valid_until` (inclusive): the day of booking, not of the visit. None for
    `most_uses` and `most_uses_each` (per customer) is without limit. No resources: good for all.
    """

    code = models.CharField(max_length=32, unique=True, validators=[code_characters])
    name = models.CharField(max_length=120, blank=True)
    amount_minor = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    currency = models.CharField(max_length=3, blank=True)
    percent_off = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(FULL)]
    )
    minimum_minor = models.PositiveIntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    most_uses_each = models.PositiveIntegerField(null=True, blank=True)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    resources = models.ManyToManyField(Resource, related_name="+", blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, percent_off=None) & ~Q(currency="")
                | Q(amount_minor=None, percent_off__gte=1, percent_off__lte=FULL),
                name="voucher_amount_or_percent",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="voucher_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if (self.amount_minor is None) == (self.percent_off is None):
            raise ValidationError(_("Give either an amount or a percentage."))
        if self.amount_minor is not None and not self.currency:
            raise ValidationError({"currency": _("An amount needs a currency.")})
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValidationError({"valid_until": _("The end cannot lie before the beginning.")})


class Pack(SchemaBound):
    """Hours that are paid beforehand: "ten hours of tennis". Sold ones are `bookings.HoursAccount`.

    `vat` in basis points; None: the highest of the venues where it is good.
    """

    name = models.CharField(max_length=120)
    minutes = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    vat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(FULL)])
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    resources = models.ManyToManyField(Resource, related_name="+", blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class MembershipPlan(SchemaBound):
    """A membership that is sold: so many `days` in a group, for a price. `about` says what it brings.

    `vat` in basis points; None: the highest of all venues. Sold ones are `bookings.Purchase`.
    """

    name = models.CharField(max_length=120)
    about = models.CharField(max_length=400, blank=True)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="plans")
    days = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)])
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    vat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(FULL)])
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1) & Q(days__lte=LONGEST_DAYS), name="membership_plan_days"),
        ]

    def __str__(self) -> str:
        return self.name
