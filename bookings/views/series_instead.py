"""What is had in place of dates of a series that are taken, as it was chosen where they were shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import series
from bookings.models import Series
from bookings.placing import Onward
from bookings.records import Actor
from bookings.series import Adding, Made
from bookings.views.consent import number
from bookings.views.series_forms import day_of, time_of
from kernel.errors import Conflict, Refused
from kernel.money import from_text
from schemas.transactions import transact
from venues.models import Resource


@dataclass(frozen=True, slots=True)
class Wanted:
    """Instead of a day's date: what to add, at the price in minor units that was shown."""

    day: date
    adding: Adding
    minor: int


def chosen(values: Sequence[str], resource: Resource) -> list[Wanted]:
    """What the page sends back (`series_words.Instead.value`); nonsense is nothing."""
    found: list[Wanted] = []
    for value in values:
        day, _bar, rest = value.partition("|")
        at, _bar, rest = rest.partition("|")
        place, _bar, price = rest.partition("|")
        on = day_of(day)
        try:
            minor = from_text(price, resource.venue.currency)
        except ValueError:
            continue
        if on is not None:
            adding = Adding((on,), number(place, most=2**63 - 1), time_of(at) if at else None)
            found.append(Wanted(on, adding, minor))
    return found


def take(found: Series, wanted: Wanted, actor: Actor, onward: Onward | None = None) -> bool:
    """Whether it could still be had, at the price that was shown."""

    def act() -> Made:
        done = series.add_dates(found, wanted.adding, actor, onward)
        if sum(booking.total_minor for booking in done.bookings) != wanted.minor:
            raise Conflict("price_changed", _("Dates or prices have changed since you looked. Nothing was booked."))
        return done

    try:
        transact(act)
    except Refused:
        return False
    return True


def gone(count: int) -> str:
    """In words: so many could not be had any more."""
    said = ngettext(
        "%(count)d alternative was gone by then, and that date is left out.",
        "%(count)d alternatives were gone by then, and those dates are left out.",
        count,
    )
    return said % {"count": count}
