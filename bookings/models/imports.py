"""Files that staff bring along: what each row asks for, what became of it, and what has been imported before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schemas.models import SchemaBound
from venues.models import Resource


class Import(SchemaBound):
    """One file. It is tried (`checking`), then done if somebody says so (`running`); both row by row, by a worker.

    `overrules` are rules that its bookings need not keep. `resource`, `name`, `email`, `phone`: where a season takes
    place, and whose it is. Whoever brought it is `created_by_id`: each row is what that person may do.
    """

    class Kind(models.TextChoices):
        """What the rows are."""

        CUSTOMERS = "customers", _("Customers")
        RESOURCES = "resources", _("Resources")
        CLOSURES = "closures", _("Closures")
        BOOKINGS = "bookings", _("Bookings")
        SEASON = "season", _("Season")

    class State(models.TextChoices):
        """`checked`: the trial is over, nothing has been changed."""

        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Stopped")

    class Becoming(models.TextChoices):
        """What a season's dates become."""

        BOOKINGS = "bookings", _("Bookings")
        CLOSURES = "closures", _("Closures")

    WORKED_ON = ("checking", "running")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    file_name = models.CharField(max_length=120, blank=True)
    ignored = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    total = models.PositiveIntegerField()
    notifies = models.BooleanField(default=False)
    overrules = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    becoming = models.CharField(max_length=10, choices=Becoming.choices, default=Becoming.BOOKINGS)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ImportRow(SchemaBound):
    """A row: `number` as a spreadsheet counts it, the header being 1. `sealed` is what it says, until it is done.

    `at` is when a season's date starts. `code` and `detail` say why not; `made` is the id of what came of it. `takes`
    is what a trial found that it would take: resource, units, start and end.
    """

    class State(models.TextChoices):
        """`skipped`: it was imported before, or is there already."""

        WAITING = "waiting", _("Waiting")
        WOULD_CREATE = "would_create", _("Can be imported")
        CREATED = "created", _("Imported")
        SKIPPED = "skipped", _("There already")
        REFUSED = "refused", _("Refused")

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(null=True, blank=True)
    sealed = models.TextField(blank=True)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    made = models.CharField(max_length=40, blank=True)
    takes = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["source", "number"]
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="import_row_once")]
        indexes = [
            # Serves the worker, which asks for the next row, and the counts of a report.
            models.Index(fields=["source", "state", "number"], name="import_row_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.state}"


class Imported(SchemaBound):
    """What a row made, by a digest of what the row is: the same file a second time makes nothing."""

    kind = models.CharField(max_length=10, choices=Import.Kind.choices)
    key = models.CharField(max_length=64)
    made = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="imported_once"),
            models.CheckConstraint(condition=~Q(key=""), name="imported_has_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made}"
