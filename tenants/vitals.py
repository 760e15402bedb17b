"""Whether the platform keeps its promises, by a handful of figures: measured, held against a limit, and never believed.

A figure that is older than it may be is as red as one that is bad, so whatever stops measuring is seen. What is cheap
is measured when it is asked for; what is not, by beat (`take`), which also keeps the days of the last three months.
Modules named `vitals` register what they measure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.db import connection
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from schemas.clock import database_now
from tenants import backlog, latencies, proofs
from tenants.models import VitalDay

PROVE_SECONDS = 2.0
DAYS_KEPT = 90
NOTE = """
    INSERT INTO public.tenants_vitalday (name, day, looks, broken, worst)
    SELECT name, (now() AT TIME ZONE 'UTC')::date, 1, broken, worst
    FROM unnest(%s::text[], %s::int[], %s::float[]) AS noted(name, broken, worst)
    ON CONFLICT (name, day) DO UPDATE SET
        looks = tenants_vitalday.looks + 1,
        broken = tenants_vitalday.broken + excluded.broken,
        worst = greatest(tenants_vitalday.worst, excluded.worst)
"""


class Standing(StrEnum):
    """`unused`: there is nothing yet that could be measured, and nothing that could go wrong."""

    KEPT = "kept"
    BROKEN = "broken"
    STALE = "stale"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and when it was taken; `value` None is one that should be there and is not."""

    value: float | None
    at: datetime | None
    is_used: bool = True


@dataclass(frozen=True, slots=True)
class Vital:
    """A promise. `limit` is the largest value that keeps it; `patience` how old the figure may be."""

    name: str
    label: Any
    promise: Any
    unit: str
    limit: float
    patience: timedelta
    measure: Callable[[datetime], Measured]


@dataclass(frozen=True, slots=True)
class Reading:
    """A promise as it stands."""

    vital: Vital
    value: float | None
    at: datetime | None
    standing: Standing

    @property
    def is_red(self) -> bool:
        """Whether somebody should look."""
        return self.standing in {Standing.BROKEN, Standing.STALE}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of one promise. `share` of the looks found it kept; None where nobody looked."""

    day: date
    share: float | None
    worst: float | None


_vitals: dict[str, Vital] = {}

NOW = timedelta(minutes=1)
SECONDS, COUNT = "seconds", "count"


def watches(vital: Vital) -> None:
    """Register a promise; pages show them in this order."""
    _vitals[vital.name] = vital


def read() -> list[Reading]:
    """All promises as they stand now."""
    _find()
    now = database_now()
    return [_judged(vital, vital.measure(now), now) for vital in _vitals.values()]


def take() -> int:
    """Prove some tenants, and note for this day how everything stands; answers how many were proved."""
    _find()
    proved = proofs.prove_some(PROVE_SECONDS)
    latencies.here.write()
    latencies.prune()
    found = [reading for reading in read() if reading.standing != Standing.UNUSED]
    with connection.cursor() as cursor:
        columns = zip(*((each.vital.name, int(each.is_red), each.value) for each in found), strict=True)
        cursor.execute(NOTE, [list(column) for column in columns])
    VitalDay.objects.filter(day__lt=database_now().date() - timedelta(days=DAYS_KEPT)).delete()
    return proved


def days(today: date, most: int = DAYS_KEPT) -> dict[str, list[Day]]:
    """By promise, its last days, the oldest first; days that nobody looked at are among them."""
    first = today - timedelta(days=most - 1)
    rows = {(row.name, row.day): row for row in VitalDay.objects.filter(day__gte=first)}
    return {
        name: [_day(rows.get((name, day)), day) for day in (first + timedelta(days=n) for n in range(most))]
        for name in _vitals
    }


def _day(row: VitalDay | None, day: date) -> Day:
    return Day(day, 1 - row.broken / row.looks, row.worst) if row else Day(day, None, None)


@cache
def _find() -> None:
    autodiscover_modules("vitals")


def _judged(vital: Vital, found: Measured, now: datetime) -> Reading:
    if not found.is_used:
        standing = Standing.UNUSED
    elif found.value is None or found.at is None or now - found.at > vital.patience:
        standing = Standing.STALE
    else:
        standing = Standing.KEPT if found.value <= vital.limit else Standing.BROKEN
    return Reading(vital, found.value, found.at, standing)


def late(kinds: Iterable[str]) -> Callable[[datetime], Measured]:
    """How late the oldest due work of some kinds is, in seconds."""
    wanted = frozenset(kinds)

    def measure(now: datetime) -> Measured:
        seconds = [seconds for kind, seconds in backlog.overdue().items() if kind in wanted]
        return Measured(max(seconds, default=0.0), now)

    return measure


def _beat(now: datetime) -> Measured:
    beats = backlog.heartbeats().values()
    if None in beats:
        return Measured(None, None)
    return Measured(max((now - at).total_seconds() for at in beats if at), now)


watches(
    Vital(
        "beat",
        _("The clock"),
        _("What falls due is begun at once: holds that end, reminders, refunds."),
        SECONDS,
        backlog.LATE_BEAT,
        NOW,
        _beat,
    )
)
watches(
    Vital(
        "webhook_lag",
        _("News of payments"),
        _("What the payment provider tells us is worked on."),
        SECONDS,
        120.0,
        NOW,
        lambda now: Measured(backlog.inbox_oldest(), now),
    )
)
watches(
    Vital(
        "outbox",
        _("News of bookings"),
        _("Letters, calendars and other programs are told what happened."),
        SECONDS,
        120.0,
        NOW,
        lambda now: Measured(backlog.outbox_oldest(), now),
    )
)
