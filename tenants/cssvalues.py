"""What an owner may set of the style sheet by name, and how it may be written.

A value is read into a colour or a length and written anew by us: not a character of what was typed reaches a style
sheet (T15). Colours are `#rgb`, `#rrggbb` or `rgb(1, 2, 3)`, lengths a number with `px`, `rem` or `em`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from kernel.errors import Invalid
from tenants.branding import Colour, written

HEX = re.compile(r"\A#(?:[0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE | re.ASCII)
RGB = re.compile(r"\Argb\( ?(\d{1,3}) ?[, ] ?(\d{1,3}) ?[, ] ?(\d{1,3}) ?\)\Z", re.IGNORECASE | re.ASCII)
LENGTH = re.compile(r"\A(-?\d{1,3}(?:\.\d{1,3})?)(px|rem|em)\Z", re.IGNORECASE | re.ASCII)
LINE = re.compile(r"\A(--[a-z-]{1,40})\s*:\s*([^;]{1,40});?\Z", re.ASCII)
MOST_LINES = 40
BRIGHTEST = 255


@dataclass(frozen=True, slots=True)
class Bounds:
    """A length from `least` to `most`, in pixels where it is `px` and in sixteenths of them where it is relative."""

    least: Decimal
    most: Decimal


COLOURS = ("--page", "--sheet", "--text")
"""Ground, raised ground and text of light pages; with `-dark` behind it, of dark ones."""
COLOUR_NAMES = (*COLOURS, *(f"{each}-dark" for each in COLOURS))
LENGTHS: Mapping[str, Bounds] = {
    "--radius-field": Bounds(Decimal(0), Decimal(32)),
    "--radius-box": Bounds(Decimal(0), Decimal(48)),
    "--radius-selector": Bounds(Decimal(0), Decimal(32)),
    "--border": Bounds(Decimal(1), Decimal(3)),
    "--logo-height": Bounds(Decimal(24), Decimal(72)),
    "--tracking": Bounds(Decimal("-0.8"), Decimal("1.6")),
}
NAMES = (*COLOUR_NAMES, *LENGTHS)
PIXELS: Mapping[str, Decimal] = {"px": Decimal(1), "rem": Decimal(16), "em": Decimal(16)}


def read(text: str) -> dict[str, str]:
    """`--name: value`, one a line, as names with values in our writing.

    Raises `Invalid("css_variable")` with a sentence that names the line.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise Invalid("css_variable", _("These are too many lines."))
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        matched = LINE.match(line)
        name, value = (matched[1], matched[2].strip()) if matched else ("", "")
        if name not in NAMES:
            raise _unknown(number)
        found[name] = _colour(value, number) if name in COLOUR_NAMES else _length(value, LENGTHS[name], number)
    return found


def lines_of(variables: Mapping[str, str]) -> str:
    """What `read` reads."""
    return "\n".join(f"{name}: {value}" for name, value in variables.items())


def colour_of(value: str) -> Colour | None:
    """A colour as numbers, or None for what is no colour."""
    if HEX.match(value):
        digits = value[1:] if len(value) > len("#fff") else "".join(2 * digit for digit in value[1:])
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    matched = RGB.match(value)
    if not matched:
        return None
    red, green, blue = (int(part) for part in matched.groups())
    return (red, green, blue) if max(red, green, blue) <= BRIGHTEST else None


def _colour(value: str, number: int) -> str:
    colour = colour_of(value)
    if colour is None:
        raise Invalid("css_variable", _("Line %(number)s: write a colour such as #0f766e.") % {"number": number})
    return written(colour)


def _length(value: str, bounds: Bounds, number: int) -> str:
    matched = LENGTH.match(value)
    if matched:
        amount, unit = Decimal(matched[1]), matched[2].lower()
        if bounds.least <= amount * PIXELS[unit] <= bounds.most:
            return f"{amount.normalize():f}{unit}"
    said = _("Line %(number)s: write a length from %(least)spx to %(most)spx.")
    raise Invalid("css_variable", said % {"number": number, "least": bounds.least, "most": bounds.most})


def _unknown(number: int) -> Invalid:
    names = ", ".join(NAMES)
    said = _("Line %(number)s: write one of these names, a colon and a value: %(names)s.")
    return Invalid("css_variable", said % {"number": number, "names": names})
