"""What a price tag says of a resource, and its rates as a person reads them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from tenants import speech
from venues.models import Rate, Resource
from venues.pricelists import Standing, Tariff, price_list, sign_price

MONDAY = date(2024, 1, 1)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Tag:
    """The least that a unit of time costs; `has_dearer` where others or other times cost more."""

    unit: str
    amount_minor: int
    currency: str
    has_dearer: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything."""
        return not self.amount_minor and not self.has_dearer

    @property
    def words(self) -> str:
        """`€25.00 per hour`, `from €22.00 per hour`, `free of charge`."""
        if self.is_free:
            return _("free of charge")
        price = f"{speech.money(self.amount_minor, self.currency)} {Rate.Unit(self.unit).label}"
        return _("from %(price)s") % {"price": price} if self.has_dearer else price


@dataclass(frozen=True, slots=True)
class RateLine:
    """One rate in words; `mark` says whether that is more or less than usual."""

    name: str
    when: str
    price: str
    mark: str
    is_dearer: bool


def tag_of(resource: Resource, today: date | None = None) -> Tag:
    """The tag of a resource that was read with prices. Rates for a season count on its days only."""
    base = sign_price(resource)
    amounts = {tariff.amount_minor for tariff in _for_all(resource, today) if tariff.unit == base.unit}
    amounts.add(base.amount_minor)
    return Tag(base.unit, min(amounts), resource.venue.currency, len(amounts) > 1)


def least(tags: Iterable[Tag]) -> Tag | None:
    """One tag for many: the least of the unit that most of them have; None for none."""
    found = list(tags)
    if not found:
        return None
    (unit, currency), _count = Counter((tag.unit, tag.currency) for tag in found).most_common(1)[0]
    lowest = min(tag.amount_minor for tag in found if (tag.unit, tag.currency) == (unit, currency))
    return Tag(unit, lowest, currency, len(set(found)) > 1 or found[0].has_dearer)


def rate_lines(resource: Resource, standings: Sequence[Standing], today: date) -> list[RateLine]:
    """The rates that count now or later, for everybody and for the caller's groups: what is usual first."""
    groups = {standing.group_id: standing.name for standing in standings}
    base = sign_price(resource)
    shown = [
        tariff
        for tariff in reversed(price_list(resource).tariffs)
        if (tariff.group_id is None or tariff.group_id in groups)
        and (tariff.valid_until is None or tariff.valid_until >= today)
    ]
    shown.sort(key=lambda tariff: tariff.rate_id != base.rate_id)
    return [_line(tariff, base, groups, resource.venue.currency) for tariff in shown]


def _for_all(resource: Resource, today: date | None) -> list[Tariff]:
    return [tariff for tariff in price_list(resource).tariffs if tariff.group_id is None and _in_season(tariff, today)]


def _in_season(tariff: Tariff, today: date | None) -> bool:
    if today is None:
        return not (tariff.valid_from or tariff.valid_until)
    return (tariff.valid_from or today) <= today <= (tariff.valid_until or today)


def _line(tariff: Tariff, base: Tariff, groups: dict[int, str], currency: str) -> RateLine:
    price = speech.money(tariff.amount_minor, currency)
    of_group = groups.get(tariff.group_id, "") if tariff.group_id else ""
    dearer = tariff.unit == base.unit and tariff.amount_minor > base.amount_minor
    cheaper = tariff.unit == base.unit and tariff.amount_minor < base.amount_minor
    return RateLine(
        name=tariff.name or of_group or (_("Usual price") if tariff.rate_id == base.rate_id else _("Special price")),
        when=" · ".join(part for part in (_weekdays(tariff), _hours(tariff), _season(tariff)) if part) or _("always"),
        price=f"{price} {Rate.Unit(tariff.unit).label}" if tariff.amount_minor else _("free of charge"),
        mark=_("peak") if dearer else _("off-peak") if cheaper and not of_group else "",
        is_dearer=dearer,
    )


def weekday_spans(weekdays: Iterable[int]) -> str:
    """`Mon – Fri, Sun`, of numbers with 0 for Monday."""
    runs: list[list[int]] = []
    for day in sorted(set(weekdays)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(weekday(run[0]) if len(run) == 1 else f"{weekday(run[0])} – {weekday(run[-1])}" for run in runs)


def weekday(number: int, form: str = "EEE") -> str:
    """A weekday's name, 0 for Monday."""
    return speech.day(MONDAY + timedelta(days=number), form=form)


def _weekdays(tariff: Tariff) -> str:
    return weekday_spans(tariff.weekdays) if 0 < len(tariff.weekdays) < WEEK else ""


def _hours(tariff: Tariff) -> str:
    if tariff.from_time is None or tariff.until_time is None:
        return ""
    return f"{speech.wall(tariff.from_time)} – {speech.wall(tariff.until_time)}"


def _season(tariff: Tariff) -> str:
    first = speech.day(tariff.valid_from, form="medium") if tariff.valid_from else ""
    last = speech.day(tariff.valid_until, form="medium") if tariff.valid_until else ""
    if first and last:
        return first if first == last else f"{first} – {last}"
    if first:
        return _("from %(day)s") % {"day": first}
    return _("until %(day)s") % {"day": last} if last else ""
