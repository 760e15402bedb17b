"""What the desk keeps for itself: lists as somebody has put them together."""

from django.db import models

from accounts.models import User
from schemas.models import SchemaBound


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
