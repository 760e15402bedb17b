"""Who would like to have what is taken."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models.booking import Booking
from schemas.models import SchemaBound
from venues.models import Product, Resource


class WaitlistEntry(SchemaBound):
    """Somebody waits for `minutes` on a resource, or on any resource of a service, inside a stretch of time.

    For a slot, `earliest` and `latest` are its start and end; for a day, the day's. First come, first
    served by `pk`. The offer is an ordinary hold: `offer`.
    """

    class State(models.TextChoices):
        """Where the wish is."""

        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Offered")
        TAKEN = "taken", _("Taken")
        PASSED = "passed", _("Not taken in time")
        LEFT = "left", _("Left")
        OVER = "over", _("Over")

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="waiting", null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="waiting", null=True, blank=True)
    earliest = models.DateTimeField()
    latest = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    participants = models.PositiveSmallIntegerField(default=1)
    customer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="waiting")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    offer = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="offered_to", null=True, blank=True)
    created_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(earliest__lt=F("latest")), name="waiting_for_some_time"),
            models.CheckConstraint(
                condition=Q(resource=None, product__isnull=False) | Q(resource__isnull=False, product=None),
                name="waiting_for_resource_or_product",
            ),
        ]
        indexes = [
            # Serves the look for the first in line when time is given back.
            models.Index(fields=["latest", "id"], condition=Q(state="waiting"), name="waiting_in_line"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.earliest:%F %R}"
