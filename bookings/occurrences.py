"""One wish on many dates: each planned as a booking of its own, the facts of all of them read once.

Where a date cannot be had there is a reason, and something else that can: another resource of the same
service, or of the same kind at the venue, at the same time; else the nearest start on the same day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import quotas, refusals
from bookings.facts import Facts, Reason, Window, Wish
from bookings.plans import Plan, Stage, Terms
from bookings.recurrence import Pattern
from bookings.requests import HoldRequest
from bookings.states import PaymentWay
from kernel.errors import Invalid, Refused
from kernel.money import as_text
from kernel.periods import Period, elapsed, first_instant, instants, local_day
from venues.access import public_resources
from venues.models import Product

CLOCK_CHANGE = "clock_change"
"""Why not, besides `facts.Reason`: the clocks skip that time of the day."""
PER_DATE = frozenset({*Reason, CLOCK_CHANGE, "extra_sold_out"})
"""Refusals that concern one date; any other concerns the series."""
MOST_OTHERS = 5
MOST_TRIED = 5


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """The same wish on many dates. `pattern` and `minutes` of real time say when, not the period of `wish`."""

    wish: HoldRequest
    pattern: Pattern
    minutes: int
    payment: PaymentWay | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date: a `plan`, or a `reason` and perhaps the plan of an `alternative`.

    `wall` is the naive local time; `period` is None where the clocks skip it.
    """

    wall: datetime
    period: Period | None
    plan: Plan | None = None
    reason: str = ""
    alternative: Plan | None = None


@dataclass(frozen=True)
class Days(Window):
    """Single days of a window: what lies between them is not worked out."""

    only: tuple[date, ...] = ()

    @classmethod
    def of(cls, found: Iterable[date]) -> "Days":
        """These days."""
        only = tuple(sorted(set(found)))
        return cls(only[0], only[-1], only)

    def reaching(self, longest: int) -> "Days":
        """Each with its neighbours."""
        wide = super().reaching(longest)
        before, beyond = (self.first - wide.first).days, (wide.last - self.last).days
        return Days.of(day + timedelta(days=step) for day in self.only for step in range(-before, beyond + 1))

    @property
    def dates(self) -> Iterator[date]:
        """Every day."""
        return iter(self.only)


class Dates(Stage):
    """The stage of a series: does not look whose bookings are in the way, which would be a query for each date."""

    def _refusal(self, request: HoldRequest, reasons: Sequence[tuple[Facts, Reason]]) -> Refused:
        return refusals.unavailable(reasons[0][1])


@dataclass(frozen=True)
class Outlook:
    """Every date of a request, and the stage that they were planned on."""

    request: SeriesRequest
    stage: Stage
    dates: list[Occurrence]

    def within_quotas(self) -> "Outlook":
        """The same with the reason `quota` where it would be too much: each date counts.

        Under the customer's lock where it is to be relied upon.
        """
        return replace(self, dates=_within_quotas(self.dates, self.stage.terms.now))

    def with_alternatives(self) -> list[Occurrence]:
        """The dates, and what else can be had where they cannot: more reading, which no lock should wait for."""
        self.stage.terms = replace(self.stage.terms, lock=False)
        return _with_alternatives(self.dates, self.request, self.stage, _zone(self.stage))


def planned(request: SeriesRequest, walls: Sequence[datetime], product: Product | None, terms: Terms) -> Outlook:
    """Every date as it stands. Raises what concerns all of them: `Invalid`, and `Refused` with the `date` it failed on.

    The number of queries does not depend on the number of dates.
    """
    stage = Dates(request.wish, product, terms, Days.of(wall.date() for wall in walls))
    in_zone = _zone(stage)
    periods = [_period(wall, in_zone, request.minutes) for wall in walls]
    _check_apart([period for period in periods if period], stage)
    found = [_occurrence(stage, request.wish, wall, period) for wall, period in zip(walls, periods, strict=True)]
    return Outlook(request, stage, found)


def _zone(stage: Stage) -> ZoneInfo:
    zones = {stage.facts[pk].zone for pk in stage.candidates if pk in stage.facts}
    if len(zones) > 1:
        raise Invalid("resource_required", _("Say which resource, or which service, to book."))
    return zones.pop()


def _period(wall: datetime, in_zone: ZoneInfo, minutes: int) -> Period | None:
    shown = instants(wall, in_zone)
    return Period(shown[0], shown[0] + timedelta(minutes=minutes)) if shown else None


def _check_apart(periods: Sequence[Period], stage: Stage) -> None:
    known = [facts.resource for facts in stage.facts.values()]
    gap = max(resource.buffer_before for resource in known) + max(resource.buffer_after for resource in known)
    for one, following in pairwise(sorted(periods)):
        if following.start < one.end + gap:
            raise Invalid("dates_overlap", _("These dates overlap each other."))


def _occurrence(stage: Stage, wish: HoldRequest, wall: datetime, period: Period | None) -> Occurrence:
    if period is None:
        return Occurrence(wall, None, reason=CLOCK_CHANGE)
    try:
        return Occurrence(wall, period, stage.plan(replace(wish, period=period)))
    except Refused as refusal:
        if type(refusal) is not Refused or refusal.code not in PER_DATE:
            refusal.extra.setdefault("date", wall.date().isoformat())
            raise
        return Occurrence(wall, period, reason=refusal.code)


def _with_alternatives(
    found: list[Occurrence], request: SeriesRequest, stage: Stage, in_zone: ZoneInfo
) -> list[Occurrence]:
    conflicts = [occurrence for occurrence in found if occurrence.reason]
    if not conflicts:
        return found
    others = _others(request.wish, stage, Days.of(conflict.wall.date() for conflict in conflicts))
    return [
        replace(
            occurrence,
            alternative=_elsewhere(others, request.wish, occurrence) or _nearby(stage, request, occurrence, in_zone),
        )
        if occurrence.reason
        else occurrence
        for occurrence in found
    ]


def _others(wish: HoldRequest, stage: Stage, days: Days) -> Stage | None:
    """A stage whose candidates are other resources that might do; two queries more than a stage."""
    main = stage.facts[next(pk for pk in stage.candidates if pk in stage.facts)].resource
    known = {*stage.candidates, *wish.also}
    alike = public_resources().exclude(pk__in=known).order_by("position", "name", "pk")
    like_it = Q(products=stage.product) if stage.product else Q(venue=main.venue_id, kind=main.kind)
    ids = list(alike.filter(like_it).values_list("pk", flat=True)[:MOST_OTHERS])
    if not ids:
        return None
    if stage.product:
        asked = replace(wish, resource_id=None)
    else:
        asked = replace(wish, resource_id=ids[0], also=(*ids[1:], *wish.also))
    others = Dates(asked, stage.product, replace(stage.terms, lock=False), days)
    others.candidates = ids
    return others


def _elsewhere(others: Stage | None, wish: HoldRequest, occurrence: Occurrence) -> Plan | None:
    if others is None or occurrence.period is None:
        return None
    return _possible(others, replace(wish, period=occurrence.period))


def _nearby(stage: Stage, request: SeriesRequest, occurrence: Occurrence, in_zone: ZoneInfo) -> Plan | None:
    wanted = occurrence.period.start if occurrence.period else first_instant(occurrence.wall, in_zone)
    day = local_day(occurrence.wall.date(), in_zone)
    length = timedelta(minutes=request.minutes)
    places = [stage.facts[pk] for pk in stage.candidates if pk in stage.facts]
    starts = sorted(
        {start for facts in places for start in facts.starts if day.start <= start < day.end},
        key=lambda start: (abs(elapsed(wanted, start)), start),
    )
    tried = 0
    for start in starts:
        period = Period(start, start + length)
        wish = Wish(period, request.wish.participants)
        if period == occurrence.period or all(facts.reason(wish) for facts in places):
            continue
        plan = _possible(stage, replace(request.wish, period=period))
        tried += 1
        if plan or tried == MOST_TRIED:
            return plan
    return None


def _possible(stage: Stage, request: HoldRequest) -> Plan | None:
    try:
        return stage.plan(request)
    except Refused:
        return None


def _within_quotas(found: list[Occurrence], now: datetime) -> list[Occurrence]:
    plans = [occurrence.plan for occurrence in found if occurrence.plan]
    known = quotas.allowance(plans, now) if plans else None
    if known is None:
        return found
    return [_counted(occurrence, known) for occurrence in found]


def _counted(occurrence: Occurrence, known: quotas.Allowance) -> Occurrence:
    plan = occurrence.plan
    if plan is None:
        return occurrence
    use = quotas.use_of(plan)
    refusal = known.refusal(use, plan.basket.groups)
    if refusal:
        return Occurrence(occurrence.wall, occurrence.period, reason=refusal.code)
    known.add(use)
    return occurrence


class SeriesConflicts(Refused):
    """Not all dates can be had; `extra` lists those that cannot.

    Alternatives are looked for when it is read: by whoever makes an answer of it, after the rollback, when nobody
    waits for the locks any more.
    """

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        super().__init__("series_conflicts", _("Not all of these dates can be had."))

    @property
    def extra(self) -> dict[str, object]:
        """`conflicts`, in order."""
        return {"conflicts": self._conflicts}

    @extra.setter
    def extra(self, _nothing: dict[str, object]) -> None:
        """It says itself what it has to say."""

    @cached_property
    def _conflicts(self) -> list[dict[str, Any]]:
        return [told(one) for one in self._outlook.with_alternatives() if one.reason]


def told(occurrence: Occurrence) -> dict[str, Any]:
    """One date as refusals and the API show it."""
    plan, alternative = occurrence.plan, occurrence.alternative
    return {
        "date": occurrence.wall.date().isoformat(),
        "start_time": f"{occurrence.wall:%H:%M}",
        **(_placed(plan) if plan else dict.fromkeys(PLACED)),
        "reason": occurrence.reason or None,
        "alternative": _placed(alternative) if alternative else None,
    }


PLACED = ("resource", "resource_name", "start_datetime", "end_datetime", "total_price", "currency")


def _placed(plan: Plan) -> dict[str, Any]:
    zone, period = plan.basket.zone, plan.request.period
    values = (
        plan.basket.main.pk,
        plan.basket.main.name,
        period.start.astimezone(zone).isoformat(timespec="seconds"),
        period.end.astimezone(zone).isoformat(timespec="seconds"),
        as_text(plan.price.total_minor, plan.price.currency),
        plan.price.currency,
    )
    return dict(zip(PLACED, values, strict=True))
