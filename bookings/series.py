"""Series: one wish on many dates, booked in one transaction; dates added later; cancelled from a date on.

Every date is an ordinary booking, held, pending or confirmed as `lifecycle.book` would make it, and lives its own
life afterwards. The series remembers which dates it has, and why others were skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain

from django.utils.translation import gettext as _

from bookings import allowance, barred, claims, lifecycle, limits, placing, plans, recurrence
from bookings.allowance import Allowance
from bookings.facts import has_lapsed
from bookings.models import Booking, Series, SeriesDate
from bookings.occurrences import Occurrence, Outlook, SeriesConflicts, SeriesRequest, planned
from bookings.placing import Onward, Placing
from bookings.plans import Plan, Terms
from bookings.records import Actor
from bookings.recurrence import MOST_DATES, MOST_DAYS, Pattern
from bookings.requests import Contact, ExtraWish, HoldRequest
from bookings.states import PaymentWay, State
from kernel import failpoints
from kernel.errors import Invalid, Refused
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import transact
from venues.models import Product, Voucher

GONE = frozenset({State.CANCELLED, State.EXPIRED})
"""States in which a date can be had once more."""


class Mode(StrEnum):
    """What becomes of a series of which some dates cannot be had."""

    ATOMIC = "atomic"
    SKIP = "skip"


@dataclass(frozen=True)
class Made:
    """A series, and the dates that were asked for just now; `bookings` are those of the dates that could be had."""

    series: Series
    occurrences: list[Occurrence]
    bookings: list[Booking]


def preview(request: SeriesRequest, staff: Actor | None = None) -> list[Occurrence]:
    """Every date with its price, or with the reason and an alternative, for `staff` who book it. Changes nothing."""
    return _foretold(request, recurrence.walls(request.pattern), _booker(request, staff)).with_alternatives()


def _booker(request: SeriesRequest, staff: Actor | None) -> Actor:
    return staff or Actor.of(request.wish.customer)


def _foretold(request: SeriesRequest, walls: Sequence[datetime], actor: Actor) -> Outlook:
    product = plans.product_of(request.wish)
    _check_means(request.wish)
    return _outlook(request, walls, product, Terms(database_now()), actor)


def create(request: SeriesRequest, mode: Mode, staff: Actor | None = None) -> Made:
    """Book every date, or in `Mode.SKIP` those that can be had; `staff` book for somebody, as `lifecycle.book_for`.

    Raises `Refused("series_conflicts")` with every date that cannot be had: of an atomic series any, of the other
    all. `TooMany("too_many_holds")` for a third series that is not paid for. Then nothing has changed.
    """
    walls = recurrence.walls(request.pattern)
    actor = _booker(request, staff)

    def act() -> Made:
        # Who comes too late learns it before waiting for the locks. Alternatives are looked for before they are
        # taken, or, by a refusal, when they are gone.
        before = _foretold(request, walls, actor)
        _chosen(before, mode)
        foretold = before.with_alternatives()
        product, allowed = _locked(request.wish, actor)
        now = allowed.now
        if not staff:
            limits.check_series(request.wish, now)
        outlook = _outlook(request, walls, product, Terms(now, lock=True), actor)
        chosen = _chosen(outlook, mode)
        if not actor.is_staff:
            barred.check_read(request.wish, chosen[0].basket.main)
        found = _as_foretold(outlook.dates, foretold)
        failpoints.hit("series.checked")
        allowed.take(len(chosen))
        series = Series.objects.create(
            resource=chosen[0].basket.main,
            customer=request.wish.customer,
            rule=_rule(request.pattern),
            first=_text(walls[0]),
            minutes=request.minutes,
            participants=request.wish.participants,
            time_zone=chosen[0].basket.main.venue.time_zone,
            created_at=now,
        )
        onward = lifecycle.by_staff(staff) if staff else lifecycle.in_way(actor, request.payment)
        bookings = _placed(chosen, Placing(actor, now, onward, series))
        by_wall = _by_wall(found, bookings)
        SeriesDate.objects.bulk_create(
            SeriesDate(series=series, wall=_text(one.wall), booking=by_wall.get(one.wall), skipped=one.reason)
            for one in found
        )
        return Made(series, found, bookings)

    return transact(act)


def alike(request: SeriesRequest, since: datetime) -> Series | None:
    """What this customer has first booked with this very wish since a moment: a second click finds the first one's."""
    mine = Series.objects.filter(customer=request.wish.customer, created_at__gte=since)
    return (
        mine.order_by("pk")
        .filter(
            resource=request.wish.resource_id,
            rule=_rule(request.pattern),
            first=_text(recurrence.walls(request.pattern)[0]),
            minutes=request.minutes,
            participants=request.wish.participants,
        )
        .first()
    )


def _rule(pattern: Pattern) -> str:
    return pattern.rule.upper().removeprefix("RRULE:")


def _locked(wish: HoldRequest, actor: Actor) -> tuple[Product | None, Allowance]:
    """The service, and the gate passed, with everything that the dates depend on locked."""
    product = plans.product_of(wish)
    wanted = [*plans.candidates(wish, product), *wish.also]
    claims.lock(wanted, plans.stock_for(wish, wanted))
    allowed = allowance.admitted(actor, limits.customer_key(wish))
    _check_means(wish)
    return product, allowed


def _outlook(
    request: SeriesRequest, walls: Sequence[datetime], product: Product | None, terms: Terms, actor: Actor
) -> Outlook:
    found = planned(request, walls, product, terms)
    return found if actor.is_staff else found.within_quotas()


def _as_foretold(found: Sequence[Occurrence], foretold: Sequence[Occurrence]) -> list[Occurrence]:
    """The dates as they are, with the alternatives that were found before the locks were taken."""
    return [
        replace(one, alternative=before.alternative) if one.reason else one
        for one, before in zip(found, foretold, strict=True)
    ]


def _check_means(wish: HoldRequest) -> None:
    """Refuse what would be used up somewhere among the dates."""
    paid = wish.payment
    if paid.credit or paid.hours_account is not None:
        raise Invalid("series_means", _("Gift credit and prepaid hours are used booking by booking."))
    if not paid.voucher:
        return
    voucher = Voucher.objects.filter(code=paid.voucher.strip().upper()).first()
    if voucher and (voucher.most_uses is not None or voucher.most_uses_each is not None):
        raise Refused("voucher_limited", _("This voucher is not for a series."))


def _chosen(outlook: Outlook, mode: Mode) -> list[Plan]:
    chosen = [occurrence.plan for occurrence in outlook.dates if occurrence.plan]
    if not chosen or (mode is Mode.ATOMIC and len(chosen) < len(outlook.dates)):
        raise SeriesConflicts(outlook)
    return chosen


def _placed(chosen: Sequence[Plan], how: Placing) -> list[Booking]:
    lapsed = set(chain.from_iterable(plan.lapsed for plan in chosen))
    if lapsed:
        claims.release(claims.lapsed(lapsed, how.now), how.now, "time ran out")
    return placing.place(chosen, how)


def _by_wall(found: Sequence[Occurrence], bookings: Sequence[Booking]) -> dict[datetime, Booking]:
    walls = [occurrence.wall for occurrence in found if occurrence.plan]
    return dict(zip(walls, bookings, strict=True))


def _text(wall: datetime) -> str:
    return wall.isoformat(timespec="minutes")


@dataclass(frozen=True, slots=True)
class Adding:
    """Local dates to try again, or to add; on another resource, or at another time `at` than the series', if said."""

    dates: tuple[date, ...]
    resource_id: int | None = None
    at: time | None = None


def preview_dates(series: Series, adding: Adding, actor: Actor) -> list[Occurrence]:
    """As `preview`, for what `add_dates` would do at this moment."""
    wish = _wish(series, _like(series), adding.resource_id)
    return _added(series, adding, wish, actor, Terms(database_now())).with_alternatives()


def add_dates(series: Series, adding: Adding, actor: Actor, onward: Onward | None = None) -> Made:
    """Book dates that were skipped or given up, or further ones, as the series' other bookings are; or `onward`.

    All or none: `Refused("series_conflicts")` with each that cannot be had. `Refused("date_booked")` for one that is
    there already. A date that is booked at another time counts as moved by itself.
    """

    def act() -> Made:
        like = _like(series)
        wish = _wish(series, like, adding.resource_id)
        _product, allowed = _locked(wish, actor)
        now = allowed.now
        current = Series.objects.select_for_update(of=("self",)).get(pk=series.pk)
        outlook = _added(current, adding, wish, actor, Terms(now, lock=True))
        found, chosen = outlook.dates, _chosen(outlook, Mode.ATOMIC)
        if not actor.is_staff:
            barred.check_read(wish, chosen[0].basket.main)
        allowed.take(len(chosen))
        way = PaymentWay(like.payment_way) if like.payment_way else None
        bookings = _placed(chosen, Placing(actor, now, onward or lifecycle.in_way(actor, way), current))
        _note(current, _rows(current), _by_wall(found, bookings))
        return Made(current, found, bookings)

    return transact(act)


def _rows(series: Series) -> dict[str, SeriesDate]:
    return {row.wall[:10]: row for row in series.dates.select_related("booking")}


def _added(series: Series, adding: Adding, wish: HoldRequest, actor: Actor, terms: Terms) -> Outlook:
    rows = _rows(series)
    pattern = Pattern(datetime.fromisoformat(series.first).time(), dates=adding.dates)
    walls = [_wall(wall, rows, terms.now, adding.at) for wall in recurrence.walls(pattern)]
    _check_bounds([*(date.fromisoformat(day) for day in rows), *adding.dates])
    return _outlook(SeriesRequest(wish, pattern, series.minutes), walls, plans.product_of(wish), terms, actor)


def _note(series: Series, rows: dict[str, SeriesDate], by_wall: dict[datetime, Booking]) -> None:
    for wall, booking in by_wall.items():
        row = rows.get(wall.date().isoformat()) or SeriesDate(series=series, wall=_text(wall))
        row.booking, row.skipped = booking, ""
        row.save()


def _wall(wall: datetime, rows: dict[str, SeriesDate], now: datetime, at: time | None) -> datetime:
    """When a date is to be: as asked for, as it was meant, or like the one before it."""
    day = wall.date().isoformat()
    row = rows.get(day)
    if row and row.booking and not _is_gone(row.booking, now):
        raise Refused("date_booked", _("This date is booked already."), {"date": day})
    if at is not None:
        return datetime.combine(wall.date(), at)
    before = [known for known in rows if known <= day] or list(rows)
    like = row or rows[max(before)]
    return datetime.combine(wall.date(), datetime.fromisoformat(like.wall).time())


def _is_gone(booking: Booking, now: datetime) -> bool:
    return booking.state in GONE or has_lapsed(booking.state, booking.hold_expires_at, now)


def _check_bounds(days: Sequence[date]) -> None:
    if len(set(days)) > MOST_DATES:
        raise recurrence.too_many()
    if max(days) - min(days) > timedelta(days=MOST_DAYS):
        raise recurrence.too_long()


def _like(series: Series) -> Booking:
    """The booking of the series after which further ones are made: one that nobody changed, if there is one."""
    bookings = series.bookings.select_related("customer").prefetch_related("further", "extras", "answers")
    return bookings.order_by("revision", "start", "pk")[0]


def _wish(series: Series, like: Booking, resource_id: int | None) -> HoldRequest:
    return HoldRequest(
        period=Period(like.start, like.end),
        resource_id=resource_id or series.resource_id,
        product_id=like.product_id,
        also=tuple(further.resource_id for further in like.further.all()),
        participants=series.participants,
        extras=tuple(ExtraWish(extra.product_id, extra.quantity) for extra in like.extras.all()),
        notes=like.notes,
        answers={answer.field_id: answer.value for answer in like.answers.all()},
        customer=like.customer,
        contact=Contact(like.name, like.email, like.phone, like.language),
        holder=like.holder,
        origin=like.origin,
    )
