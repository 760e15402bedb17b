"""What somebody brings as a picture, decoded and drawn anew. Pure: bytes in, bytes out.

Nothing of the file itself is ever served (T15): only pixels survive, so neither scripts behind a picture, nor where a
phone was when it took it. Formats are a list of ours, whatever the name of the file says; SVG is none of them, for it
is a program.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, ImageStat

from kernel.errors import Invalid

MOST_BYTES = 8_000_000
MOST_PIXELS, MOST_PIXELS_AT_ONCE = 50_000_000, 25_000_000
"""Of a JPEG, which can be read at a fraction of its size, and of everything else (100 MB while it is read)."""
MOST_SCANS = 50
"""So often a JPEG may go over its pixels. Cameras make 10 at most; each costs the time of the whole picture (T48)."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
WIDTHS = (320, 640, 1280, 1920)
LARGEST = (1920, 1920)
LARGEST_LOGO, LOGO_IN_LETTERS = (960, 480), (440, 112)
CARD = (1200, 630)
"""What social networks show of a page (ogp.me; 1.91 to 1)."""
LEAST_ICON, LARGEST_ICON = 128, (1024, 1024)
ICONS = (32, 180, 192, 512)
"""Pixels: a tab, Apple's home screen, and what a manifest needs (web.dev, "Add a web app manifest")."""
MASKABLE, SAFE_ZONE = 512, 0.8
QUALITY, QUALITY_OF_LOGOS, QUALITY_OF_CARDS = 72, 86, 82
WHITE = (255, 255, 255)
OPAQUE = 255
MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
START_OF_JPEG, START_OF_SCAN, END_OF_JPEG, ALONE = b"\xff\xd8", b"\xda", b"\xd9", {b"\x01", b"\xd8"}
MOST_PAINTED, DIM, BRIGHT = 0.97, 105, 200
MASKED_FILE, CARD_FILE, LETTER_FILE = "maskable.png", "card.jpg", "letter.png"


class Use(StrEnum):
    """What a picture is for, which decides what is made of it."""

    PLACE = "place"
    COVER = "cover"
    LOGO = "logo"
    ICON = "icon"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn anew: its digest, its largest size, every file by its name.

    `tone` is `dark` or `light` for what is clear and can hardly be seen on such a ground (`tenants.looks.Tone`).
    """

    digest: str
    width: int
    height: int
    files: Mapping[str, bytes]
    tone: str = ""


def draw(upload: bytes, use: Use) -> Drawn:
    """What is served of an upload.

    Raises `Invalid`: `picture_too_large`, `picture_svg`, `picture_format`, `picture_broken`, `picture_too_small`.
    """
    image = _read(upload)
    if use == Use.ICON:
        return _icon(image)
    if use == Use.LOGO:
        return _logo(image)
    image.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    card = _jpeg(ImageOps.fit(_on_white(image), CARD, Image.Resampling.LANCZOS))
    return _drawn(image, dict(_sizes(image, QUALITY)) | {CARD_FILE: card})


def widths_of(width: int) -> tuple[int, ...]:
    """In which widths a picture is there, the largest last; none is larger than what was brought."""
    return (*(each for each in WIDTHS if each < width), width)


def _read(upload: bytes) -> Image.Image:
    """The first frame, upright, as RGB or RGBA in sRGB."""
    if len(upload) > MOST_BYTES:
        raise too_large()
    if b"<svg" in upload[:1000].lower():
        raise Invalid("picture_svg", _("SVG files can carry programs. Save the picture as PNG and bring that."))
    try:
        image: Image.Image = Image.open(io.BytesIO(upload), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise too_large() from error
    except Exception as error:
        raise Invalid("picture_format", _("This is no picture that we know. JPEG, PNG, WebP and GIF are.")) from error
    if upload.startswith(START_OF_JPEG) and _has_many_scans(upload):
        raise too_large()
    if image.width * image.height > (MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_AT_ONCE):
        raise too_large()
    try:
        image.draft("RGB", LARGEST)
        upright = ImageOps.exif_transpose(image)
        return _plain(upright)
    except Exception as error:  # decoders raise whatever they meet in a file that is broken
        raise Invalid("picture_broken", _("This picture is damaged. Save it anew and try again.")) from error


def _has_many_scans(jpeg: bytes) -> bool:
    """By the markers of ITU-T T.81, annex B: each has a length behind it, but for those that stand alone."""
    scans, found = 0, MARKER.search(jpeg, len(START_OF_JPEG))
    while found and found[1] != END_OF_JPEG and scans <= MOST_SCANS:
        scans += found[1] == START_OF_SCAN
        length = 0 if found[1] in ALONE else int.from_bytes(jpeg[found.end() : found.end() + 2], "big")
        found = MARKER.search(jpeg, found.end() + length)
    return scans > MOST_SCANS


def too_large() -> Invalid:
    """The refusal of a file with too many bytes or pixels."""
    return Invalid("picture_too_large", _("This picture is too large. 8 MB and 50 megapixels are the most."))


def _plain(image: Image.Image) -> Image.Image:
    is_clear = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    profile = image.info.get("icc_profile")
    plain = image.convert("RGBA" if is_clear else "RGB")
    if profile and image.mode in {"RGB", "RGBA"}:
        plain = _in_srgb(plain, profile)
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    return fresh


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as a phone meant them; a profile that makes no sense is left out."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return changed or image


def _logo(image: Image.Image) -> Drawn:
    if image.mode == "RGBA":
        box = image.getbbox(alpha_only=True)
        if box is None:
            raise Invalid("picture_empty", _("There is nothing to be seen in this picture."))
        image = image.crop(box)
    image.thumbnail(LARGEST_LOGO, Image.Resampling.LANCZOS)
    small = image.copy()
    small.thumbnail(LOGO_IN_LETTERS, Image.Resampling.LANCZOS)
    files = dict(_sizes(image, QUALITY_OF_LOGOS)) | {LETTER_FILE: _png(small)}
    return replace(_drawn(image, files), tone=_tone(image))


def _tone(image: Image.Image) -> str:
    """By the mean brightness of what is painted, where a good part of the picture is not."""
    if image.mode != "RGBA":
        return ""
    painted = image.getchannel("A").point(lambda alpha: OPAQUE if alpha > OPAQUE // 2 else 0)
    if ImageStat.Stat(painted).mean[0] > OPAQUE * MOST_PAINTED:
        return ""
    brightness = ImageStat.Stat(image.convert("L"), mask=painted).mean[0]
    if brightness < DIM:
        return "dark"
    return "light" if brightness > BRIGHT else ""


def _icon(image: Image.Image) -> Drawn:
    if min(image.size) < LEAST_ICON:
        raise Invalid("picture_too_small", _("An icon needs at least 128 pixels on each side."))
    # A strip is made small first: the square around it would have the square of its pixels.
    image.thumbnail(LARGEST_ICON, Image.Resampling.LANCZOS)
    side = max(image.size)
    square = Image.new("RGBA", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    files = {f"{each}.png": _png(_at(square, each)) for each in ICONS}
    files[MASKED_FILE] = _png(_masked(square))
    largest = min(side, max(ICONS))
    fit = _at(square, largest)
    return _drawn(fit, dict(_sizes(fit, QUALITY_OF_LOGOS)) | files)


def _masked(square: Image.Image) -> Image.Image:
    """The icon inside the circle that no system cuts into (w3.org, "Icon masks and safe zone"), on its own ground."""
    corner = square.getpixel((0, 0))
    ground = corner[:3] if isinstance(corner, tuple) and corner[3] == OPAQUE else WHITE
    sheet = Image.new("RGB", (MASKABLE, MASKABLE), ground)
    inner = _at(square, round(MASKABLE * SAFE_ZONE))
    edge = (MASKABLE - inner.width) // 2
    sheet.paste(inner, (edge, edge), inner)
    return sheet


def _at(square: Image.Image, side: int) -> Image.Image:
    return square.resize((side, side), Image.Resampling.LANCZOS)


def _sizes(image: Image.Image, quality: int) -> Iterator[tuple[str, bytes]]:
    for width in widths_of(image.width):
        height = max(1, round(image.height * width / image.width))
        sized = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        sized.save(out, "WEBP", quality=quality, method=4)
        yield f"{width}.webp", out.getvalue()


def _drawn(image: Image.Image, files: Mapping[str, bytes]) -> Drawn:
    digest = hashlib.sha256(files[f"{image.width}.webp"]).hexdigest()
    return Drawn(digest, image.width, image.height, files)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    sheet = Image.new("RGB", image.size, WHITE)
    sheet.paste(image, mask=image)
    return sheet


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY_OF_CARDS, optimize=True, progressive=True)
    return out.getvalue()
