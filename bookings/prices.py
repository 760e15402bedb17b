"""The price of a booking, line by line. Pure: what is wanted and what it is paid with in, a `Price` out.

In this order (docs/pricing.md has worked examples whose figures are run as tests):

1. the time of each resource, by its rates, or by the service's where it has some (a member group's rates among them);
2. the minimum charge of the service or resource;
3. prepaid hours;
4. the group's percentage;
5. extras;
6. a voucher, on all of the above;
7. VAT, which all prices contain;
8. the deposit;
9. gift credit, which pays and makes nothing cheaper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings.models import BookingLine
from kernel.money import rounded, shared_out, tax_in
from kernel.periods import Period, elapsed
from venues.models import FULL, Product, Resource, Voucher
from venues.pricelists import PriceList, Standing, price_list, wall_clock
from venues.pricing import Use, parts

Kind = BookingLine.Kind


@dataclass(frozen=True, slots=True)
class Extra:
    """So many of an extra; the product was read `with_prices`."""

    product: Product
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What is wanted. Resources (the main one first) and products were read `with_prices`."""

    resources: tuple[Resource, ...]
    period: Period
    zone: ZoneInfo
    participants: int = 1
    product: Product | None = None
    extras: tuple[Extra, ...] = ()
    standings: tuple[Standing, ...] = ()

    @property
    def main(self) -> Resource:
        """The resource that the booking is named for."""
        return self.resources[0]

    @property
    def in_force(self) -> tuple[Standing, ...]:
        """The memberships that hold on the local day of the start."""
        day = wall_clock(self.period.start, self.zone).date()
        return tuple(standing for standing in self.standings if standing.holds_on(day))

    @property
    def groups(self) -> frozenset[int]:
        """Their groups."""
        return frozenset(standing.group_id for standing in self.in_force)


@dataclass(frozen=True, slots=True)
class Means:
    """What makes it cheaper or pays for it: a voucher, prepaid minutes, gift credit in minor units."""

    voucher: Voucher | None = None
    pack_minutes: int = 0
    pack_name: str = ""
    credit_minor: int = 0
    agreed_minor: int | None = None
    """A total that staff agreed on with the customer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, as `BookingLine` keeps it: amounts in minor units, tax of `vat` basis points included."""

    kind: BookingLine.Kind
    label: str
    amount_minor: int
    vat: int
    resource_id: int | None = None
    product_id: int | None = None
    rate_id: int | None = None
    period: Period | None = None
    unit: str = ""
    quantity: Fraction | None = None
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """What part of the price at one rate of VAT (basis points) is tax: `net + tax = gross`."""

    vat: int
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True)
class Price:
    """Lines, and what they come to, in minor units of `currency`."""

    currency: str
    lines: tuple[Line, ...]
    deposit_minor: int
    credit_minor: int
    pack_minutes: int
    voucher_minor: int
    taxes: tuple[Tax, ...] = field(default=())

    @property
    def total_minor(self) -> int:
        """The sum of the lines, tax included."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax in the total."""
        return sum(tax.tax_minor for tax in self.taxes)

    @property
    def due_minor(self) -> int:
        """What is left to pay after gift credit."""
        return self.total_minor - self.credit_minor

    @property
    def due_now_minor(self) -> int:
        """The deposit where there is one, else everything that is due."""
        return min(self.deposit_minor, self.due_minor) if self.deposit_minor else self.due_minor

    @property
    def base(self) -> Line | None:
        """The first line of the main resource's time: what `price_per_unit` shows."""
        return next((line for line in self.lines if line.kind == Kind.RATE), None)


def priced(basket: Basket, means: Means = Means()) -> Price:
    """What a basket costs. Raises `venues.pricing.NoPrice` for time without a rate."""
    lines = _time(basket)
    lines += _minimum(basket, lines)
    pack_minutes, off = _pack(basket, lines, means)
    lines += off
    lines += _group(basket, lines)
    for extra in basket.extras:
        lines += _extra(basket, extra)
    voucher = _voucher(basket, lines, means)
    lines += voucher
    lines += _agreed(lines, means)
    total = sum(line.amount_minor for line in lines)
    return Price(
        currency=basket.main.venue.currency,
        lines=tuple(lines),
        deposit_minor=_deposit(basket, total),
        credit_minor=min(means.credit_minor, total),
        pack_minutes=pack_minutes,
        voucher_minor=-sum(line.amount_minor for line in voucher),
        taxes=_taxes(lines),
    )


def price_of_time(resource: Resource, use: Use, groups: frozenset[int]) -> int:
    """What a resource costs for a while, before anything else: for slot lists."""
    total = sum(part.amount_minor for part in parts(price_list(resource), groups, use, resource.venue.rounding_minor))
    return max(total, resource.minimum_minor)


def _vat(basket: Basket, thing: Resource | Product) -> int:
    return basket.main.venue.vat if thing.vat is None else thing.vat


def _time(basket: Basket) -> list[Line]:
    service = basket.product
    own = price_list(service) if service else PriceList(())
    found: list[Line] = []
    for resource in basket.resources:
        if service and own.tariffs and resource is basket.main:
            found += _rated(basket, service, own, Use(basket.period, basket.participants, basket.zone))
        else:
            use = Use(basket.period, basket.participants, basket.zone)
            found += _rated(basket, resource, price_list(resource), use)
    return found


def _rated(basket: Basket, thing: Resource | Product, prices: PriceList, use: Use) -> list[Line]:
    is_product = isinstance(thing, Product)
    is_extra = is_product and thing.kind == Product.Kind.EXTRA
    return [
        Line(
            kind=Kind.EXTRA if is_extra else Kind.RATE,
            label=f"{thing.name}: {part.tariff.name}" if part.tariff.name else thing.name,
            amount_minor=part.amount_minor,
            vat=_vat(basket, thing),
            resource_id=None if is_product else thing.pk,
            product_id=thing.pk if is_product else None,
            rate_id=part.tariff.rate_id,
            period=part.period,
            unit=part.tariff.unit,
            quantity=part.quantity,
            unit_price_minor=part.tariff.amount_minor,
        )
        for part in parts(prices, basket.groups, use, basket.main.venue.rounding_minor)
    ]


def _minimum(basket: Basket, lines: Sequence[Line]) -> list[Line]:
    least = (basket.product and basket.product.minimum_minor) or basket.main.minimum_minor
    missing = least - _sum(lines)
    if missing <= 0:
        return []
    return [Line(Kind.MINIMUM, _("Minimum charge"), missing, lines[0].vat)]


def _pack(basket: Basket, lines: Sequence[Line], means: Means) -> tuple[int, list[Line]]:
    length = -(-int(elapsed(basket.period.start, basket.period.end).total_seconds()) // 60)
    covered = min(means.pack_minutes, length)
    if not covered:
        return 0, []
    off = _rounded(basket, Fraction(_sum(lines) * covered, length))
    label = _("%(pack)s: %(minutes)d minutes") % {"pack": means.pack_name, "minutes": covered}
    return covered, _off(Kind.PACK, label, lines, off)


def _group(basket: Basket, lines: Sequence[Line]) -> list[Line]:
    # Of several groups the kindest: percentages do not add up.
    best = max(basket.in_force, key=lambda standing: standing.percent_off, default=None)
    if best is None or not best.percent_off:
        return []
    off = _rounded(basket, Fraction(_sum(lines) * best.percent_off, FULL))
    return _off(Kind.GROUP, best.name, lines, off)


def _extra(basket: Basket, extra: Extra) -> list[Line]:
    use = Use(basket.period, basket.participants, basket.zone, extra.quantity)
    return _rated(basket, extra.product, price_list(extra.product), use)


def _voucher(basket: Basket, lines: Sequence[Line], means: Means) -> list[Line]:
    voucher, before = means.voucher, _sum(lines)
    if voucher is None:
        return []
    if voucher.percent_off is not None:
        off = _rounded(basket, Fraction(before * voucher.percent_off, FULL))
    else:
        off = voucher.amount_minor or 0
    return _off(Kind.VOUCHER, voucher.name or voucher.code, lines, min(off, before))


def _agreed(lines: Sequence[Line], means: Means) -> list[Line]:
    if means.agreed_minor is None:
        return []
    return _off(Kind.AGREED, _("Agreed with the venue"), lines, _sum(lines) - means.agreed_minor)


def _off(kind: BookingLine.Kind, label: str, lines: Sequence[Line], off: int) -> list[Line]:
    """Take an amount off: one line for each rate of VAT, in proportion to what was charged at it."""
    if not off:
        return []
    rates = sorted({line.vat for line in lines})
    charged = [max(0, sum(line.amount_minor for line in lines if line.vat == vat)) for vat in rates]
    taken = shared_out(off, charged)
    return [Line(kind, label, -amount, vat) for vat, amount in zip(rates, taken, strict=True) if amount]


def _deposit(basket: Basket, total: int) -> int:
    resource = basket.main
    wanted = _rounded(basket, Fraction(total * resource.deposit_percent, FULL)) or resource.deposit_minor
    return min(wanted, total)


def _taxes(lines: Iterable[Line]) -> tuple[Tax, ...]:
    gross: dict[int, int] = {}
    for line in lines:
        gross[line.vat] = gross.get(line.vat, 0) + line.amount_minor
    return tuple(Tax(vat, sum_ - tax_in(sum_, vat), tax_in(sum_, vat), sum_) for vat, sum_ in sorted(gross.items()))


def _sum(lines: Iterable[Line]) -> int:
    return sum(line.amount_minor for line in lines)


def _rounded(basket: Basket, amount: Fraction) -> int:
    return rounded(amount, basket.main.venue.rounding_minor)
