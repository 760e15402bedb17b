"""What the terms and the privacy page say of who runs this house: all of it from settings, nothing invented."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

VERSION = "2026-11-22"
"""Of the terms, the processing agreement and the privacy page; whoever signs up agrees to this one.

Change it with every change of theirs, and owners are asked at the desk; `tests/website/test_texts.py` holds that.
"""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the platform; what is empty was not filled in, and pages say so."""

    name: str
    address: tuple[str, ...]
    email: str
    phone: str
    represented_by: str
    register: str
    vat_id: str
    country: str
    hosting: str
    processors: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether there is an imprint as the law asks (DDG, section 5): a name, an address, a way to write."""
        return bool(self.name and self.address and self.email)


def operator() -> Operator:
    """As the settings say it."""
    return Operator(
        name=settings.PLATFORM_NAME,
        address=_lines(settings.PLATFORM_ADDRESS),
        email=settings.PLATFORM_EMAIL,
        phone=settings.PLATFORM_PHONE,
        represented_by=settings.PLATFORM_REPRESENTED_BY,
        register=settings.PLATFORM_REGISTER,
        vat_id=settings.PLATFORM_VAT_ID,
        country=settings.PLATFORM_COUNTRY,
        hosting=settings.PLATFORM_HOSTING,
        processors=_lines(settings.PLATFORM_PROCESSORS),
    )


def version_day() -> date:
    """The day of the version."""
    return date.fromisoformat(VERSION)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("|") if line.strip())
