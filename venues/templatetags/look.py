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
    plain, sharp = (_address(look, widths, times) for times in (1, SHARP))
    return format_html(
        '<img src="{}" srcset="{} 1x, {} {}x" width="{}" height="{}" alt="{}" class="logo{}">',
        plain,
        plain,
        sharp,
        SHARP,
        look.logo_width,
        look.logo_height,
        tenant.name,
        f" logo-{look.logo_tone}" if look.logo_tone else "",
    )


def _address(look: Look, widths: tuple[int, ...], times: int) -> str:
    near = next((each for each in widths if each >= SHOWN_WIDTH * times), widths[-1])
    return reverse("picture", args=[look.logo, f"{near}.webp"])


@register.simple_tag
def cover(look: Look) -> SafeString:
    """The cover, fetched at once: it decorates, so nobody is told of it."""
    attributes = {"class": "cover", "eager": "yes"}
    return image(look.cover, look.cover_width, look.cover_height, "100vw", attributes)
