"""Which version of a booking somebody saw: whoever changes it may ask that it is still that one (RFC 9110, 13.1.1).

A version changes with every write of the booking's row, and with what the clock alone does to its status.
"""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.projection import phase
from kernel import failpoints
from kernel.errors import Outdated

LENGTH = 16


def version(booking: Booking, now: datetime) -> str:
    """The version at an instant: 16 characters, the same for everybody who may see the booking."""
    fields = [_plain(getattr(booking, field.attname)) for field in booking._meta.concrete_fields]
    return hashlib.sha256("\x1f".join([*fields, phase(booking, now)]).encode()).hexdigest()[:LENGTH]


def check(booking: Booking, seen: Collection[str] | None, now: datetime) -> None:
    """Raise `Outdated` unless the booking, read under its lock, is one of the versions seen; None asks for nothing."""
    if seen is None or failpoints.hit("versions.check"):  # the negative control of the race does not look
        return
    if version(booking, now) not in seen:
        raise Outdated("precondition_failed", _("This booking has been changed meanwhile. Please look at it again."))


def _plain(value: object) -> str:
    """A value as it is however it got onto the row: from the database or a moment ago."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
