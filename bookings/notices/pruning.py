"""The delivery log's own end: what was told to the team is no part of a booking, and goes by its age."""

from datetime import timedelta

from django.db.models.functions import Now

from bookings.models import Notice
from tenants import cleaning

KEPT = timedelta(days=400)


@cleaning.of_tenants("messages of the house")
def old_notices() -> int:
    """Messages about no booking; those about one name its customer for as long as the booking does."""
    return cleaning.sweep(Notice.objects.filter(booking=None, due_at__lt=Now() - KEPT))
