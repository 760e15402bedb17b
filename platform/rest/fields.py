"""Fields that mean the same in every dialect."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

YEARS = range(2000, 2200)
SMALLINT_MAX = 32_767
BIGINT_MAX = 2**63 - 1
WALL_TIMES = ("%H:%M", "%H:%M:00")
"""How a time on a venue's wall may be written; the latter is what many languages make of one."""


def whole(text: str, most: int = BIGINT_MAX) -> int | None:
    """A number in ASCII digits, as addresses and forms write it; None for anything else, and for what is too large."""
    is_one = text.isascii() and text.isdigit() and len(text) <= len(str(BIGINT_MAX))
    return int(text) if is_one and int(text) <= most else None


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field):
    """An ISO 8601 date and time with an offset; a naive one is refused, for nobody should have to guess."""

    default_error_messages = {
        "invalid": "Use ISO 8601 with an offset, such as 2025-01-15T10:00:00+01:00.",
        "naive": "The offset is missing: 2025-01-15T10:00:00+01:00 or 2025-01-15T09:00:00Z.",
        "range": "This is too far away.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        """The instant in UTC; a validation error for anything else."""
        try:
            parsed = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            parsed = None
        if parsed is None:
            self.fail("invalid")
        if parsed.tzinfo is None:
            self.fail("naive")
        if parsed.year not in YEARS:
            self.fail("range")
        return parsed.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        """Audit stamps: UTC with a `Z`, to the second."""
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@extend_schema_field(OpenApiTypes.DATE)
class DayField(serializers.Field):
    """A calendar day, `YYYY-MM-DD`."""

    default_error_messages = {"invalid": "Use a date such as 2025-01-15."}

    def to_internal_value(self, data: Any) -> date:
        """The day; a validation error for anything else."""
        try:
            parsed = parse_date(data) if isinstance(data, str) else None
        except ValueError:
            parsed = None
        if parsed is None or parsed.year not in YEARS:
            self.fail("invalid")
        return parsed

    def to_representation(self, value: date) -> str:
        """ISO 8601."""
        return value.isoformat()


class WordsField(serializers.Field):
    """One of some words, or several: with commas, or the parameter several times, as generated clients send lists."""

    default_error_messages = {"invalid": "Use {words}."}

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        super().__init__(required=False)

    def get_value(self, dictionary: Any) -> Any:
        """All that was given, with commas; nothing for a parameter without a value."""
        return ",".join(filter(None, dictionary.getlist(self.field_name))) or empty

    def to_internal_value(self, data: Any) -> list[str]:
        """The named ones; a validation error for one that there is not."""
        names = str(data).split(",")
        if not set(names) <= set(self.words):
            self.fail("invalid", words=", ".join(self.words))
        return names


def local_text(instant: datetime, zone: ZoneInfo) -> str:
    """`2025-01-15T10:00:00+01:00`: an instant with the offset that a venue's clocks have at it."""
    return instant.astimezone(zone).isoformat(timespec="seconds")
