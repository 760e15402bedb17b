from bookings.models import Booking


def test_x(in_alpha):
    assert Booking.objects.count() == 0
