"""The icon of a tenant that has brought none: the first letter of its name on its colour."""

import io

import ttf_opensans
from django.utils.html import format_html
from PIL import Image, ImageDraw, ImageFont

from tenants import styling
from tenants.branding import parsed
from tenants.models import Tenant

SIZES = (32, 180, 192, 512)
MASKABLE = 512
LETTER_SHARE, MASKED_LETTER_SHARE, CORNER_SHARE = 0.62, 0.46, 0.24
LAST_DRAWN = 0x24F
"""The last of the letters that our typeface surely has: European ones. Other scripts get a ring."""


def svg(tenant: Tenant) -> str:
    """For tabs: drawn by the browser, which has letters of every script."""
    shades = styling.fill(tenant.look.palette, styling.LIGHT)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="{}"/>'
        '<text x="16" y="23" font-family="system-ui,sans-serif" font-size="20" font-weight="700"'
        ' text-anchor="middle" fill="{}">{}</text></svg>',
        shades.fill,
        shades.on_fill,
        tenant.name[:1].upper(),
    )


def png(tenant: Tenant, side: int) -> bytes:
    """For home screens, with round corners."""
    image = Image.new("RGBA", (side, side))
    ground, ink = _colours(tenant)
    ImageDraw.Draw(image).rounded_rectangle((0, 0, side - 1, side - 1), side * CORNER_SHARE, fill=ground)
    return _written(image, tenant.name, ink, LETTER_SHARE)


def maskable(tenant: Tenant) -> bytes:
    """For systems that cut icons themselves: colour to the edge, the letter well inside."""
    ground, ink = _colours(tenant)
    return _written(Image.new("RGB", (MASKABLE, MASKABLE), ground), tenant.name, ink, MASKED_LETTER_SHARE)


def _colours(tenant: Tenant) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    shades = styling.fill(tenant.look.palette, styling.LIGHT)
    return parsed(shades.fill), parsed(shades.on_fill)


def _written(image: Image.Image, name: str, ink: tuple[int, int, int], share: float) -> bytes:
    draw, side = ImageDraw.Draw(image), image.width
    letter = name[:1].upper()
    if letter.isalnum() and ord(letter) <= LAST_DRAWN:
        font = ImageFont.truetype(ttf_opensans.OPENSANS_BOLD.path, round(side * share))
        draw.text((side / 2, side / 2), letter, fill=ink, font=font, anchor="mm")
    else:
        edge = side * (1 - share) / 2
        draw.ellipse((edge, edge, side - edge, side - edge), outline=ink, width=max(2, side // 12))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
