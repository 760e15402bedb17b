"""What a booking costs. Pure: a rate, a period and a number of people in, minor units out.

Hours are real time, so 01:00-04:00 on the night the clocks go forward is two.
They are counted to the minute and the product is rounded once, halves up.
Days and half days are those begun since the start, by the clock on the wall or
in real time, whichever is fewer: a day of 25 hours is one, and so are 24 hours.
"""

from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.money import rounded
from kernel.periods import Period
from venues.models import Rate

HOUR_MINUTES = 60


def price(rate: Rate, period: Period, participants: int, zone: ZoneInfo) -> int:
    """Total in minor units of the venue's currency, tax included."""
    return rounded(rate.amount_minor * quantity(Rate.Unit(rate.unit), period, participants, zone))


def quantity(unit: Rate.Unit, period: Period, participants: int, zone: ZoneInfo) -> Fraction:
    """How many of a pricing unit a booking uses."""
    hours = Fraction(period.minutes, HOUR_MINUTES)
    match unit:
        case Rate.Unit.HOUR:
            return hours
        case Rate.Unit.HALF_HOUR:
            return hours * 2
        case Rate.Unit.DAY:
            return Fraction(_started(period, zone, timedelta(days=1)))
        case Rate.Unit.HALF_DAY:
            return Fraction(_started(period, zone, timedelta(hours=12)))
        case Rate.Unit.BOOKING:
            return Fraction(1)
        case Rate.Unit.PERSON:
            return Fraction(participants)
        case Rate.Unit.PERSON_HOUR:
            return hours * participants


def _started(period: Period, zone: ZoneInfo, step: timedelta) -> int:
    # From midnight to midnight is one day, though it has 25 hours; 24 hours are one day, though they end at one.
    wall = _wall(period.end, zone) - _wall(period.start, zone)
    return max(1, -(-min(wall, period.end - period.start) // step))


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
