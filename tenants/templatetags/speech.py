"""`tenants.speech` for templates: `{% load speech %}`."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants import speech
from tenants.zones import zone

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """`{{ booking.total_minor|money:booking.currency }}`."""
    return speech.money(minor, currency)


@register.filter
def day(moment: date | datetime, zone_name: str = "UTC") -> str:
    """`{{ booking.start|day:booking.time_zone }}`; dates need no zone."""
    return speech.day(moment, zone(zone_name))


@register.filter
def short_day(moment: date | datetime, zone_name: str = "UTC") -> str:
    """As `day`, in few characters."""
    return speech.day(moment, zone(zone_name), "medium")


@register.filter
def counted(number: int) -> str:
    """`{{ found|counted }}`: `2,217`."""
    return speech.count(number)


@register.filter
def month(moment: date) -> str:
    """`November 2026`."""
    return speech.day(moment, form="LLLL yyyy")


@register.filter
def clock(instant: datetime, zone_name: str) -> str:
    """`{{ booking.start|clock:booking.time_zone }}`."""
    return speech.clock(instant, zone(zone_name))


@register.filter
def clock_told(instant: datetime, zone_name: str) -> SafeString:
    """As `clock`, so that whoever is in another zone reads their own time beside it (static/zone.js)."""
    said = speech.clock(instant, zone(zone_name))
    return format_html('<time datetime="{}" data-zone="{}">{}</time>', instant.isoformat(), zone_name, said)


@register.filter
def in_hours(minutes: int) -> str:
    """`{{ resource.min_minutes|in_hours }}`: `1 h 30 min`."""
    return speech.length(minutes)


@register.filter
def prepaid(minutes: int) -> str:
    """`{{ account.minutes_left|prepaid }}`: `24 h`, which are no day."""
    return speech.hours(minutes)


@register.simple_tag
def span(start: datetime, end: datetime, zone_name: str) -> str:
    """`{% span booking.start booking.end booking.time_zone %}`."""
    return speech.span(start, end, zone(zone_name))


@register.simple_tag
def span_told(start: datetime, end: datetime, zone_name: str) -> SafeString:
    """As `span`, so that whoever is in another zone reads their own time beside it (static/zone.js)."""
    said = speech.span(start, end, zone(zone_name))
    return format_html('<time datetime="{}" data-zone="{}">{}</time>', start.isoformat(), zone_name, said)


@register.simple_tag
def zone_in_words(zone_name: str, instant: datetime) -> str:
    """`{% zone_in_words booking.time_zone booking.start %}`."""
    return speech.zone_name(zone(zone_name), instant)
