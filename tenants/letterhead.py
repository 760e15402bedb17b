"""How every letter looks: the tenant's name and colour, words, facts, one button. HTML and text say the same.

Styles are on the elements and nothing is fetched from anywhere, because programs for mail throw away or block the
rest; a second set of colours serves those that show letters in the dark. Words are plain text: only `**bold**` and
addresses that stand alone on a line become more than that in HTML, so nobody's name can bring a tag with it (T15).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from tenants.branding import Shades, shades
from tenants.models import Tenant

SHEET, DARK_SHEET = (255, 255, 255), (30, 36, 34)
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
ADDRESS = re.compile(r"\Ahttps?://[^\s\"'<>]+\Z")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a letter says. `words` are plain text, `facts` labels with values, `button` a label and an address.

    `off` is where one can stop such letters, `small` stands below everything else.
    """

    title: str
    words: str
    facts: tuple[tuple[str, str], ...] = ()
    button: tuple[str, str] | None = None
    small: str = ""
    off: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Paragraph:
    lines: tuple[SafeString, ...]


def text_of(sheet: Sheet) -> str:
    """The letter as plain text."""
    parts = [BOLD.sub(r"\1", paragraph) for paragraph in _split(sheet.words)]
    parts.append("\n".join(f"{label}: {value}" for label, value in sheet.facts))
    parts += [f"{label}:\n{address}" for label, address in [sheet.button] if address] if sheet.button else []
    parts.append(sheet.small)
    parts += [f"{label}:\n{address}" for label, address in [sheet.off]] if sheet.off else []
    return "\n\n".join(part for part in parts if part)


def html_of(sheet: Sheet, tenant: Tenant, language: str) -> str:
    """The letter as a page of its own, in the tenant's colours."""
    light, dark = shades(tenant.brand_color, SHEET), shades(tenant.brand_color, DARK_SHEET)
    with override(language):
        return render_to_string("letters/letter.html", _context(sheet, tenant, light, dark) | {"language": language})


def _context(sheet: Sheet, tenant: Tenant, light: Shades, dark: Shades) -> dict[str, object]:
    return {
        "sheet": sheet,
        "business": tenant.name,
        "paragraphs": [_marked(paragraph) for paragraph in _split(sheet.words)],
        "facts": [(label, value.splitlines()) for label, value in sheet.facts],
        "small": sheet.small.splitlines(),
        "light": light,
        "dark": dark,
    }


def _split(words: str) -> Iterable[str]:
    """Paragraphs without those that came out empty."""
    lines = "\n".join(line.strip() for line in words.replace("\r\n", "\n").split("\n"))
    return [part.strip() for part in re.split(r"\n{2,}", lines) if part.strip()]


def _marked(paragraph: str) -> _Paragraph:
    return _Paragraph(tuple(_line(line) for line in paragraph.split("\n")))


def _line(line: str) -> SafeString:
    safe = escape(line)
    if ADDRESS.match(line):
        return mark_safe(f'<a href="{safe}" style="color:inherit;word-break:break-all">{safe}</a>')  # noqa: S308
    return mark_safe(BOLD.sub(r"<strong>\1</strong>", safe))  # noqa: S308
