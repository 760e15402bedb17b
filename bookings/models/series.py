"""Bookings that repeat: the rule, and every date that it gave."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from schemas.models import SchemaBound
from venues.models import Resource


class Series(SchemaBound):
    """The same wish on many dates. `rule` is an RRULE of RFC 5545 without DTSTART, or empty for a list of dates.

    Dates repeat on the clock on the wall of `time_zone`, from `first` (naive local date and time, as text
    in ISO 8601), each `minutes` long in real time.
    """

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="series")
    customer = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="series", null=True, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    first = models.CharField(max_length=19)
    minutes = models.PositiveIntegerField()
    participants = models.PositiveSmallIntegerField(default=1)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return f"{self.first} {self.rule}"


class SeriesDate(SchemaBound):
    """One date of a series: booked, or skipped for a reason and free to be added later.

    `wall` is the naive local date and time of the rule. The booking may have been moved since.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="dates")
    wall = models.CharField(max_length=19)
    booking = models.OneToOneField(
        "bookings.Booking", on_delete=models.PROTECT, related_name="series_date", null=True, blank=True
    )
    skipped = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["series", "wall"]
        constraints = [
            models.UniqueConstraint(fields=["series", "wall"], name="series_date_once"),
            models.CheckConstraint(
                condition=Q(booking=None) & ~Q(skipped="") | Q(booking__isnull=False, skipped=""),
                name="series_date_booked_or_skipped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wall} {self.skipped}"
