"""The typeface, and what it cannot show."""

import unicodedata
from functools import cache

import ttf_opensans
from fontTools.ttLib import TTFont

NAME = "Open Sans"
STYLES = {"": ttf_opensans.OPENSANS_REGULAR.path, "B": ttf_opensans.OPENSANS_SEMIBOLD.path}
UNKNOWN = "?"


@cache
def known() -> frozenset[int]:
    """Code points that both styles have: Latin with all its accents, Greek, Cyrillic, Vietnamese."""
    return frozenset.intersection(*(frozenset(TTFont(path).getBestCmap()) for path in STYLES.values()))


def drawable(text: str) -> str:
    """A text of letters that the typeface has: what it lacks is taken apart, or becomes a question mark."""
    return "".join(char if char == "\n" or ord(char) in known() else _instead(char) for char in text)


def _instead(char: str) -> str:
    if char.isspace():
        return " "
    if unicodedata.category(char) in {"Cc", "Cf", "Mn"}:
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if ord(part) in known())
    return plain or UNKNOWN
