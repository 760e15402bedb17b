"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Europe/Berlin`."""
    return ZoneInfo(name)


@cache
def zone_names() -> frozenset[str]:
    """Every name that a venue may have: places and UTC, not abbreviations such as `EST`."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def validate_zone(name: str) -> None:
    """Raise `ValidationError` for a name that is not in the IANA database."""
    if name not in zone_names():
        raise ValidationError(_("Use a time zone such as Europe/Berlin."), code="zone_unknown")
