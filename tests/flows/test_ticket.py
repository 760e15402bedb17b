"""The ticket on the booking's page: an image that needs no style or script of its own, and words for it."""

from bookings.access import link_token
from bookings.models import Booking
from bookings.visits import code
from tests.bookings.api.desk import AtHome, booked, starts_in
from tests.bookings.scenes import HOUR


def page(home, booking):
    """The page of a booking, for whoever has its link."""
    return home(None).get(f"/bookings/{booking.pk}/{link_token(booking)}/", follow=True).content.decode()


def test_a_confirmed_booking_shows_its_ticket_until_it_is_over(in_alpha):
    home = AtHome(in_alpha)
    booking = Booking.objects.get(pk=booked(home, in_alpha))
    shown = page(home, booking)
    svg = shown[shown.index("<svg") : shown.index("</svg>")]
    assert f"<title>{booking.reference_code}</title>" in svg
    assert "style=" not in svg
    assert "<script" not in svg
    assert f'role="img" aria-label="QR code of the booking {booking.reference_code}"' in shown
    assert f"Your reference code {booking.reference_code} will do as well." in shown
    assert code(booking) not in shown, "the code is in the picture alone"
    starts_in(str(booking.pk), -2 * HOUR)
    assert "Your ticket" not in page(home, booking)


def test_what_is_not_confirmed_shows_none(in_alpha):
    home = AtHome(in_alpha)
    booking = Booking.objects.get(pk=booked(home, in_alpha))
    home("guest").post(f"/api/v1/bookings/{booking.pk}/cancel/")
    assert "Your ticket" not in page(home, booking)
