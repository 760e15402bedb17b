"""The owner's pictures for templates: `{% load look %}`."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.looks import Look
from tenants.models import Tenant
from venues.encoding import widths_of
from venues.templatetags.pictures import image

register = template.Library()
SHARP = 2
SHOWN_WIDTH = 280


@register.simple_tag
def logo(tenant: Tenant) -> SafeString:
    """The logo with the tenant's name for those who do not see it; `--logo-height` says how high it is."""
    look = tenant.look
    widths = widths_of(look.logo_width)
    near = next((each for each in widths if each >= SHOWN_WIDTH * SHARP), widths[-1])
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}" class="logo{}">',
        reverse("picture", args=[look.logo, f"{near}.webp"]),
        look.logo_width,
        look.logo_height,
        tenant.name,
        f" logo-{look.logo_tone}" if look.logo_tone else "",
    )


@register.simple_tag
def cover(look: Look) -> SafeString:
    """The cover, fetched at once: it decorates, so nobody is told of it."""
    attributes = {"class": "cover", "eager": "yes"}
    return image(look.cover, look.cover_width, look.cover_height, "100vw", attributes)
