"""Where things are: venues, who looks after them, and what can be booked there."""

import uuid
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schemas.models import SchemaBound
from tenants.zones import validate_zone

DAY_MINUTES = 24 * 60
FULL = 10_000
"""A hundred percent, in basis points."""
VENUES_OWN = frozenset({"day"})
"""What stands where the slugs of a venue's resources stand in addresses."""
DEEPEST_PART = 2  # whole > half > quarter: availability reads a family in one query


class Venue(SchemaBound):
    """A place with an address, a time zone and a currency.

    Prices include VAT of `vat` basis points unless a resource or a product says otherwise, and are
    rounded to multiples of `rounding_minor` minor units (5 in CHF). A customer may have so many unpaid
    holds at once and, on one resource and day, `holds_per_day`; 0 is without limit (R39).
    Where it lies: `latitude` and `longitude` in degrees (WGS 84), both or neither. `notice` stands on top of its page.
    """

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(max_length=4000, blank=True)
    notice = models.CharField(max_length=300, blank=True)
    house_rules = models.TextField(max_length=4000, blank=True)
    directions = models.TextField(max_length=2000, blank=True)
    amenities = ArrayField(models.CharField(max_length=40), default=list, blank=True, size=30)
    latitude = models.DecimalField(
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    street = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True, validators=[RegexValidator(r"\A[A-Z]{2}\Z")])
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    currency = models.CharField(max_length=3, validators=[RegexValidator(r"\A[A-Z]{3}\Z")])
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False, editable=False)
    """Whether all of it is made up, to look around (`desk.setup.samples`): never on offer, and said once."""
    position = models.PositiveSmallIntegerField(default=0)
    vat = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(FULL)])
    rounding_minor = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    holds_at_once = models.PositiveSmallIntegerField(default=20)
    holds_per_day = models.PositiveSmallIntegerField(default=8)
    cancellation_policy = models.ForeignKey(
        "CancellationPolicy", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(vat__lte=FULL, rounding_minor__gte=1), name="venue_prices"),
            models.CheckConstraint(
                condition=Q(is_sample=False) | Q(is_active=False), name="venue_sample_is_not_on_offer"
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="venue_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Say in words what the constraints say in SQL."""
        if self.is_sample and self.is_active:
            raise ValidationError({"is_active": _("Sample data are never shown to customers.")})
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"longitude": _("Give both latitude and longitude, or neither.")})

    @property
    def address(self) -> str:
        """One line: `Sportstrasse 1, 80000 Munich`."""
        town = f"{self.postal_code} {self.city}".strip()
        return ", ".join(part for part in (self.street, town) if part)


class VenueAssignment(SchemaBound):
    """A manager looks after this venue; without one, a manager sees none."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="venue_assignments")
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "venue"], name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.venue_id}"


class Resource(SchemaBound):
    """Something that is booked: a court, a hall, half of it, a pool of ten like kayaks, or a class with twelve places.

    Durations, buffers and lead time are minutes of real time. Starts lie on a grid of `grid_minutes`
    wall-clock minutes from each opening time. A pool has `units`, and a booking takes one; where
    `is_shared`, strangers share it, and a booking takes one unit for each participant. The deposit is
    `deposit_percent` (basis points) of the price or `deposit_minor`; the rest is due
    `balance_days_before` the start, or on site (None). `vat` in basis points; None: as at the venue.
    `public_id` is its name for partners.
    """

    class Kind(models.TextChoices):
        """What it is, for icons and search."""

        COURT = "court", _("Court")
        PITCH = "pitch", _("Pitch")
        HALL = "hall", _("Hall")
        STUDIO = "studio", _("Studio")
        ROOM = "room", _("Room")
        LANE = "lane", _("Lane")
        EQUIPMENT = "equipment", _("Equipment")
        OTHER = "other", _("Other")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="resources")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="parts", null=True, blank=True)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    description = models.TextField(max_length=4000, blank=True)
    notice = models.CharField(max_length=300, blank=True)
    house_rules = models.TextField(max_length=4000, blank=True)
    amenities = ArrayField(models.CharField(max_length=40), default=list, blank=True, size=30)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    units = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(500)])
    grid_minutes = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(5), MaxValueValidator(DAY_MINUTES)]
    )
    min_minutes = models.PositiveIntegerField(default=60, validators=[MinValueValidator(5)])
    max_minutes = models.PositiveIntegerField(default=120, validators=[MaxValueValidator(31 * DAY_MINUTES)])
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(DAY_MINUTES)])
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(DAY_MINUTES)])
    lead_minutes = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(366 * DAY_MINUTES)])
    horizon_days = models.PositiveSmallIntegerField(
        default=90, validators=[MinValueValidator(1), MaxValueValidator(1096)]
    )
    pays_online = models.BooleanField(default=False)
    pays_on_site = models.BooleanField(default=True)
    is_shared = models.BooleanField(default=False)
    is_outdoor = models.BooleanField(default=False)
    needs_approval = models.BooleanField(default=False)
    minimum_minor = models.PositiveIntegerField(default=0)
    vat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(FULL)])
    deposit_percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(FULL)])
    deposit_minor = models.PositiveIntegerField(default=0)
    balance_days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    cancellation_policy = models.ForeignKey(
        "CancellationPolicy", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "slug"], name="resource_slug_in_venue"),
            models.CheckConstraint(condition=Q(capacity__gte=1, units__gte=1), name="resource_has_room"),
            models.CheckConstraint(
                condition=Q(grid_minutes__gte=5, min_minutes__gte=5, max_minutes__gte=F("min_minutes")),
                name="resource_durations",
            ),
            models.CheckConstraint(condition=Q(units=1) | Q(parent=None), name="resource_pool_is_no_part"),
            models.CheckConstraint(
                condition=Q(is_shared=False) | Q(units=F("capacity")), name="resource_shared_by_its_units"
            ),
            models.CheckConstraint(
                condition=(Q(vat=None) | Q(vat__lte=FULL)) & (Q(deposit_percent=0) | Q(deposit_minor=0)),
                name="resource_prices",
            ),
            models.CheckConstraint(
                condition=Q(pays_online=True) | Q(pays_on_site=True), name="resource_is_paid_somehow"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse trees that cannot be booked: pools with parts, foreign parents, circles, too deep."""
        if self.slug in VENUES_OWN:
            raise ValidationError({"slug": _("This is an address of the venue itself. Choose another one.")})
        if self.max_minutes < self.min_minutes:
            raise ValidationError({"max_minutes": _("The longest booking cannot be shorter than the shortest.")})
        if not (self.pays_online or self.pays_on_site):
            raise ValidationError(_("Choose how customers pay: online, on site, or both."))
        if self.is_shared and self.units != self.capacity:
            raise ValidationError({"units": _("What strangers share has one unit for each place.")})
        if self.deposit_percent and self.deposit_minor:
            raise ValidationError({"deposit_minor": _("Give the deposit as a percentage or as an amount.")})
        if self.units > 1 and (self.parent_id or (self.pk and self.parts.exists())):
            raise ValidationError({"units": _("A pool cannot be divided into parts or be a part itself.")})
        self._clean_parent()

    def _clean_parent(self) -> None:
        if self.pk and self.parts.exclude(venue=self.venue_id).exists():
            raise ValidationError({"venue": _("Its parts lie in another venue.")})
        above, depth = self.parent, self._levels_below()
        while above is not None:
            depth += 1
            if above.pk == self.pk or depth > DEEPEST_PART:
                raise ValidationError({"parent": _("Parts can be nested two levels deep, and not in a circle.")})
            if above.venue_id != self.venue_id:
                raise ValidationError({"parent": _("The whole lies in another venue.")})
            if above.units > 1:
                raise ValidationError({"parent": _("A pool cannot be divided into parts.")})
            above = above.parent

    def _levels_below(self) -> int:
        if not self.pk:
            return 0
        return 2 if Resource.objects.filter(parent__parent=self.pk).exists() else int(self.parts.exists())

    @property
    def buffer_before(self) -> timedelta:
        """Time kept free before a booking, to set up."""
        return timedelta(minutes=self.buffer_before_minutes)

    @property
    def buffer_after(self) -> timedelta:
        """Time kept free after a booking, to clear up."""
        return timedelta(minutes=self.buffer_after_minutes)
