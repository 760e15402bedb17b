"""Colours that can be read. Pure: any colour in, readable colours for light and dark pages out.

Contrast follows WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for the edge of a
button (1.4.11). A colour that falls short is mixed with black or white until
it does not, so an owner can choose any colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Colour = tuple[int, int, int]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
# The darkest page of the light theme and the lightest of the dark one (static_src/styles.css).
LIGHT_PAGE, DARK_PAGE = (246, 247, 246), (44, 52, 49)
TEXT_CONTRAST, EDGE_CONTRAST = 4.6, 3.1
STEPS = 40
LINEAR_BELOW = 0.04045  # IEC 61966-2-1, as WCAG 2.2 uses it


@dataclass(frozen=True, slots=True)
class Shades:
    """What one mode needs: the fill of a button, the text on it, and the brand as text on the page."""

    fill: str
    on_fill: str
    ink: str


def shades(brand: str, *grounds: Colour) -> Shades:
    """Shades of `#rrggbb` that can be read on grounds of these colours, which are all light or all dark."""
    towards = _readable_on(grounds[0])
    fill = _until(parsed(brand), towards, grounds, EDGE_CONTRAST)
    on_fill = _readable_on(fill)
    ink = _until(fill, towards, grounds, TEXT_CONTRAST)
    return Shades(written(fill), written(on_fill), written(ink))


def readable(colour: Colour, *grounds: Colour) -> Colour:
    """The colour itself if it can be read as text on these grounds, or what it has to become."""
    return _until(colour, _readable_on(grounds[0]), grounds, TEXT_CONTRAST)


def as_ground(colour: Colour, text: Colour, wanted: float) -> Colour:
    """The colour itself if it is far enough from `text`, which is black or white, or what it has to become."""
    return _until(colour, WHITE if text == BLACK else BLACK, (text,), wanted)


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _readable_on(ground: Colour) -> Colour:
    return max(WHITE, BLACK, key=lambda text: contrast(text, ground))


def _until(colour: Colour, towards: Colour, grounds: Sequence[Colour], wanted: float) -> Colour:
    for step in range(STEPS + 1):
        mixed = mix(colour, towards, step / STEPS)
        if all(contrast(mixed, ground) >= wanted for ground in grounds):
            return mixed
    return towards


def mix(colour: Colour, towards: Colour, share: float) -> Colour:
    """A colour on its way to another: 0 is the one, 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, towards, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4)


def parsed(brand: str) -> Colour:
    """`#rrggbb` as numbers."""
    return int(brand[1:3], 16), int(brand[3:5], 16), int(brand[5:7], 16)


def written(colour: Colour) -> str:
    """Numbers as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
