"""Wall hours of a tenant: when quiet hours end, when a wall time comes next. Pure; clock changes are minded."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def instant(day: date, wall: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The instant of a wall time; one that the clocks skip is as much later as they are put on."""
    return datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)


def quiet_end(now: datetime, zone: ZoneInfo, first: time, last: time) -> datetime | None:
    """When the quiet hours end in which `now` lies, from `first` until `last`, over midnight too; None outside.

    Two equal times are no quiet hours at all.
    """
    local = now.astimezone(zone)
    wall = local.time()
    over_midnight = first > last
    is_quiet = (wall >= first or wall < last) if over_midnight else first <= wall < last
    if not is_quiet:
        return None
    day = local.date() + DAY if over_midnight and wall >= first else local.date()
    ends = instant(day, last, zone)
    return ends if ends > now else instant(day, last, zone, fold=1)


def next_at(now: datetime, wall: time, zone: ZoneInfo) -> datetime:
    """The next instant after `now` at which clocks on the wall show this time; once a day."""
    today = now.astimezone(zone).date()
    days = (instant(today + count * DAY, wall, zone) for count in range(3))
    return next(moment for moment in days if moment > now)
