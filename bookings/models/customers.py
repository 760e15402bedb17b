"""What the team knows about the people who book, besides their bookings."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from schemas.models import SchemaBound


class CustomerFile(SchemaBound):
    """Notes of the team about somebody, and whether they may book: by account, and by e-mail address (in lower case).

    An account's file holds for its address too, so that nobody who was blocked comes back as a guest.
    """

    customer = models.OneToOneField(User, on_delete=models.SET_NULL, related_name="file", null=True, blank=True)
    email = models.EmailField(unique=True)
    notes = models.TextField(max_length=4000, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    block_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="file_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email
