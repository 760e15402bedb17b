"""Prices as the desk's pages say them: `{% load price_words %}`."""

from datetime import date

from django import template

from bookings.views.pricetags import weekday
from tenants import speech

register = template.Library()


@register.filter
def weekday_name(day: date) -> str:
    """`Mon`."""
    return weekday(day.weekday())


@register.filter
def per_cent(basis_points: int) -> str:
    """`1250` reads `12.5%`."""
    return speech.percent(basis_points)
