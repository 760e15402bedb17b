"""What is sold besides bare time: services, extras, and the questions that come with them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound
from venues.models.places import FULL, Resource

MOST_OF_AN_EXTRA = 500


class Product(SchemaBound):
    """A service or an extra.

    `booking`: a fixed duration that any of its resources can provide ("tennis, 90 minutes, any court").
    `extra`: something that comes with a booking (a racket, catering, final cleaning). An extra with
    `stock` takes that many units of a pool for the time of the booking, so that twenty rackets are
    never twenty-one at once. Rates of its own say what it costs; a service without any costs what
    its resources cost. `vat` in basis points; None: as at the venue. `public_id` is its name for partners.
    """

    class Kind(models.TextChoices):
        """What is sold."""

        BOOKING = "booking", _("Service")
        EXTRA = "extra", _("Extra")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.BOOKING)
    description = models.TextField(max_length=4000, blank=True)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(5)])
    resources = models.ManyToManyField(Resource, related_name="products", blank=True)
    stock = models.OneToOneField(Resource, on_delete=models.PROTECT, related_name="stock_of", null=True, blank=True)
    minimum_minor = models.PositiveIntegerField(default=0)
    vat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(FULL)])
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="booking", duration_minutes__isnull=False, stock=None)
                | Q(kind="extra", duration_minutes=None),
                name="product_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes=None) | Q(duration_minutes__gte=5), name="product_duration"
            ),
            models.CheckConstraint(condition=Q(vat=None) | Q(vat__lte=FULL), name="product_vat"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if self.kind == self.Kind.BOOKING and not self.duration_minutes:
            raise ValidationError({"duration_minutes": _("A service needs a duration.")})
        if self.kind == self.Kind.EXTRA and self.duration_minutes:
            raise ValidationError({"duration_minutes": _("An extra lasts as long as the booking.")})
        if self.stock_id and self.kind != self.Kind.EXTRA:
            raise ValidationError({"stock": _("Only extras have stock.")})


class ExtraOffer(SchemaBound):
    """An extra can be had with a resource or a service: so many at least (if it is required), so many at most."""

    extra = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="offers")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="extras", null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="extras", null=True, blank=True)
    is_required = models.BooleanField(default=False)
    least = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    most = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_AN_EXTRA)]
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource=None, product__isnull=False) | Q(resource__isnull=False, product=None),
                name="offer_with_resource_or_product",
            ),
            models.CheckConstraint(condition=Q(least__gte=1, most__gte=F("least")), name="offer_amounts"),
            models.UniqueConstraint(fields=["extra", "resource"], name="offer_once_with_resource"),
            models.UniqueConstraint(fields=["extra", "product"], name="offer_once_with_product"),
        ]

    def __str__(self) -> str:
        return f"{self.extra_id} with {self.resource_id or self.product_id}"

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if (self.resource_id is None) == (self.product_id is None):
            raise ValidationError(_("An extra is offered either with a resource or with a service."))
        if self.extra_id and self.extra.kind != Product.Kind.EXTRA:
            raise ValidationError({"extra": _("This is not an extra.")})
        if self.product_id and self.product and self.product.kind != Product.Kind.BOOKING:
            raise ValidationError({"product": _("This is not a service.")})
        if self.most < self.least:
            raise ValidationError({"most": _("The most cannot be less than the least.")})


class CustomField(SchemaBound):
    """A question to whoever books a service, or a resource: "Name of the team?"."""

    class Kind(models.TextChoices):
        """What an answer looks like; `bookings.answers` checks it."""

        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="fields", null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="fields", null=True, blank=True)
    label = models.CharField(max_length=120)
    help_text = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True, size=50)
    is_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource=None, product__isnull=False) | Q(resource__isnull=False, product=None),
                name="field_of_resource_or_product",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """A list needs entries, and only a list has some."""
        if (self.resource_id is None) == (self.product_id is None):
            raise ValidationError(_("A question belongs either to a resource or to a service."))
        if (self.kind == self.Kind.CHOICE) != bool(self.choices):
            raise ValidationError({"choices": _("Give the entries of the list, for a list only.")})
