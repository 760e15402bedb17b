"""`{% load pictures %}{% picture shown sizes="(min-width: 48rem) 33vw, 100vw" class="rounded-box" %}`."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from venues.encoding import widths_of
from venues.models import Picture, ShownPicture

register = template.Library()
MIDDLING = 640


@register.simple_tag
def picture(shown: Picture | ShownPicture, sizes: str = "100vw", **attributes: str) -> SafeString:
    """An `<img>` that fetches what fits: `sizes` as HTML has it, `class`, `alt` in place of its own description.

    `eager` is for what is seen at once (`eager=True`); all else is fetched when it comes into view.
    """
    row = shown.picture if isinstance(shown, ShownPicture) else shown
    described = shown.description if isinstance(shown, ShownPicture) else ""
    return image(row.digest, row.width, row.height, sizes, {"alt": described, **attributes})


def image(digest: str, width: int, height: int, sizes: str, attributes: dict[str, str]) -> SafeString:
    """The same of what is known of a picture without reading it."""
    widths = widths_of(width)
    middling = max((each for each in widths if each <= MIDDLING), default=widths[0])
    loading = "fetchpriority=high" if attributes.get("eager") else "loading=lazy"
    sources = ", ".join(f"{reverse('picture', args=[digest, f'{each}.webp'])} {each}w" for each in widths)
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" class="{}" {} decoding="async">',
        reverse("picture", args=[digest, f"{middling}.webp"]),
        sources,
        sizes,
        width,
        height,
        attributes.get("alt", ""),
        attributes.get("class", ""),
        loading,
    )
