"""The price of a booking, line by line. Pure: what is wanted and what it is paid with in, a `Price` out.

In this order (docs/pricing.md has worked examples whose figures are run as tests):

1. the time of each resource by its rates, the main one's by the service's where it has some (a member group's
   rates among them);
2. the minimum charge of each resource, the main one's of the service where it has one;
3. prepaid hours, for the time of the main resource;
4. the group's percentage;
5. extras;
6. a voucher, on all of the above;
7. what was agreed with staff instead;
8. VAT, which all prices contain;
9. the deposit;
10. gift credit, which pays, the deposit first, and makes nothing cheaper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from django.utils.translation import gettext as _

from bookings.baskets import Basket, Extra, Means
from bookings.models import BookingLine
from kernel.money import rounded, shared_out, tax_in
from kernel.periods import Period, elapsed
from venues.models import FULL, Product, Resource
from venues.pricelists import Standing, price_list
from venues.pricing import Use, parts

Kind = BookingLine.Kind
MINUTE = timedelta(minutes=1)
NOTHING = Means()
MOST_MINOR = 10**15
"""No line and no price is higher: ten trillion euros."""


class TooHigh(Exception):
    """A price beyond `MOST_MINOR`, or below zero: somebody made a mistake."""


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
        return _sum(self.lines)

    @property
    def before_voucher_minor(self) -> int:
        """What it would cost without a voucher, by the rates."""
        return _sum(line for line in self.lines if line.kind not in {Kind.VOUCHER, Kind.AGREED})

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
        """What gift credit leaves of the deposit where there is one, else of the price."""
        return max(0, (self.deposit_minor or self.total_minor) - self.credit_minor)

    @property
    def base(self) -> Line | None:
        """The first line of the main resource's time: what `price_per_unit` shows."""
        return next((line for line in self.lines if line.kind == Kind.RATE), None)


def priced(basket: Basket, means: Means = NOTHING) -> Price:
    """What a basket costs. Raises `venues.pricing.NoPrice` for time without a rate, and `TooHigh`."""
    lines = _time(basket)
    pack_minutes, off = _pack(basket, lines, means)
    lines += off
    lines += _group(basket, lines)
    for extra in basket.extras:
        lines += _extra(basket, extra)
    voucher = _voucher(basket, lines, means)
    lines += voucher
    lines += _agreed(lines, means)
    total = _sum(lines)
    if total < 0 or max(abs(line.amount_minor) for line in lines) > MOST_MINOR or total > MOST_MINOR:
        raise TooHigh
    return Price(
        currency=basket.main.venue.currency,
        lines=tuple(lines),
        deposit_minor=_deposit(basket, total),
        credit_minor=min(means.credit_minor, total),
        pack_minutes=pack_minutes,
        voucher_minor=-_sum(voucher),
        taxes=taxes((line.vat, line.amount_minor) for line in lines),
    )


def price_of_time(
    resource: Resource, use: Use, standings: Iterable[Standing] = (), service: Product | None = None
) -> int:
    """What a resource, or a service there, costs for a while without extras, for whoever has these memberships.

    For slot lists. Raises `NoPrice`.
    """
    basket = Basket((resource,), use.period, use.zone, use.participants, service, standings=tuple(standings))
    lines = _time(basket)
    return _sum(lines) + _sum(_group(basket, lines))


def _time(basket: Basket) -> list[Line]:
    found: list[Line] = []
    least: list[Line] = []
    for resource in basket.resources:
        service = basket.product if resource is basket.main else None
        lines = _rated(basket, _seller(resource, service), (service, resource))
        found += lines
        minimum = (service and service.minimum_minor) or resource.minimum_minor
        least += _minimum(lines, minimum)
    return found + least


def _seller(resource: Resource, service: Product | None) -> Resource | Product:
    """Whose rates count: a service's where it has some."""
    return service if service and price_list(service).tariffs else resource


def _rated(
    basket: Basket, seller: Resource | Product, taxed_as: Sequence[Resource | Product | None], count: int = 1
) -> list[Line]:
    is_product = isinstance(seller, Product)
    use = Use(basket.period, basket.participants, basket.zone, count)
    return [
        Line(
            kind=Kind.EXTRA if is_product and seller.kind == Product.Kind.EXTRA else Kind.RATE,
            label=f"{seller.name}: {part.tariff.name}" if part.tariff.name else seller.name,
            amount_minor=part.amount_minor,
            vat=_vat(basket, taxed_as),
            resource_id=None if is_product else seller.pk,
            product_id=seller.pk if is_product else None,
            rate_id=part.tariff.rate_id,
            period=part.period,
            unit=part.tariff.unit,
            quantity=part.quantity,
            unit_price_minor=part.tariff.amount_minor,
        )
        for part in parts(price_list(seller), basket.groups, use, basket.main.venue.rounding_minor)
    ]


def _vat(basket: Basket, taxed_as: Sequence[Resource | Product | None]) -> int:
    own = (thing.vat for thing in taxed_as if thing is not None and thing.vat is not None)
    return next(own, basket.main.venue.vat)


def _minimum(lines: Sequence[Line], least: int) -> list[Line]:
    missing = least - _sum(lines)
    if missing <= 0:
        return []
    first = lines[0]
    return [Line(Kind.MINIMUM, _("Minimum charge"), missing, first.vat, first.resource_id, first.product_id)]


def _pack(basket: Basket, lines: Sequence[Line], means: Means) -> tuple[int, list[Line]]:
    length = -(-elapsed(basket.period.start, basket.period.end) // MINUTE)
    covered = min(means.pack_minutes, length)
    if not covered:
        return 0, []
    own = [line for line in lines if (line.resource_id, line.product_id) == (lines[0].resource_id, lines[0].product_id)]
    off = _share(basket, _sum(own), Fraction(covered, length))
    label = _("%(pack)s: %(minutes)d minutes") % {"pack": means.pack_name, "minutes": covered}
    return covered, _off(Kind.PACK, label, own, off)


def _group(basket: Basket, lines: Sequence[Line]) -> list[Line]:
    # Of several groups the kindest: percentages do not add up.
    best = max(basket.in_force, key=lambda standing: standing.percent_off, default=None)
    if best is None or not best.percent_off:
        return []
    return _off(Kind.GROUP, best.name, lines, _share(basket, _sum(lines), Fraction(best.percent_off, FULL)))


def _extra(basket: Basket, extra: Extra) -> list[Line]:
    return _rated(basket, extra.product, (extra.product,), extra.quantity)


def _voucher(basket: Basket, lines: Sequence[Line], means: Means) -> list[Line]:
    voucher, before = means.voucher, _sum(lines)
    if voucher is None:
        return []
    if voucher.percent_off is not None:
        off = _share(basket, before, Fraction(voucher.percent_off, FULL))
    else:
        off = min(voucher.amount_minor or 0, before)
    return _off(Kind.VOUCHER, voucher.name or voucher.code, lines, off)


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
    due_at = balance_due_at(resource, basket.period.start)
    if due_at and basket.booked_at and due_at <= basket.booked_at:
        return 0
    wanted = _rounded(basket, Fraction(total * resource.deposit_percent, FULL)) or resource.deposit_minor
    return min(wanted, total)


def balance_due_at(resource: Resource, start: datetime) -> datetime | None:
    """When the rest is due that a deposit leaves; None for on site."""
    days = resource.balance_days_before
    return None if days is None else start - timedelta(days=days)


def taxes(charged: Iterable[tuple[int, int]]) -> tuple[Tax, ...]:
    """The tax in gross amounts, each with its rate of VAT in basis points: worked out once for each rate."""
    gross: dict[int, int] = {}
    for vat, amount in charged:
        gross[vat] = gross.get(vat, 0) + amount
    return tuple(Tax(vat, sum_ - tax_in(sum_, vat), tax_in(sum_, vat), sum_) for vat, sum_ in sorted(gross.items()))


def _sum(lines: Iterable[Line]) -> int:
    return sum(line.amount_minor for line in lines)


def _share(basket: Basket, amount: int, share: Fraction) -> int:
    # Coins must not make a discount more than there is, nor leave some of what is free.
    return amount if share >= 1 else min(amount, _rounded(basket, amount * share))


def _rounded(basket: Basket, amount: Fraction) -> int:
    return rounded(amount, basket.main.venue.rounding_minor)
