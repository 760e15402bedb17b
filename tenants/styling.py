"""A brand as a style sheet. Pure: what the owner chose in, CSS and the list of what had to be corrected out.

Grounds are made light or dark enough first, then everything that stands on them is made readable, so there is no
choice that leads to a page that cannot be read (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tenants.branding import BLACK, WHITE, Colour, Shades, as_ground, mix, parsed, readable, shades, written

SANS = "ui-sans-serif,system-ui,sans-serif"
FONTS: Mapping[str, str] = MappingProxyType(
    {
        "inter": f'"Inter",{SANS}',
        "system": "system-ui,sans-serif",
        "humanist": "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',source-sans-pro,sans-serif",
        "geometric": "Avenir,Montserrat,Corbel,'URW Gothic',source-sans-pro,sans-serif",
        "rounded": "ui-rounded,'Hiragino Maru Gothic ProN',Quicksand,Comfortaa,Manjari,'Arial Rounded MT Bold',"
        "Calibri,source-sans-pro,sans-serif",
        "serif": "'Iowan Old Style','Palatino Linotype','URW Palladio L',P052,serif",
        "slab": "Rockwell,'Rockwell Nova','Roboto Slab','DejaVu Serif','Sitka Small',serif",
        "mono": "ui-monospace,'Cascadia Code','Source Code Pro',Menlo,Consolas,'DejaVu Sans Mono',monospace",
    }
)
"""Typefaces that are there already: none but Inter is fetched, and that from us (modernfontstacks.com)."""
SAME_FONT = "same"
CORNERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "none": ("0", "0", "0"),
        "small": (".25rem", ".25rem", ".375rem"),
        "medium": (".5rem", ".5rem", ".75rem"),
        "large": (".75rem", ".75rem", "1.25rem"),
        "round": ("2rem", "2rem", "1.75rem"),
    }
)
"""Of what one ticks, of fields and buttons, and of sheets."""
LIGHT, DARK = "light", "dark"
THEMES = {LIGHT: "forecourt", DARK: "forecourt-dark"}
# Page, sheet, edge and text of the two themes, and words of state (static_src/themes.css, static_src/styles.css).
GROUNDS = {
    LIGHT: ("#f6f7f6", "#ffffff", "#e3e6e4", "#1b211f", "#56605c"),
    DARK: ("#0e1211", "#161b1a", "#2c3431", "#e9edeb", "#a5b0ac"),
}
STATES = {
    LIGHT: {"error": "#ae2121", "success": "#14692f", "info": "#0b5f8a"},
    DARK: {"error": "#ff9a92", "success": "#72d08d", "info": "#7cc4ec"},
}
GROUND_CONTRAST = 10.0
"""Of a ground with black or white: what is left is enough for every word and edge on it."""
EDGE_SHARE = {LIGHT: 0.09, DARK: 0.14}


@dataclass(frozen=True, slots=True)
class Palette:
    """What the owner chose: colours as `#rrggbb` (the second may be empty), names of `FONTS` and `CORNERS`."""

    color: str
    second_color: str = ""
    font: str = "inter"
    heading_font: str = SAME_FONT
    corners: str = "large"
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """That a colour (`color`, `second_color` or the name of a variable) became another on light or dark pages."""

    what: str
    mode: str
    chosen: str
    used: str


@dataclass(frozen=True, slots=True)
class _Mode:
    """Every colour of one mode."""

    page: Colour
    sheet: Colour
    edge: Colour
    text: Colour
    quiet: Colour
    first: Shades
    second: Shades


def style_sheet(palette: Palette) -> str:
    """CSS that lays a brand over the style sheet, for both modes and for pages that are told which one to be."""
    light, dark = (_rules(palette, mode) for mode in (LIGHT, DARK))
    return (
        f":root{{{_shape(palette)}}}\n"
        f':root,[data-theme="{THEMES[LIGHT]}"]{{{light}}}\n'
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="{THEMES[LIGHT]}"]){{{dark}}}}}\n'
        f'[data-theme="{THEMES[DARK]}"]{{{dark}}}\n'
        f"h1,h2,h3,.brand-name{{font-family:var(--font-heading)}}\n"
    )


def corrections(palette: Palette) -> list[Correction]:
    """What of the owner's colours is not shown as it was chosen, because it could not be read."""
    return [found for mode in (LIGHT, DARK) for found in _corrected(palette, mode) if found.chosen != found.used]


def ground(palette: Palette, mode: str) -> str:
    """The colour at the head of pages, which browsers continue around them."""
    return written(_mode(palette, mode).sheet)


def fill(palette: Palette, mode: str) -> Shades:
    """The shades of the first colour."""
    return _mode(palette, mode).first


def _mode(palette: Palette, mode: str) -> _Mode:
    end = "" if mode == LIGHT else "-dark"
    page, sheet, edge, text, quiet = (parsed(each) for each in GROUNDS[mode])
    mine = {each: parsed(palette.variables[f"--{each}{end}"]) for each in _chosen(palette, end)}
    far = BLACK if mode == LIGHT else WHITE
    if mine:
        page = as_ground(mine.get("page", page), far, GROUND_CONTRAST)
        sheet = as_ground(mine.get("sheet", sheet), far, GROUND_CONTRAST)
        edge = as_ground(mix(page, far, EDGE_SHARE[mode]), far, GROUND_CONTRAST * 0.8)
    text = readable(mine.get("text", text), page, sheet, edge)
    quiet = readable(quiet, page, sheet)
    grounds = (page, sheet, edge) if mode == DARK or mine else (page, sheet)
    first = shades(palette.color, *grounds)
    second = shades(palette.second_color, *grounds) if palette.second_color else first
    return _Mode(page, sheet, edge, text, quiet, first, second)


def _chosen(palette: Palette, end: str) -> list[str]:
    return [each for each in ("page", "sheet", "text") if f"--{each}{end}" in palette.variables]


def _rules(palette: Palette, mode: str) -> str:
    found = _mode(palette, mode)
    rules = {
        "color-primary": found.first.fill,
        "color-primary-content": found.first.on_fill,
        "color-accent": found.second.fill,
        "color-accent-content": found.second.on_fill,
        "ink": found.first.ink,
        "quiet": written(found.quiet),
    }
    if _chosen(palette, "" if mode == LIGHT else "-dark"):
        rules |= {
            "color-base-100": written(found.sheet),
            "color-base-200": written(found.page),
            "color-base-300": written(found.edge),
            "color-base-content": written(found.text),
        }
        for name, colour in STATES[mode].items():
            rules[f"color-{name}"] = written(readable(parsed(colour), found.page, found.sheet, found.edge))
    return ";".join(f"--{name}:{value}" for name, value in rules.items())


def _shape(palette: Palette) -> str:
    selector, field, box = CORNERS[palette.corners]
    rules = {
        "--font-sans": FONTS[palette.font],
        "--font-heading": FONTS[palette.font if palette.heading_font == SAME_FONT else palette.heading_font],
        "--radius-selector": selector,
        "--radius-field": field,
        "--radius-box": box,
    }
    rules |= {name: value for name, value in palette.variables.items() if not _is_colour(name)}
    return ";".join(f"{name}:{value}" for name, value in rules.items())


def _is_colour(name: str) -> bool:
    return name.removesuffix("-dark") in {"--page", "--sheet", "--text"}


def _corrected(palette: Palette, mode: str) -> Iterator[Correction]:
    found, end = _mode(palette, mode), "" if mode == LIGHT else "-dark"
    yield Correction("color", mode, palette.color, found.first.ink)
    if palette.second_color:
        yield Correction("second_color", mode, palette.second_color, found.second.fill)
    for name, used in (("page", found.page), ("sheet", found.sheet), ("text", found.text)):
        if name in _chosen(palette, end):
            yield Correction(f"--{name}{end}", mode, palette.variables[f"--{name}{end}"], written(used))
