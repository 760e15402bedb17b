"""Addresses of a booking's pages."""

from django import template

from bookings.models import Booking
from bookings.views.links import path_of

register = template.Library()


@register.simple_tag
def its(name: str, booking: Booking, token: str = "", *more: str) -> str:
    """``{% its 'booking-pay' booking token %}``: the page of that name, with the token where the page has one."""
    return path_of(name, booking.pk, token, *more)
