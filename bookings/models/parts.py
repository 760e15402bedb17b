"""What a booking consists of besides its own row: resources, extras, price lines, answers, people, notes."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.booking import Booking
from schemas.models import SchemaBound
from venues.models import CustomField, Product, Rate, Resource


class BookingResource(SchemaBound):
    """A further resource of the same booking and time: the projector with the room."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="further")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="further_bookings")

    class Meta:
        ordering = ["booking", "resource"]
        constraints = [models.UniqueConstraint(fields=["booking", "resource"], name="further_once")]

    def __str__(self) -> str:
        return f"{self.resource_id} with {self.booking_id}"


class BookingExtra(SchemaBound):
    """So many of an extra."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="extras")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="booked")
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["booking", "pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "product"], name="booked_extra_once")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class BookingLine(SchemaBound):
    """One line of the price as agreed: the lines of a booking add up to its total.

    `quantity` of `unit` at `unit_price_minor`, exact as a fraction (`"3/2"`). `start` and `end` are the
    part of the booking that a rate applied to. `vat` in basis points. `rate_id` is a number, not a
    foreign key: rates may go, lines stay.
    """

    class Kind(models.TextChoices):
        """Where a line comes from, in the order in which a price is worked out (docs/pricing.md)."""

        RATE = "rate", _("Rate")
        MINIMUM = "minimum", _("Minimum charge")
        PACK = "pack", _("Prepaid hours")
        GROUP = "group", _("Group price")
        EXTRA = "extra", _("Extra")
        VOUCHER = "voucher", _("Voucher")
        AGREED = "agreed", _("Agreed price")

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    label = models.CharField(max_length=200)
    rate_id = models.BigIntegerField(null=True, blank=True)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    unit = models.CharField(max_length=12, choices=Rate.Unit.choices, blank=True)
    quantity = models.CharField(max_length=40, blank=True)
    unit_price_minor = models.BigIntegerField(null=True, blank=True)
    amount_minor = models.BigIntegerField()
    vat = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["booking", "position"]
        constraints = [models.UniqueConstraint(fields=["booking", "position"], name="line_position_once")]

    def __str__(self) -> str:
        return f"{self.label}: {self.amount_minor}"


class Answer(SchemaBound):
    """What the customer answered to a question of the product or resource."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="answers")
    field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="answers")
    value = models.CharField(max_length=500)

    class Meta:
        ordering = ["booking", "pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "field"], name="answer_once")]

    def __str__(self) -> str:
        return self.value


class Participant(SchemaBound):
    """Somebody who comes along, by name."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)

    class Meta:
        ordering = ["booking", "pk"]

    def __str__(self) -> str:
        return self.name


class StaffNote(SchemaBound):
    """A note of the venue's people about a booking. Customers never see it."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="staff_notes")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()

    class Meta:
        ordering = ["booking", "at", "pk"]

    def __str__(self) -> str:
        return self.text[:40]
