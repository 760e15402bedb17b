"""Who booked what: invented start by start, in the order of time, so that nobody ever collides.

A start on the grid is taken with the chance that the hour, the weekday and
the resource's popularity give. Along each unit of each resource only the end
of the last booking has to be remembered, because time only goes forward.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from random import Random

from accounts.models import User
from bookings.facts import Facts
from kernel.periods import Period
from operators.demo.demand import interest
from operators.demo.furnishing import on_day
from operators.demo.plans import ResourcePlan, TenantPlan
from venues.models import Product, Resource

LONG_AGO = datetime.min.replace(tzinfo=UTC)
MOST_AT_ONCE = 3  # bookings of a pool that begin at the same minute


class Fate(Enum):
    """How a booking ends, once its time has come."""

    COMES = "comes"
    CANCELS = "cancels"
    STAYS_AWAY = "stays away"


class Channel(Enum):
    """Who makes a booking: a customer with an account, a guest, or the front desk for somebody."""

    ACCOUNT = "account"
    GUEST = "guest"
    DESK = "desk"


@dataclass(frozen=True)
class Entry:
    """One line of the diary."""

    resource: Resource
    claims: tuple[int, ...]
    unit: int
    period: Period
    during: Period
    participants: int
    product_id: int | None
    person: User
    channel: Channel
    fate: Fate


@dataclass(frozen=True)
class Setting:
    """What a diary is written from: the plan, the facts of each resource, and who there is."""

    plan: TenantPlan
    facts: Mapping[int, Facts]
    products: tuple[Product, ...]
    people: tuple[User, ...]
    today: date


def invent(setting: Setting, rng: Random) -> list[Entry]:
    """The bookings of the window that the facts were read for, by start."""
    return list(_Diary(setting, rng).entries())


class _Diary:
    def __init__(self, setting: Setting, rng: Random) -> None:
        self.setting = setting
        self.rng = rng
        self.free_from: dict[tuple[int, int], datetime] = {}
        self.plans = setting.plan.resources
        self.offered: dict[int, list[Product]] = {pk: [] for pk in setting.facts}
        for product in setting.products:
            for resource in product.resources.all():
                self.offered[resource.pk].append(product)

    def entries(self) -> Iterator[Entry]:
        starts = sorted((start, pk) for pk, facts in self.setting.facts.items() for start in _starts(facts))
        for start, pk in starts:
            facts = self.setting.facts[pk]
            plan = self.plans[facts.resource.slug]
            chance = self._chance(start, facts, plan)
            for _ in range(min(facts.resource.units, MOST_AT_ONCE)):
                if self.rng.random() < chance and (entry := self._entry(start, facts, plan)):
                    yield entry

    def _chance(self, start: datetime, facts: Facts, plan: ResourcePlan) -> float:
        local = start.astimezone(facts.zone)
        ahead = (local.date() - self.setting.today).days
        if ahead >= facts.resource.horizon_days - 1:
            return 0
        return plan.crowd.chance(local.weekday(), local.hour) * plan.popularity * interest(ahead)

    def _entry(self, start: datetime, facts: Facts, plan: ResourcePlan) -> Entry | None:
        resource = facts.resource
        period = Period(start, start + timedelta(minutes=self._minutes(resource)))
        during = facts.with_buffers(period)
        if not _is_open(facts, period) or self._is_kept_free(during, facts, plan):
            return None
        unit = self._unit(facts, during)
        if unit is None:
            return None
        fate = self.rng.choices(list(Fate), (87, 9, 4))[0]
        if fate is not Fate.CANCELS:
            for claim in facts.claims:
                self.free_from[claim, unit] = during.end
        return Entry(
            resource=resource,
            claims=facts.claims,
            unit=unit,
            period=period,
            during=during,
            participants=self._participants(resource),
            product_id=self._product(resource, period),
            person=self._person(),
            channel=self._channel(resource),
            fate=fate,
        )

    def _minutes(self, resource: Resource) -> int:
        steps = min((resource.max_minutes - resource.min_minutes) // resource.grid_minutes, 6)
        popular = [1 / (1 + step) for step in range(steps + 1)]
        return resource.min_minutes + resource.grid_minutes * self.rng.choices(range(steps + 1), popular)[0]

    def _is_kept_free(self, during: Period, facts: Facts, plan: ResourcePlan) -> bool:
        day = during.start.astimezone(facts.zone).date()
        if plan.kept_free is None or day < self.setting.today:
            return False
        return during.overlaps(on_day(plan.kept_free, day, self.setting.plan.time_zone))

    def _unit(self, facts: Facts, during: Period) -> int | None:
        for unit in range(facts.resource.units):
            drawers = [(claim, unit) for claim in facts.claims]
            if all(self.free_from.get(drawer, LONG_AGO) <= during.start for drawer in drawers) and not any(
                row.during.overlaps(during) for drawer in drawers for row in facts.taken.get(drawer, ())
            ):
                return unit
        return None

    def _participants(self, resource: Resource) -> int:
        return min(resource.capacity, 1 + int(self.rng.expovariate(2 / (1 + resource.capacity))))

    def _product(self, resource: Resource, period: Period) -> int | None:
        fitting = [product.pk for product in self.offered[resource.pk] if product.duration_minutes == period.minutes]
        return self.rng.choice(fitting) if fitting and self.rng.random() < 0.4 else None  # noqa: PLR2004

    def _person(self) -> User:
        # Those who can sign in come first in `people`, and often, so that they have something to look at.
        logins = len(self.setting.plan.names.logins)
        among = self.setting.people[:logins] if self.rng.random() < 0.1 else self.setting.people[logins:]  # noqa: PLR2004
        return self.rng.choice(among)

    def _channel(self, resource: Resource) -> Channel:
        channel = self.rng.choices(list(Channel), (70, 12, 18))[0]
        # Online payment is not there yet, so what cannot be paid on site is booked by the desk.
        return channel if resource.pays_on_site else Channel.DESK


def _starts(facts: Facts) -> Iterator[datetime]:
    return (wish.period.start for wish in facts.wishes(facts.resource.min_minutes))


def _is_open(facts: Facts, period: Period) -> bool:
    index = bisect_right(facts.open, period.start, key=lambda span: span.start) - 1
    return index >= 0 and facts.open[index].contains(period)
