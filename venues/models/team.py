"""Who is asked to work here."""

from django.db import models
from django.db.models.functions import Lower

from accounts.models import STAFF_ROLES, Role, User
from schemas.models import SchemaBound
from venues.models.places import Venue

OFFERED = sorted(STAFF_ROLES)


class Invitation(SchemaBound):
    """Somebody is asked to work here, in a role and, as a manager, for venues. Gone once it is taken or withdrawn.

    The link that was mailed is a `MailedLink`; `bookings.team` makes, sends and takes them.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    venues = models.ManyToManyField(Venue, related_name="+", blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=OFFERED), name="invitation_role_of_staff"),
        ]

    def __str__(self) -> str:
        return f"invitation as {self.role}"
