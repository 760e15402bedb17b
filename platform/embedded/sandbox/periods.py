"""Billing periods: whole intervals from an anchor, in UTC, where a short month ends earlier and the next does not."""

import calendar
from datetime import UTC, datetime, timedelta

from embedded.sandbox.problems import Json

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def add(anchor: int, recurring: Json, times: int) -> int:
    """The end of so many intervals from an anchor: from 31 January one month is 28 February, two are 31 March."""
    begin = datetime.fromtimestamp(anchor, UTC)
    count = recurring["interval_count"] * times
    if days := DAYS.get(recurring["interval"]):
        return int((begin + timedelta(days=days * count)).timestamp())
    month = begin.month - 1 + MONTHS[recurring["interval"]] * count
    year, month = begin.year + month // 12, month % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return int(begin.replace(year=year, month=month, day=day).timestamp())


def following(anchor: int, recurring: Json, after: int) -> int:
    """The first end of an interval later than a moment."""
    times = 1
    while (end := add(anchor, recurring, times)) <= after:
        times += 1
    return end


def share(amount: int, moment: int, period: tuple[int, int]) -> int:
    """The part of an amount that is left of a period at a moment, rounded half up."""
    start, end = period
    whole, left = end - start, max(0, end - max(start, moment))
    return (2 * amount * left + whole) // (2 * whole) if whole else 0


def day(moment: int) -> str:
    """A date as invoices print it."""
    return f"{datetime.fromtimestamp(moment, UTC):%-d %b %Y}"
