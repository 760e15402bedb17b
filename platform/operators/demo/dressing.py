"""The looks of the three demo tenants: logo, icon, cover, colours, texts, and pictures of what they offer."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import ttf_opensans
from PIL import Image, ImageDraw, ImageFont

from operators.demo import gallery
from operators.demo.plans import TenantPlan
from tenants import brands
from tenants.models import Tenant
from venues import pictures
from venues.encoding import Drawn, Use, draw
from venues.models import Resource, ShownPicture, Venue

SIDE, LINE = 512, 160
CLEAR = (0, 0, 0, 0)
Mark = Callable[[ImageDraw.ImageDraw, float, float, str], None]


@dataclass(frozen=True)
class Dress:
    """What a demo tenant wears: a mark (drawn at a corner, so large, in a colour), words beside it, and its look."""

    mark: Mark
    words: str
    ink: str
    ground: str
    look: Mapping[str, object]


def _ball(pen: ImageDraw.ImageDraw, at: float, side: float, color: str) -> None:
    pen.ellipse((at, at, at + side, at + side), fill=color)
    width = round(side * 0.07)
    for shift in (-0.72, 0.72):
        left = at + shift * side
        pen.ellipse((left, at - side * 0.08, left + side, at + side * 1.08), outline="#ffffff", width=width)


def _sun(pen: ImageDraw.ImageDraw, at: float, side: float, color: str) -> None:
    pen.ellipse((at, at, at + side, at + side), fill=color)
    for number in range(3):
        y = at + side * (0.58 + number * 0.14)
        pen.rectangle((at, y, at + side, y + side * (0.03 + number * 0.015)), fill="#ffffff")


def _bars(pen: ImageDraw.ImageDraw, at: float, side: float, color: str) -> None:
    for number, share in enumerate((0.45, 0.85, 1.0, 0.6, 0.3)):
        x, half = at + side * number / 5, side * share / 2
        middle = at + side / 2
        pen.rounded_rectangle((x, middle - half, x + side * 0.13, middle + half), side * 0.06, fill=color)


DRESSES: Mapping[str, Dress] = {
    "munich": Dress(
        _ball,
        "Sports Center",
        "#0f766e",
        "#e9f5f2",
        {
            "color": "#0f766e",
            "second_color": "#d97706",
            "font": "inter",
            "corners": "large",
            "headline": "Play tonight",
            "intro": "Tennis, squash and a hall for everything with a ball. See what is free, book in a minute, play.",
            "footer": "Sports Center Munich GmbH\nSportstrasse 1, 80000 Munich",
            "imprint_url": "https://munich.example/imprint",
            "privacy_url": "https://munich.example/privacy",
            "terms_url": "https://munich.example/terms",
        },
    ),
    "tokyo": Dress(
        _sun,
        "Hikari Studios",
        "#be185d",
        "#fff1f5",
        {
            "color": "#be185d",
            "second_color": "#a16207",
            "mode": "light",
            "font": "humanist",
            "heading_font": "serif",
            "corners": "none",
            "variables": {"--page": "#fdf8f5", "--logo-height": "2.5rem"},
            "headline": "Rooms full of light",
            "intro": "Studios in Shibuya and a hall with a garden by the river, by the hour, the half day or the day.",
            "footer": "Hikari Studios K.K., Shibuya",
        },
    ),
    "newyork": Dress(
        _bars,
        "Lower East Rehearsal",
        "#a78bfa",
        "#1a1226",
        {
            "color": "#7c3aed",
            "second_color": "#db2777",
            "mode": "dark",
            "font": "geometric",
            "corners": "round",
            "variables": {"--page-dark": "#100b18", "--sheet-dark": "#1a1326", "--logo-height": "2rem"},
            "headline": "Make noise here",
            "intro": "Backline, thick walls and nobody downstairs. By the hour, or around the clock.",
            "footer": "Lower East Rehearsal LLC, New York",
        },
    ),
}


def dress(plan: TenantPlan, tenant: Tenant) -> None:
    """Give the tenant its look, and its venues and resources their pictures; call it in its schema."""
    worn = DRESSES[plan.slug]
    columns = dict(worn.look)
    logo, icon, cover = (
        pictures.keep(each) for each in (_logo(plan.slug), _icon(plan.slug), gallery.cover_of(plan.slug))
    )
    columns |= {"logo": logo.digest, "logo_width": logo.width, "logo_height": logo.height, "logo_tone": logo.tone}
    columns |= {"icon": icon.digest}
    columns |= {"cover": cover.digest, "cover_width": cover.width, "cover_height": cover.height}
    brands.change(tenant, columns)
    brands.publish(tenant, None)
    _hang()


def _hang() -> None:
    """Each resource shows its own picture, each venue those of its first resources."""
    rows = []
    for resource in Resource.objects.order_by("venue_id", "position", "pk"):
        if resource.slug in gallery.SCENES:
            picture = pictures.keep(gallery.picture_of(resource.slug))
            said = gallery.SCENES[resource.slug][0]
            rows.append(ShownPicture(resource=resource, picture=picture, description=said))
    for venue in Venue.objects.all():
        own = [
            row for row in rows if row.resource and row.resource.venue_id == venue.pk and row.resource.parent_id is None
        ]
        for position, row in enumerate(own[:4]):
            rows.append(ShownPicture(venue=venue, picture=row.picture, description=row.description, position=position))
    ShownPicture.objects.bulk_create(rows)


@cache
def _logo(slug: str) -> Drawn:
    worn = DRESSES[slug]
    font = ImageFont.truetype(ttf_opensans.OPENSANS_BOLD.path, round(LINE * 0.52))
    image = Image.new("RGBA", (round(LINE * 1.3 + font.getlength(worn.words)), LINE), CLEAR)
    pen = ImageDraw.Draw(image)
    worn.mark(pen, LINE * 0.1, LINE * 0.8, worn.ink)
    if worn.mark is _ball:
        _cut(image, LINE * 0.1, LINE * 0.8)
    ImageDraw.Draw(image).text((LINE * 1.15, LINE / 2), worn.words, fill=worn.ink, font=font, anchor="lm")
    return draw(_png(image), Use.LOGO)


@cache
def _icon(slug: str) -> Drawn:
    worn = DRESSES[slug]
    sheet = Image.new("RGBA", (SIDE, SIDE), CLEAR)
    mark = Image.new("RGBA", (SIDE, SIDE), CLEAR)
    worn.mark(ImageDraw.Draw(mark), SIDE * 0.2, SIDE * 0.6, worn.ink)
    if worn.mark is _ball:
        _cut(mark, SIDE * 0.2, SIDE * 0.6)
    ImageDraw.Draw(sheet).rectangle((0, 0, SIDE, SIDE), fill=worn.ground)
    sheet.alpha_composite(mark)
    return draw(_png(sheet), Use.ICON)


def _cut(image: Image.Image, at: float, side: float) -> None:
    """Nothing of a mark but what lies in its circle."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((at, at, at + side, at + side), fill=255)
    image.putalpha(mask)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
