"""Good guesses for somebody who begins: the country of a zone, and what a business of such a name lets."""

from babel.core import get_global

from desk.places.templates import TEMPLATES

WORDS = (
    ("padel", "padel"),
    ("tennis", "tennis"),
    ("squash", "squash"),
    ("badminton", "tennis"),
    ("soccer", "pitch"),
    ("football", "pitch"),
    ("fußball", "pitch"),
    ("kayak", "kayaks"),
    ("kajak", "kayaks"),
    ("boat", "kayaks"),
    ("boot", "kayaks"),
    ("bowling", "lane"),
    ("kegel", "lane"),
    ("yoga", "class"),
    ("pilates", "class"),
    ("studio", "studio"),
    ("rehears", "studio"),
    ("proberaum", "studio"),
    ("meeting", "room"),
    ("cowork", "room"),
    ("office", "room"),
    ("büro", "room"),
    ("hall", "hall"),
    ("halle", "hall"),
    ("club", "tennis"),
    ("sport", "tennis"),
)
"""What the name of a business says, the surer words first, and the template that goes with it."""


def country_of(zone: str) -> str:
    """The country in which a time zone lies, by its two letters; empty for zones that lie nowhere, such as UTC."""
    found = get_global("zone_territories").get(zone, "")
    return found if len(found) == 2 and found.isalpha() else ""  # noqa: PLR2004


def template_of(name: str) -> str:
    """The code of the template that comes closest to the name of a business."""
    said = name.lower()
    return next((code for word, code in WORDS if word in said), TEMPLATES[0].code)


def suggested(kind: str) -> tuple[int, str]:
    """A price in whole units of the currency, and its unit, for a kind of resource."""
    found = next((each for each in TEMPLATES if each.kind == kind), TEMPLATES[-1])
    return found.price, str(found.unit)
