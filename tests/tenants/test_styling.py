"""Whatever an owner chooses, pages can be read (WCAG 2.2), and a style sheet is all that comes of it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Invalid
from tenants import cssvalues, styling
from tenants.branding import contrast, parsed
from tenants.cssvalues import COLOUR_NAMES, LENGTHS, colour_of, read
from tenants.styling import CORNERS, DARK, FONTS, LIGHT, Palette, corrections, style_sheet

COLOURS = st.from_regex(r"\A#[0-9a-f]{6}\Z")
PALETTES = st.builds(
    Palette,
    color=COLOURS,
    second_color=st.one_of(st.just(""), COLOURS),
    font=st.sampled_from(sorted(FONTS)),
    heading_font=st.sampled_from(["same", *sorted(FONTS)]),
    corners=st.sampled_from(sorted(CORNERS)),
    variables=st.dictionaries(st.sampled_from(COLOUR_NAMES), COLOURS),
)
RULE = re.compile(r"--([a-z0-9-]+):([^;}]+)")
SHAPE = re.compile(
    r"\A:root\{[^{}]*\}\n:root,\[data-theme=\"forecourt\"\]\{[^{}]*\}\n"
    r"@media \(prefers-color-scheme:dark\)\{:root:not\(\[data-theme=\"forecourt\"\]\)\{[^{}]*\}\}\n"
    r"\[data-theme=\"forecourt-dark\"\]\{[^{}]*\}\nh1,h2,h3,\.brand-name\{font-family:var\(--font-heading\)\}\n\Z"
)


def colours_of(palette: Palette, mode: str) -> dict[str, str]:
    """The custom properties of a mode, with those of the theme where the brand sets none."""
    page, sheet, edge, text, quiet = styling.GROUNDS[mode]
    usual = {"color-base-200": page, "color-base-100": sheet, "color-base-300": edge, "color-base-content": text}
    usual |= {f"color-{name}": colour for name, colour in styling.STATES[mode].items()} | {"quiet": quiet}
    line = style_sheet(palette).split("\n")[1 if mode == LIGHT else 3]
    return usual | dict(RULE.findall(line))


@settings(max_examples=150)
@given(PALETTES, st.sampled_from([LIGHT, DARK]))
def test_every_choice_can_be_read(palette: Palette, mode: str) -> None:
    """1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for the edges of what one presses."""
    found = {name: parsed(value) for name, value in colours_of(palette, mode).items()}
    grounds = [found["color-base-100"], found["color-base-200"]]
    for ground in grounds:
        for words in ("color-base-content", "ink", "quiet", "color-error", "color-success", "color-info"):
            assert contrast(found[words], ground) >= 4.5, (words, palette)
        for edge in ("color-primary", "color-accent"):
            assert contrast(found[edge], ground) >= 3, (edge, palette)
    for name in ("primary", "accent"):
        assert contrast(found[f"color-{name}"], found[f"color-{name}-content"]) >= 4.5
    assert contrast(found["color-base-content"], found["color-base-300"]) >= 4.5


@settings(max_examples=60)
@given(PALETTES)
def test_style_sheet_has_always_the_same_rules(palette: Palette) -> None:
    assert SHAPE.match(style_sheet(palette))


@pytest.mark.parametrize("color", ["#ffff00", "#000000", "#ffffff"])
def test_ugly_colours_are_corrected_and_the_owner_hears_of_it(color: str) -> None:
    modes = {each.mode for each in corrections(Palette(color)) if each.what == "color"}
    assert modes == {"#ffff00": {LIGHT}, "#000000": {DARK}, "#ffffff": {LIGHT}}[color]


def test_grounds_stay_light_or_dark_enough() -> None:
    palette = Palette("#0f766e", variables={"--page": "#101010", "--text": "#eeeeee", "--page-dark": "#fafafa"})
    found = corrections(palette)
    assert [(each.what, each.mode) for each in found if each.what.startswith("--")] == [
        ("--page", LIGHT),
        ("--text", LIGHT),
        ("--page-dark", DARK),
    ]
    assert all(each.used != each.chosen for each in found)


def test_what_is_fine_is_left_alone() -> None:
    assert [each for each in corrections(Palette("#0f766e")) if each.mode == LIGHT] == []
    assert "--color-primary:#0f766e" in style_sheet(Palette("#0f766e"))
    assert "color-base-100" not in style_sheet(Palette("#0f766e"))


def test_variables_are_read_and_written_anew() -> None:
    text = "--page: #FAF\n\n --text:rgb(1, 2, 3);\r\n--radius-box : 1.50rem\n--tracking: -0.02em"
    found = {"--page": "#ffaaff", "--text": "#010203", "--radius-box": "1.5rem", "--tracking": "-0.02em"}
    assert read(text) == found
    assert read(cssvalues.lines_of(found)) == found
    assert "--radius-box:1.5rem" in style_sheet(Palette("#0f766e", variables=found))


@pytest.mark.parametrize(
    "line",
    [
        "--page: url(//evil.example/x)",
        "--page: expression(alert(1))",
        "--page: #fff;} body{display:none",
        "--page: #fff}",
        "--page: #ffff",
        "--page: #ﬀﬀﬀ",
        "--page: red",
        "--page: rgb(256, 0, 0)",
        "--page: rgb(1,2,3)/**/",
        "--page: var(--x)",
        "--page: \\23 fff",
        "--page:",
        "--page",
        "--evil: #fff",
        "--color-primary: #fff",
        "page: #fff",
        "@import '//evil.example'",
        "/* x */ --page: #fff",
        "--radius-box: 49px",
        "--radius-box: -1px",
        "--radius-box: 1vw",
        "--radius-box: calc(1px)",
        "--radius-box: 1px 2px",
        "--radius-box: ٣px",
        "--border: 0px",
        "--logo-height: 9999px",
        "--tracking: 1em;--page:#fff",
        "</style><script>alert(1)</script>",
    ],
)
def test_everything_else_is_refused(line: str) -> None:
    """T15."""
    with pytest.raises(Invalid, match="Line 2"):
        read(f"--border: 2px\n{line}")


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_no_text_gets_into_a_style_sheet(text: str) -> None:
    """T15: what is taken is written by us."""
    for name in (*COLOUR_NAMES, *LENGTHS):
        try:
            found = read(f"{name}: {text}")
        except Invalid:
            continue
        assert all(re.fullmatch(r"#[0-9a-f]{6}|-?[0-9.]+(px|rem|em)", value) for value in found.values())


def test_colours_are_read_in_three_ways() -> None:
    assert [colour_of(each) for each in ("#0f0", "#00FF00", "rgb(0 255 0)", "green")] == [
        (0, 255, 0),
        (0, 255, 0),
        (0, 255, 0),
        None,
    ]
