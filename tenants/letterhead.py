"""How every letter looks: the tenant's name and colour, words, facts, one button. HTML and text say the same.

Styles are on the elements and nothing is fetched from anywhere, because programs for mail throw away or block the
rest; a second set of colours serves those that show letters in the dark. Words are plain text: only `**bold**` and
addresses that stand alone on a line become more than that in HTML, so nobody's name can bring a tag with it (T15).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from tenants.addresses import address
from tenants.branding import Shades, shades
from tenants.looks import Look, Tone
from tenants.models import Tenant

SHEET, DARK_SHEET = (255, 255, 255), (30, 36, 34)
LOGO = (440, 112)
"""Pixels of `venues.encoding.LOGO_IN_LETTERS`."""
PLATES: dict[str, str] = {Tone.DARK: "#ffffff", Tone.LIGHT: "#1b211f"}
"""What is behind a logo that would not be seen, in the light and in the dark."""
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


def foot_of(tenant: Tenant) -> str:
    """What the owner has below every letter, for its plain text; empty without."""
    look = tenant.look
    lines = [look.footer.replace("\r\n", "\n").strip(), *(href for _label, href in _links(look))]
    said = "\n".join(filter(None, lines))
    return f"\n\n-- \n{said}" if said else ""


def html_of(sheet: Sheet, tenant: Tenant, language: str) -> str:
    """The letter as a page of its own, in the tenant's colours."""
    look = tenant.look
    light, dark = shades(look.color, SHEET), shades(look.color, DARK_SHEET)
    with override(language):
        return render_to_string("letters/letter.html", _context(sheet, tenant, light, dark) | {"language": language})


def _context(sheet: Sheet, tenant: Tenant, light: Shades, dark: Shades) -> dict[str, object]:
    return {
        "sheet": sheet,
        "business": tenant.name,
        "paragraphs": [_marked(paragraph) for paragraph in _split(sheet.words)],
        "facts": [(label, value.splitlines()) for label, value in sheet.facts],
        "small": sheet.small.splitlines(),
        "logo": _logo(tenant),
        "footer": tenant.look.footer.splitlines(),
        "links": [(label, href) for label, href in _links(tenant.look) if href],
        "light": light,
        "dark": dark,
    }


def _logo(tenant: Tenant) -> dict[str, object] | None:
    """An address with the host's name: programs for mail show no picture that is part of the letter's HTML.

    Half of its pixels each way, so that it is sharp.
    """
    look = tenant.look
    if not look.logo:
        return None
    share = min(Fraction(LOGO[0], look.logo_width), Fraction(LOGO[1], look.logo_height), Fraction(1))
    width, height = (max(1, round(side * share / 2)) for side in (look.logo_width, look.logo_height))
    source = address(tenant, reverse("picture", args=[look.logo, "letter.png"]))
    return {"source": source, "width": width, "height": height, "plate": PLATES.get(look.logo_tone, "")}


def _links(look: Look) -> tuple[tuple[str, str], ...]:
    return (_("Imprint"), look.imprint_url), (_("Privacy"), look.privacy_url), (_("Terms"), look.terms_url)


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
