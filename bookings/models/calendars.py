"""Calendars elsewhere: feeds that others read, connections that we write to and read from, and where they disagree."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.booking import Booking
from schemas.models import SchemaBound
from venues.models import Resource, Venue

LONGEST_URL = 2000


class Feed(SchemaBound):
    """A secret address at which a calendar can be subscribed to, until it is revoked.

    Found by the digest of its secret; the secret itself is sealed, so that its owner can be shown it again.
    `shown_digest` is of what readers were given last and `shown_at` since when it is so; `reads` are the times that
    the whole was given out since `counted_from`.
    """

    class Scope(models.TextChoices):
        """Whose bookings."""

        TENANT = "tenant", _("Everything")
        VENUE = "venue", _("A venue")
        RESOURCE = "resource", _("A resource")
        CUSTOMER = "customer", _("Own bookings")

    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    scope = models.CharField(max_length=8, choices=Scope.choices)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    customer = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    name = models.CharField(max_length=80, blank=True)
    shows_names = models.BooleanField(default=False)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    reads = models.PositiveIntegerField(default=0)
    counted_from = models.DateTimeField(null=True, blank=True)
    shown_digest = models.CharField(max_length=64, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="tenant", venue=None, resource=None, customer=None)
                | Q(scope="venue", venue__isnull=False, resource=None, customer=None)
                | Q(scope="resource", venue=None, resource__isnull=False, customer=None)
                | Q(scope="customer", venue=None, resource=None, customer__isnull=False),
                name="feed_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} feed {self.pk}"


class Connection(SchemaBound):
    """A calendar elsewhere that bookings are written to (`pushes`) or whose busy times are read (`pulls`), or both.

    It is for one resource, or for all of a venue. `sealed` has what opens it (tokens, passwords, a secret address)
    and `cursor` where reading goes on: a sync token, a delta link, an ETag. `last_error` is a code, never words.
    Until `resting_until` it is not asked.
    """

    class Provider(models.TextChoices):
        """Who keeps the calendar."""

        GOOGLE = "google", _("Google Calendar")
        MICROSOFT = "microsoft", _("Microsoft 365")
        CALDAV = "caldav", _("CalDAV")
        ICS = "ics", _("Calendar address (ICS)")

    class State(models.TextChoices):
        """`failing`: tried again; `dead`: must be connected again, the owners were told."""

        OK = "ok", _("Working")
        FAILING = "failing", _("Failing")
        DEAD = "dead", _("Not connected any more")
        PAUSED = "paused", _("Paused")
        LEAVING = "leaving", _("Being disconnected")

    provider = models.CharField(max_length=9, choices=Provider.choices)
    name = models.CharField(max_length=120)
    account = models.CharField(max_length=254, blank=True)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, null=True, blank=True, related_name="connections")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="connections")
    pushes = models.BooleanField(default=False)
    pulls = models.BooleanField(default=False)
    remote_id = models.CharField(max_length=1024, blank=True)
    sealed = models.TextField(blank=True)
    cursor = models.TextField(blank=True)
    channel_id = models.CharField(max_length=80, blank=True)
    channel_expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OK)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    resting_until = models.DateTimeField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(venue__isnull=False, resource=None) | Q(venue=None, resource__isnull=False),
                name="connection_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(pushes=True) | Q(pulls=True), name="connection_does_something"),
            models.CheckConstraint(condition=~Q(provider="ics", pushes=True), name="connection_ics_is_read_only"),
        ]
        indexes = [
            # Serves a push notice of Google or Microsoft.
            models.Index(fields=["channel_id"], condition=~Q(channel_id=""), name="connection_channel"),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarCopy(SchemaBound):
    """A booking's event in a calendar elsewhere. `digest` is of what was written last."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="copies")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="copies")
    remote_id = models.CharField(max_length=1024)
    etag = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    is_gone = models.BooleanField(default=False)
    pushed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "booking"], name="copy_once"),
        ]

    def __str__(self) -> str:
        return self.remote_id


class BusyTime(SchemaBound):
    """A time at which a calendar elsewhere is busy, as `Occupancy` of kind external where nothing was booked already.

    `key` is a digest of what names the event there (and its occurrence), `remote_id` the event's own name. One that
    `is_gone` there stays until each resource has its time back.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="busy_times")
    key = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=1024)
    title = models.CharField(max_length=200, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    seen_at = models.DateTimeField()
    is_gone = models.BooleanField(default=False)

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="busy_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="busy_ends_after_start"),
        ]
        indexes = [
            # Serves the look for busy times that can have their time now that a booking gave it back.
            models.Index(fields=["end", "start"], name="busy_end_start"),
            # Serves a change of an event with all its occurrences.
            models.Index(fields=["connection", "remote_id"], name="busy_remote"),
        ]

    def __str__(self) -> str:
        return f"{self.start:%F %R} - {self.end:%F %R}"


class CalendarConflict(SchemaBound):
    """A busy time elsewhere over a booking here: for the owner to decide. The booking stays as it is."""

    busy = models.ForeignKey(BusyTime, on_delete=models.CASCADE, related_name="conflicts")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="conflicts")
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["busy", "booking"], name="conflict_once"),
        ]
        indexes = [
            # Serves the owner's inbox of conflicts.
            models.Index(fields=["-found_at", "-id"], condition=Q(settled_at=None), name="conflict_open"),
        ]

    def __str__(self) -> str:
        return f"{self.busy_id} over {self.booking_id}"
