"""Price tags of starts: what one costs with all that comes with it, and whether that is more or less than usual.

Usual is the price on the sign (`sign_price`), for everybody and at all times. A start is marked where everybody
pays more for it or less; a member's own discount makes no hour an off-peak hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from bookings import extras
from bookings.baskets import Basket, Extra
from bookings.facts import Facts, Wish
from bookings.prices import Line, price_of_time, priced
from kernel.periods import Period
from tenants import speech
from venues.models import Product, Rate, Resource
from venues.pricelists import BLOCKS, PriceList, price_list
from venues.pricing import NoPrice, Use, parts


class Mark(StrEnum):
    """How a price compares with the usual one."""

    USUAL = ""
    PEAK = "peak"
    OFF_PEAK = "off_peak"

    @property
    def words(self) -> str:
        """For people; nothing for the usual price."""
        return {Mark.PEAK: _("peak"), Mark.OFF_PEAK: _("off-peak")}.get(self, "")


@dataclass(frozen=True, slots=True)
class Tag:
    """What a start costs, in minor units and in words."""

    minor: int
    words: str
    mark: Mark = Mark.USUAL


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a price in words: what, how it is counted (may be empty), how much."""

    label: str
    detail: str
    amount: str


def required(sellers: Sequence[Resource | Product], customer_id: int | None) -> dict[int, Product]:
    """The extras that some of these bring with them, by id; one query where there are any, else none."""
    return extras.known(sellers, customer_id)


class Tags:
    """Prices at one resource, or of a service there. `products` are those of `required`."""

    def __init__(self, facts: Facts, service: Product | None = None, products: Mapping[int, Product] | None = None):
        self.facts, self.service = facts, service
        self.currency = facts.resource.venue.currency
        sellers: list[Resource | Product] = [facts.resource, *([service] if service else [])]
        self._extras: tuple[Extra, ...] = tuple(extras.chosen([], sellers, dict(products or {})))
        own = price_list(service) if service else None
        self._prices = own if own and own.tariffs else price_list(facts.resource)
        self._has_times = not self._prices.is_timeless
        sign = self._prices.base
        assert sign is not None
        always = replace(sign, valid_from=None, valid_until=None, weekdays=frozenset(), from_time=None, until_time=None)
        self._usual = PriceList([replace(always, group_id=None)])
        self._words: dict[int, str] = {}
        self._known: dict[object, Tag] = {}
        blocks = any(tariff.unit in BLOCKS for tariff in self._prices.tariffs)
        self._depends_on_start = self._has_times or blocks or bool(facts.standings or self._extras)

    def of(self, wish: Wish) -> Tag:
        """The tag of a start that has a price."""
        # Where no hour differs from another, starts of the same length cost the same.
        key = wish if self._depends_on_start else (wish.period.end - wish.period.start, wish.participants)
        if key not in self._known:
            minor = self._minor(wish)
            mark = self._mark(wish) if self._has_times else Mark.USUAL
            self._known[key] = Tag(minor, self.in_words(minor), mark)
        return self._known[key]

    def in_words(self, minor: int) -> str:
        """An amount; whole lists have few different ones."""
        if minor not in self._words:
            self._words[minor] = speech.money(minor, self.currency)
        return self._words[minor]

    def shares(self, wish: Wish) -> list[Share]:
        """How the price of a start comes about, line by line."""
        return [self._share(line, wish.period) for line in priced(self._basket(wish)).lines]

    def _minor(self, wish: Wish) -> int:
        if self._extras:
            return priced(self._basket(wish)).total_minor
        use = Use(wish.period, wish.participants, self.facts.zone)
        return price_of_time(self.facts.resource, use, self.facts.standings, self.service)

    def _basket(self, wish: Wish) -> Basket:
        facts = self.facts
        return Basket(
            resources=(facts.resource,),
            period=wish.period,
            zone=facts.zone,
            participants=wish.participants,
            product=self.service,
            extras=self._extras,
            standings=facts.standings,
            booked_at=facts.now,
        )

    def _mark(self, wish: Wish) -> Mark:
        use = Use(wish.period, wish.participants, self.facts.zone)
        usual = self._of_time(self._usual, use)
        try:
            here = self._of_time(self._prices, use)
        except NoPrice:  # for members alone: nobody else could compare
            return Mark.USUAL
        if here == usual:
            return Mark.USUAL
        return Mark.PEAK if here > usual else Mark.OFF_PEAK

    @staticmethod
    def _of_time(prices: PriceList, use: Use) -> int:
        return sum(part.amount_minor for part in parts(prices, frozenset(), use))

    def _share(self, line: Line, whole: Period) -> Share:
        return Share(line.label, self._counted(line, whole), self.in_words(line.amount_minor))

    def _counted(self, line: Line, whole: Period) -> str:
        if line.unit_price_minor is None or not line.quantity:
            return ""
        unit = Rate.Unit(line.unit).label
        counted = f"{speech.number(line.quantity)} × {self.in_words(line.unit_price_minor)} {unit}"
        if line.period is None or line.period == whole:
            return counted
        return f"{speech.span(line.period.start, line.period.end, self.facts.zone)} · {counted}"


class Labels:
    """Wall times in words at one venue; the same few times come again and again on a page."""

    def __init__(self, facts: Facts) -> None:
        self.zone = facts.zone
        self._spans: dict[tuple[datetime, datetime], str] = {}
        self._clocks: dict[datetime, str] = {}

    def clock(self, instant: datetime) -> str:
        """`6:00 PM`."""
        if instant not in self._clocks:
            self._clocks[instant] = speech.clock(instant, self.zone)
        return self._clocks[instant]

    def span(self, period: Period) -> str:
        """`6:00 – 7:30 PM`."""
        key = (period.start, period.end)
        if key not in self._spans:
            self._spans[key] = speech.span(period.start, period.end, self.zone)
        return self._spans[key]
