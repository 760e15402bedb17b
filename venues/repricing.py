"""Changing what things cost: a price for some times of the week, all prices from a day on, the prices of another.

A change is worked out first, as the rows that it writes (`Change`), and shown. It is made in one transaction, and only
where it would still write just what was shown. What is booked already keeps the price that was agreed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction

from django.db.models import Q
from django.utils.translation import gettext as _

from kernel.errors import Conflict, Invalid
from kernel.money import rounded
from schemas.transactions import transact
from venues.models import FULL, Product, Rate, Resource
from venues.pricelists import Tariff

Seller = Resource | Product
DAY_MINUTES, WEEK_DAYS = 24 * 60, 7
WEEK_MINUTES = WEEK_DAYS * DAY_MINUTES
COLUMNS = (
    "resource_id", "product_id", "name", "unit", "amount_minor", "valid_from", "valid_until", "weekdays", "from_time",
    "until_time", "group_id", "priority",
)  # fmt: skip
MOST_MINOR = 2**31 - 1


@dataclass(frozen=True)
class Change:
    """The rows that a change of prices writes: new ones in order, known ones as they become, and those that go."""

    added: tuple[Rate, ...] = ()
    changed: tuple[Rate, ...] = ()
    removed: tuple[Rate, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def digest(self) -> str:
        """The same for two changes that write the same."""
        rows = [[[row.pk, *_said(row)] for row in part] for part in (self.added, self.changed, self.removed)]
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()[:32]

    def __add__(self, other: "Change") -> "Change":
        return Change(self.added + other.added, self.changed + other.changed, self.removed + other.removed)

    def write(self) -> None:
        """Write it, in the caller's transaction. Newer rows get higher ids, which decide between equals."""
        Rate.objects.filter(pk__in=[row.pk for row in self.removed]).delete()
        for row in self.changed:
            row.full_clean(validate_unique=False)
            row.save()
        for row in self.added:
            row.full_clean(validate_unique=False)
        Rate.objects.bulk_create(self.added)

    def applied(self, rates: Iterable[Rate]) -> list[Tariff]:
        """The tariffs of one seller as they would be with it."""
        known = {row.pk: row for row in rates}
        for row in self.removed:
            known.pop(row.pk, None)
        known.update({row.pk: row for row in self.changed if row.pk in known})
        last = max(known, default=0)
        fresh = {last + number: row for number, row in enumerate(self.added, start=1)}
        return [tariff(row, pk) for pk, row in (known | fresh).items()]


def tariff(rate: Rate, rate_id: int) -> Tariff:
    """A row as `venues.pricelists` reads it."""
    return Tariff(
        rate_id=rate_id,
        unit=rate.unit,
        amount_minor=rate.amount_minor,
        name=rate.name,
        valid_from=rate.valid_from,
        valid_until=rate.valid_until,
        weekdays=frozenset(rate.weekdays),
        from_time=rate.from_time,
        until_time=rate.until_time,
        group_id=rate.group_id,
        priority=rate.priority,
    )


def make(sellers: Sequence[Seller], plan: Callable[[], Change], shown: str) -> Change:
    """Work a change out anew with its sellers locked, and write it if it is the one whose digest was `shown`.

    Raises `Conflict("prices_changed")` where somebody else was faster, and `ValidationError`.
    """

    def act() -> Change:
        for model in (Resource, Product):
            ids = [seller.pk for seller in sellers if isinstance(seller, model)]
            rows = model._default_manager.filter(pk__in=ids).order_by("pk")
            list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))
        _lock_rates(sellers)
        change = plan()
        if change.digest != shown:
            raise changed_meanwhile()
        change.write()
        return change

    return transact(act)


def _lock_rates(sellers: Sequence[Seller]) -> None:
    """A rate may be changed by itself, without its seller: whoever does so is done before, or comes after."""
    resources = [seller.pk for seller in sellers if isinstance(seller, Resource)]
    products = [seller.pk for seller in sellers if isinstance(seller, Product)]
    theirs = Rate.objects.filter(Q(resource__in=resources) | Q(product__in=products)).order_by("pk")
    list(theirs.select_for_update(no_key=True).values_list("pk"))


def changed_meanwhile() -> Conflict:
    """How it is told that somebody was faster."""
    return Conflict("prices_changed", _("Somebody has changed these prices meanwhile. Please look again."))


def rates_of(sellers: Iterable[Seller]) -> dict[Seller, list[Rate]]:
    """The rates of each, the oldest first: one query for resources and one for services and extras."""
    found: dict[Seller, list[Rate]] = {seller: [] for seller in sellers}
    by_key = {(type(seller) is Product, seller.pk): seller for seller in found}
    for is_product, column in ((False, "resource"), (True, "product")):
        ids = [pk for kind, pk in by_key if kind is is_product]
        if not ids:
            continue
        for rate in Rate.objects.filter(**{f"{column}__in": ids}).select_related("group").order_by("pk"):
            found[by_key[is_product, getattr(rate, f"{column}_id")]].append(rate)
    return found


# ---- Painting --------------------------------------------------------------------------------------------------------


def painted(rates: Sequence[Rate], new: Rate) -> Change:
    """What it takes that a rate, not written yet, applies at its times: its rank, or the row that it replaces.

    It comes before whatever else applies at these times to the same people. A price for just the same times and people
    is followed by it, and one from the same day on becomes it. What is planned for the same times from a later day on
    stays planned.
    """
    row = copy(new)
    twins = [rate for rate in rates if _scope(rate) == _scope(row)]
    others = [rate for rate in rates if _scope(rate) != _scope(row) and _meet(rate, row)]
    row.priority = max([0, *(rate.priority for rate in twins), *(_above(rate, row) for rate in others)])
    same_days = [rate for rate in twins if (rate.valid_from, rate.valid_until) == (row.valid_from, row.valid_until)]
    if not same_days:
        return Change(added=(row,))
    known = copy(max(same_days, key=lambda rate: (rate.priority, rate.pk)))
    before = _said(known)
    known.amount_minor, known.unit, known.priority = row.amount_minor, row.unit, row.priority
    known.name = row.name or known.name
    return Change(changed=(known,)) if _said(known) != before else Change()


def _scope(rate: Rate) -> tuple[object, ...]:
    """When in the week, and for whom: days apart."""
    days = frozenset(rate.weekdays) if rate.weekdays else frozenset(range(WEEK_DAYS))
    return (days, rate.from_time, rate.until_time, rate.group_id)


def _above(rate: Rate, row: Rate) -> int:
    """The least priority with which a row comes before a rate: a group does so among equals."""
    return rate.priority if row.group_id is not None and rate.group_id is None else rate.priority + 1


def _meet(rate: Rate, row: Rate) -> bool:
    """Whether a rate can apply when the row does, to somebody whom the row is for."""
    if rate.group_id not in {None, row.group_id}:
        return False
    if (rate.valid_until or date.max) < (row.valid_from or date.min):
        return False
    if (row.valid_until or date.max) < (rate.valid_from or date.min):
        return False
    theirs = _spans(rate)
    return any(start < other_end and other < end for start, end in _spans(row) for other, other_end in theirs)


def _spans(rate: Rate) -> list[tuple[int, int]]:
    """Minutes of the week, from Monday on; what runs past Sunday is continued on Monday."""
    first, last = _minute(rate.from_time), _minute(rate.until_time)
    length = DAY_MINUTES if rate.from_time is None else (last - first) % DAY_MINUTES or DAY_MINUTES
    found: list[tuple[int, int]] = []
    for weekday in rate.weekdays or range(WEEK_DAYS):
        start = weekday * DAY_MINUTES + first
        found.append((start, min(start + length, WEEK_MINUTES)))
        if start + length > WEEK_MINUTES:
            found.append((0, start + length - WEEK_MINUTES))
    return found


def _minute(at: time | None) -> int:
    return at.hour * 60 + at.minute if at else 0


# ---- All from a day on -----------------------------------------------------------------------------------------------


def risen(rates: Sequence[Rate], day: date, percent: int, step: int) -> Change:
    """All prices of one seller `percent` basis points higher (or lower) from a day on, rounded to `step` minor units.

    A price that is in force then is followed by a new row; one that begins on the day or later is changed itself, for
    nobody has paid it yet; what has ended by then stays. Until the day everything costs what it costs now.
    """
    alive = [rate for rate in rates if (rate.valid_until or date.max) >= day]
    begun = sorted((rate for rate in alive if (rate.valid_from or date.min) < day), key=_rank)
    added = [_raised(copy(rate), percent, step) for rate in begun if not _is_hidden(rate, alive, day)]
    for row in added:
        row.pk, row.valid_from = None, day
        row._state.adding = True
    starting = sorted((rate for rate in alive if rate.valid_from == day), key=_rank)
    later = [rate for rate in alive if (rate.valid_from or date.min) > day]
    if not added:
        later, starting = starting + later, []
    # Of rows that begin on one day the newest applies: those that began after the others are written after them.
    renewed = [_raised(copy(rate), percent, step) for rate in starting]
    for row in renewed:
        row.pk = None
        row._state.adding = True
    changed = [_raised(copy(rate), percent, step) for rate in later]
    return Change(tuple(added + renewed), tuple(changed), tuple(starting))


def _raised(row: Rate, percent: int, step: int) -> Rate:
    row.amount_minor = max(0, rounded(Fraction(row.amount_minor * (FULL + percent), FULL), step))
    if row.amount_minor > MOST_MINOR:
        raise Invalid("price_too_high", _("Nobody can pay that much."))
    return row


def _is_hidden(rate: Rate, alive: Sequence[Rate], day: date) -> bool:
    """Whether another rate applies in its place from the day on whenever it could."""
    return any(
        _scope(other) == _scope(rate)
        and (other.valid_from or date.min) <= day
        and (other.valid_until or date.max) >= (rate.valid_until or date.max)
        and _rank(other) > _rank(rate)
        for other in alive
    )


def _rank(rate: Rate) -> tuple[int, bool, date, int]:
    return tariff(rate, rate.pk).rank


# ---- From one to another ---------------------------------------------------------------------------------------------


def copied(rates: Sequence[Rate], target: Seller, known: Sequence[Rate]) -> Change:
    """The prices of one thing for another, in place of those it has."""
    added = [copy(rate) for rate in sorted(rates, key=lambda rate: rate.pk)]
    for row in added:
        row.pk = None
        row._state.adding = True
        row.resource_id = target.pk if isinstance(target, Resource) else None
        row.product_id = target.pk if isinstance(target, Product) else None
    return Change(added=tuple(added), removed=tuple(known))


def _said(row: Rate) -> list[object]:
    return [getattr(row, column) for column in COLUMNS]
