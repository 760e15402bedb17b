"""What is due when, by example: a booking of a resource with a deposit, made long before and shortly before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bookings.baskets import Basket
from bookings.prices import balance_due_at, priced
from desk.prices.sellers import Place
from kernel.periods import Period, midnight
from venues.models import Rate, Resource
from venues.pricelists import PriceList, sell_by
from venues.pricing import NoPrice
from venues.repricing import tariff

LONG_BEFORE = timedelta(days=30)
ONE_HOUR, HOURS = timedelta(hours=1), 7 * 24


@dataclass(frozen=True)
class Case:
    """A booking made so many days before its start: what is due at once, and the rest."""

    days_before: int
    total_minor: int
    now_minor: int
    later_minor: int
    due_on: date | None


def deposit_cases(place: Place, rates: Sequence[Rate], today: date) -> list[Case]:
    """Worked cases of a resource's deposit, by the code that prices bookings; none where it asks for none."""
    row = place.row
    if not isinstance(row, Resource) or not (row.deposit_percent or row.deposit_minor) or not rates:
        return []
    sell_by(row, PriceList(tariff(rate, rate.pk) for rate in rates))
    period = _first_priced(place, row, today + timedelta(days=row.balance_days_before or 0) + 2 * LONG_BEFORE)
    if period is None:
        return []
    balance = row.balance_days_before
    days = [30] if balance is None else [balance + 30, max(0, balance - 1)]
    return [_case(place, row, period, before) for before in dict.fromkeys(days)]


def _case(place: Place, row: Resource, period: Period, days: int) -> Case:
    booked_at = period.start - timedelta(days=days)
    price = priced(Basket((row,), period, place.zone, booked_at=booked_at))
    due_at: datetime | None = balance_due_at(row, period.start) if price.deposit_minor else None
    return Case(
        days_before=days,
        total_minor=price.total_minor,
        now_minor=price.due_now_minor,
        later_minor=price.due_minor - price.due_now_minor,
        due_on=due_at.astimezone(place.zone).date() if due_at else None,
    )


def _first_priced(place: Place, row: Resource, day: date) -> Period | None:
    """The shortest booking at the first full hour of a week that has a price for everybody."""
    start = midnight(day, place.zone) + 10 * ONE_HOUR
    for _hour in range(HOURS):
        period = Period(start, start + timedelta(minutes=row.min_minutes))
        try:
            priced(Basket((row,), period, place.zone))
        except NoPrice:
            start += ONE_HOUR
        else:
            return period
    return None
