"""One price for all that a venue lets, and one for evenings and weekends: how it is read, and how it is set."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import time

from venues import repricing
from venues.models import Rate, Resource, Venue
from venues.repricing import Change

WORK, WEEKEND = [0, 1, 2, 3, 4], [5, 6]
MIDNIGHT = time(0)


@dataclass(frozen=True)
class Simple:
    """Minor units for `unit`; `peak` from `evening` on, and at weekends. None: the same at all times."""

    amount: int
    unit: str
    peak: int | None = None
    evening: time | None = None


def resources_of(venue: Venue) -> list[Resource]:
    """What is let, each whole before its parts."""
    rows = Resource.objects.filter(venue=venue, stock_of=None).select_related("venue", "parent")
    return list(rows.order_by("position", "name", "pk"))


def known(rates: Sequence[Rate]) -> Simple | None:
    """The prices of one resource, where they are as simple as that."""
    base = [rate for rate in rates if _is_base(rate)]
    evening, weekend = [rate for rate in rates if _is_evening(rate)], [rate for rate in rates if _is_weekend(rate)]
    if len(base) != 1 or len(rates) != len(base) + len(evening) + len(weekend):
        return None
    if not evening and not weekend:
        return Simple(base[0].amount_minor, base[0].unit)
    if (len(evening), len(weekend)) != (1, 1) or evening[0].amount_minor != weekend[0].amount_minor:
        return None
    return Simple(base[0].amount_minor, base[0].unit, evening[0].amount_minor, evening[0].from_time)


def known_of_all(resources: Sequence[Resource]) -> tuple[Simple | None, bool]:
    """The price that all wholes have (None: none has one yet), and whether their prices are finer than that."""
    found = repricing.rates_of([each for each in resources if each.parent_id is None])
    told = {known(rates) for rates in found.values() if rates}
    if not told:
        return None, False
    only = next(iter(told))
    return only, len(told) > 1 or only is None


def set_price(resources: Sequence[Resource], wanted: Simple) -> None:
    """Have all cost that, parts their share. `Conflict("prices_changed")` where somebody else is faster."""
    siblings = {each.pk: sum(other.parent_id == each.parent_id for other in resources) for each in resources}

    def plan() -> Change:
        whole = Change()
        for resource, rates in repricing.rates_of(resources).items():
            assert isinstance(resource, Resource)
            whole += _change(resource, rates, wanted, siblings[resource.pk] if resource.parent_id else 1)
        return whole

    repricing.make(resources, plan, plan().digest)


def _change(resource: Resource, rates: Sequence[Rate], wanted: Simple, share: int) -> Change:
    rows, whole = list(rates), Change()
    if wanted.peak is None:
        gone = tuple(rate for rate in rows if _is_evening(rate) or _is_weekend(rate))
    else:
        gone = tuple(rate for rate in rows if _is_evening(rate) and rate.from_time != wanted.evening)
    rows = [rate for rate in rows if rate not in gone]
    new = [Rate(resource=resource, unit=wanted.unit, amount_minor=wanted.amount // share)]
    if wanted.peak is not None:
        peak = Rate(resource=resource, unit=wanted.unit, amount_minor=wanted.peak // share, weekdays=WEEKEND)
        evening = copy(peak)
        evening.weekdays, evening.from_time, evening.until_time = WORK, wanted.evening, MIDNIGHT
        new += [evening, peak]
    for rate in new:
        step = repricing.painted(rows, rate)
        became = {row.pk for row in step.changed}
        rows = [*(row for row in rows if row.pk not in became or row.pk is None), *step.changed, *step.added]
        whole += step
    return whole + Change(removed=gone)


def _is_plain(rate: Rate) -> bool:
    return rate.group_id is None and rate.valid_from is None and rate.valid_until is None


def _is_base(rate: Rate) -> bool:
    return _is_plain(rate) and not rate.weekdays and rate.from_time is None


def _is_evening(rate: Rate) -> bool:
    return _is_plain(rate) and sorted(rate.weekdays) == WORK and rate.until_time == MIDNIGHT


def _is_weekend(rate: Rate) -> bool:
    return _is_plain(rate) and sorted(rate.weekdays) == WEEKEND and rate.from_time is None
