"""A tenant's colour as a style sheet. Pure: one colour in, readable colours for light and dark pages out.

Contrast follows WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for the edge of a
button (1.4.11). A colour that falls short is mixed with black or white until
it does not, so an owner can choose any colour.
"""

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


def shades(brand: str, page: Colour) -> Shades:
    """Shades of `#rrggbb` that can be read on a page of this colour."""
    towards = _readable_on(page)
    fill = _until(_parsed(brand), towards, page, EDGE_CONTRAST)
    on_fill = _readable_on(fill)
    ink = _until(fill, towards, page, TEXT_CONTRAST)
    return Shades(_written(fill), _written(on_fill), _written(ink))


def style_sheet(brand: str) -> str:
    """CSS that lays a brand over the style sheet, for both modes."""
    light, dark = _rules(shades(brand, LIGHT_PAGE)), _rules(shades(brand, DARK_PAGE))
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _readable_on(ground: Colour) -> Colour:
    return max(WHITE, BLACK, key=lambda text: contrast(text, ground))


def _rules(mode: Shades) -> str:
    return (
        f"--color-primary:{mode.fill};--color-primary-content:{mode.on_fill};"
        f"--color-accent:{mode.fill};--color-accent-content:{mode.on_fill};--ink:{mode.ink}"
    )


def _until(colour: Colour, towards: Colour, page: Colour, wanted: float) -> Colour:
    for step in range(STEPS + 1):
        mixed = _mixed(colour, towards, step / STEPS)
        if contrast(mixed, page) >= wanted:
            return mixed
    return towards


def _mixed(colour: Colour, towards: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, towards, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4)


def _parsed(brand: str) -> Colour:
    return int(brand[1:3], 16), int(brand[3:5], 16), int(brand[5:7], 16)


def _written(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
