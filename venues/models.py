"""What a tenant offers: venues, resources, hours, closures, products and rates. One set per tenant schema."""

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
DEEPEST_PART = 2  # whole > half > quarter: availability reads a family in one query


class Venue(SchemaBound):
    """A place with an address and a time zone."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(max_length=4000, blank=True)
    street = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True, validators=[RegexValidator(r"\A[A-Z]{2}\Z")])
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    currency = models.CharField(max_length=3, validators=[RegexValidator(r"\A[A-Z]{3}\Z")])
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

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
    """Something that is booked: a court, a hall, half of it, or a pool of ten like kayaks.

    Durations, buffers and lead time are minutes of real time. Starts lie on a
    grid of `grid_minutes` wall-clock minutes from each opening time.
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

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="resources")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="parts", null=True, blank=True)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OTHER)
    description = models.TextField(max_length=4000, blank=True)
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
                condition=Q(pays_online=True) | Q(pays_on_site=True), name="resource_is_paid_somehow"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse trees that cannot be booked: pools with parts, foreign parents, circles, too deep."""
        if self.max_minutes < self.min_minutes:
            raise ValidationError({"max_minutes": _("The longest booking cannot be shorter than the shortest.")})
        if not (self.pays_online or self.pays_on_site):
            raise ValidationError(_("Choose how customers pay: online, on site, or both."))
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


class Rate(SchemaBound):
    """What a resource costs: `amount_minor` minor units of the venue's currency per `unit`, tax included."""

    class Unit(models.TextChoices):
        """Pricing units; `venues.pricing` says how each is counted."""

        HOUR = "hour", _("per hour")
        HALF_HOUR = "half_hour", _("per half hour")
        DAY = "day", _("per day")
        HALF_DAY = "half_day", _("per half day")
        BOOKING = "booking", _("per booking")
        PERSON = "person", _("per person")
        PERSON_HOUR = "person_hour", _("per person and hour")

    resource = models.OneToOneField(Resource, on_delete=models.CASCADE, related_name="rate")
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.HOUR)
    amount_minor = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__in=["hour", "half_hour", "day", "half_day", "booking", "person", "person_hour"]),
                name="rate_unit_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.unit}"


class OpeningHours(SchemaBound):
    """A span of wall-clock time in which bookings may lie.

    Of a venue or of one resource; on a weekday (0 is Monday) or on a date. The
    rows of a date replace the weekly ones of that day, and a dated row without
    times means closed. `closes` at or before `opens` is on the next day, so
    00:00-00:00 is a whole day. Which rows count: `venues.hours`.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="hours", null=True, blank=True)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="hours", null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(6)])
    date = models.DateField(null=True, blank=True)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=80, blank=True)

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


class Closure(SchemaBound):
    """The owner takes time out: one resource with its parts, or a whole venue (`resource` is None)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="closures")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="closures", null=True, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
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


class Product(SchemaBound):
    """A service with a fixed duration that any of its resources can provide ("tennis, 90 minutes, any court")."""

    class Kind(models.TextChoices):
        """Only bookings so far; extras come with pricing."""

        BOOKING = "booking", _("Booking")

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.BOOKING)
    description = models.TextField(max_length=4000, blank=True)
    duration_minutes = models.PositiveIntegerField(validators=[MinValueValidator(5)])
    resources = models.ManyToManyField(Resource, related_name="products")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind="booking"), name="product_kind_known"),
            models.CheckConstraint(condition=Q(duration_minutes__gte=5), name="product_duration"),
        ]

    def __str__(self) -> str:
        return self.name
