"""From what a clock on the venue's wall shows to the instant that is meant: on two nights a year that is a question."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kernel.errors import Invalid
from kernel.periods import instants
from tenants import speech


def instant_of(day: date, at: time, in_zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The instant of a wall time; of two, the first one unless the later is meant.

    `Invalid("time_skipped")` for a wall time that the clocks leave out.
    """
    found = instants(datetime.combine(day, at), in_zone)
    if not found:
        told = _("There is no %(time)s on that day: the clocks go forward.")
        raise Invalid("time_skipped", told % {"time": speech.wall(at)})
    return found[-1] if later else found[0]


def is_later(instant: datetime, in_zone: ZoneInfo) -> bool:
    """Whether it is the second time that the clocks show this."""
    local = instant.astimezone(in_zone)
    found = instants(local.replace(tzinfo=None), in_zone)
    return len(found) > 1 and found[-1] == instant


def comes_twice(day: date, at: time, in_zone: ZoneInfo) -> bool:
    """Whether the clocks show it twice on that day."""
    return len(instants(datetime.combine(day, at), in_zone)) > 1
