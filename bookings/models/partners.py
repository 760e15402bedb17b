"""What a booking has only because a partner made it."""

from django.db import models

from bookings.models.booking import Booking
from schemas.models import SchemaBound

LONGEST_ADDRESS = 300


class WayBack(SchemaBound):
    """Where whoever pays a partner's booking goes next: when it is paid, and when they give up. Empty: nowhere.

    It is kept here and never in an address, so that nobody sends others elsewhere (T28).
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="way_back")
    success_url = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    cancel_url = models.CharField(max_length=LONGEST_ADDRESS, blank=True)

    def __str__(self) -> str:
        return f"{self.booking_id}"
