"""What the desk keeps for itself: views, mailings, the record, and the archive with which a business could leave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from desk.privacy import models as privacy  # noqa: F401 - so that Django finds them
from schemas.models import SchemaBound
from venues.models import Venue


class SavedView(SchemaBound):
    """A filter of the list of bookings under a name: its maker's own, or the whole team's where it `is_shared`.

    `query` is what stands in the address, without what was searched for: that may be somebody's name.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class ReportMailing(SchemaBound):
    """The figures of the last week or month, mailed to somebody who works here, as far as they see them.

    Weeks go out on Mondays, months on the first, at seven on the tenant's wall. `told_until` is the last day that a
    letter was about. Without a venue: of all that the person sees.
    """

    class Rhythm(models.TextChoices):
        """How often."""

        WEEK = "week", _("Every week, on Monday")
        MONTH = "month", _("Every month, on the first")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="report_mailings")
    rhythm = models.CharField(max_length=5, choices=Rhythm.choices)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    told_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["rhythm", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "rhythm", "venue"], name="report_mailing_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(rhythm__in=["week", "month"]), name="report_mailing_rhythm"),
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} for {self.user_id}"


class Change(SchemaBound):
    """A row of what the business offers, or of who may do what, was made, changed or removed: by whom, and how.

    PostgreSQL writes it, whoever made the change and by whatever way (decision 0042), and lets nobody change it.
    `desk.team.things` says what tables and columns are called. `actor_id` is a person's number.
    """

    class ActorKind(models.TextChoices):
        """Who made a change."""

        PERSON = "person", _("somebody who was signed in")
        SITE = "site", _("a visitor who was not signed in")
        PLATFORM = "platform", _("somebody of Forecourt")
        CLOCK = "clock", _("the clock")

    class Act(models.TextChoices):
        """What became of the row."""

        INSERT = "insert", _("made")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("removed")

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True, blank=True)
    thing = models.CharField(max_length=64)
    thing_id = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=6, choices=Act.choices)
    label = models.CharField(max_length=160, blank=True)
    """What the row was called, where it has a name."""
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["actor_id", "id"], name="change_of_person"),
            models.Index(fields=["thing", "thing_id", "id"], name="change_of_thing"),
            models.Index(fields=["at"], name="change_at"),
        ]

    def __str__(self) -> str:
        return f"{self.act} of {self.thing} {self.thing_id}"


class LookedIn(SchemaBound):
    """Somebody of the platform sees the pages here as one of the team or a customer: what the business keeps of it.

    `operators.lookin` writes it, when the link is opened and at the end. Its number is that at the platform. What ran
    out has no `ended_at`.
    """

    id = models.BigIntegerField(primary_key=True)
    operator = models.CharField(max_length=150)
    user_id = models.BigIntegerField()
    role = models.CharField(max_length=16)
    reason = models.CharField(max_length=400)
    may_change = models.BooleanField()
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.operator} as {self.user_id}"


class LookInRule(SchemaBound):
    """Whether the platform's team asks the owner first: one row, or none where nobody has said so.

    Then they look in until `open_until` only.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    asks_first = models.BooleanField(default=False)
    open_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="look_in_rule_one")]

    def __str__(self) -> str:
        return "ask first" if self.asks_first else "may look in"


class Archive(SchemaBound):
    """Everything that the business has, as one ZIP file for the owner who asked; `desk.everything` makes it.

    It grows by steps: `source` and `after` are where the next one goes on, `written` the bytes so far. What is `gone`
    is deleted piece by piece, and nobody sees it any more.
    """

    class State(models.TextChoices):
        """One at most is being made at a time, and each owner has one at most."""

        WORKING = "working", _("Being put together")
        READY = "ready", _("Ready")
        GONE = "gone", _("Deleted")

    STANDING = (State.WORKING, State.READY)

    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WORKING)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    downloads = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    source = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=64, blank=True)
    part = models.PositiveIntegerField(default=0)
    written = models.PositiveBigIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by"], condition=models.Q(state__in=["working", "ready"]), name="archive_once"
            ),
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="working"), name="archive_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(state__in=["working", "ready", "gone"]), name="archive_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}, asked for by {self.asked_by_id}"


class ArchiveEntry(SchemaBound):
    """A file inside the archive: what the directory at the archive's end and its manifest say of it.

    `digest` is its SHA-256 (hex), `crc` and `offset` are ZIP's; `rows` is how many rows of `source` it has.
    """

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField()
    packed = models.PositiveBigIntegerField()
    crc = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive", "number"], name="archive_entry_once"),
            models.UniqueConstraint(fields=["archive", "name"], name="archive_entry_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ArchiveChunk(SchemaBound):
    """A piece of the archive's bytes, a mebibyte at most, in their order."""

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["archive", "number"], name="archive_chunk_once")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.archive_id}"
