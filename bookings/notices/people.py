"""Where a message about a booking goes to: its own address and number, or those of the customer's account."""

import phonenumbers

from bookings.models import Booking
from bookings.models.messages import Channel

DEFAULT_COUNTRY = "DE"
"""For numbers without a country at venues that do not say theirs."""


def reach(booking: Booking, channel: str) -> str:
    """The address or number to write to; empty where there is none, or the number is none."""
    if channel == Channel.MAIL:
        return booking.email or (booking.customer.mailbox if booking.customer else "")
    return e164(raw_phone(booking), booking.resource.venue.country)


def raw_phone(booking: Booking) -> str:
    """The telephone number as somebody typed it."""
    return booking.phone or (booking.customer.phone if booking.customer else "")


def e164(typed: str, country: str) -> str:
    """A number as `+498912345678`, read as people dial it in a country; empty where it can be no number."""
    try:
        number = phonenumbers.parse(typed, country or DEFAULT_COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
