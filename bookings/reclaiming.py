"""Money that came too late: the booking takes its time again if it is still free, or the money goes back (R14, R15).

Nothing is agreed anew: same resources, people, extras and price; units of a pool may be others. What was given back
when the hold ended (gift credit, prepaid hours) is taken again, and a voucher counts again, or else it is refused.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bookings import availability, balances, claims, placing, plans, vouchers
from bookings.agreed import Change, claiming_parts_of, request_of
from bookings.facts import Window
from bookings.models import (
    Booking,
    BookingEvent,
    BookingExtra,
    CreditEntry,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    VoucherUse,
)
from bookings.plans import Claim
from bookings.states import State
from kernel import failpoints
from kernel.errors import Refused
from kernel.periods import Period
from schemas.transactions import Again
from tenants import gate
from tenants.zones import zone


@dataclass(frozen=True)
class _Means:
    """What the booking used until its hold ended, locked: amounts by balance."""

    credits: Sequence[tuple[GiftCredit, int]]
    hours: Sequence[tuple[HoursAccount, int]]

    @property
    def credit_minor(self) -> int:
        return sum(amount for _credit, amount in self.credits)


def lock(booking_id: UUID) -> None:
    """Lock all that the booking has or had, in the one sorted call, before the booking itself is locked."""
    seen = Booking.objects.filter(pk=booking_id).first()
    if seen is None:
        return
    wants = {*claims.resources_of([booking_id]), *_wanted(seen)}
    request = request_of(seen, claiming_parts_of(seen), Change())
    claims.lock(sorted(wants), plans.stock_for(request, wants))
    if not wants.issuperset(claims.resources_of([booking_id])):
        raise Again  # it moved while we waited


def reclaim(booking: Booking, amount_minor: int, now: datetime) -> bool:
    """Whether a booking whose hold is over has its time, and all that it was agreed with, again.

    The caller has locked with `lock`, then the booking, and counts the money next. False: nothing was changed.
    """
    if booking.start <= now or booking.refund_due_minor or booking.refunding_minor or not _is_open():
        return False
    if not _is_voucher_good(booking, now):
        return False
    if booking.state != State.EXPIRED:
        return True  # nobody took its time, or anything else of it
    means, taking = _means(booking, now), _claims(booking, now)
    if means is None or taking is None or amount_minor < _needed(booking, means):
        return False
    failpoints.hit("reclaim.checked")
    lapsed = {pk for claim in taking for pk in claim.facts.lapsed_in(_period(booking))}
    if lapsed:
        claims.release(claims.lapsed(lapsed, now), now, "time ran out")
    claims.occupy(placing.occupancy(booking, taking))
    _take(means, booking, now)
    return True


def _needed(booking: Booking, means: _Means) -> int:
    return (booking.deposit_minor or booking.total_minor) - means.credit_minor - booking.here_minor


def _is_open() -> bool:
    try:
        gate.enter().check_goes_on()
    except Refused:
        return False
    return True


def _period(booking: Booking) -> Period:
    return Period(booking.start, booking.end)


def _wanted(booking: Booking) -> list[int]:
    return [booking.resource_id, *claiming_parts_of(booking).also]


def _claims(booking: Booking, now: datetime) -> list[Claim] | None:
    """What it takes, if all of it is free."""
    wanted = _wanted(booking)
    extras = BookingExtra.objects.filter(booking=booking, product__stock__isnull=False).select_related("product")
    counts: dict[int, int] = defaultdict(int)
    for extra in extras:
        if extra.product.stock_id is not None:
            counts[extra.product.stock_id] += extra.quantity
    ids = [*wanted, *(pk for pk in counts if pk not in wanted)]
    relatives = availability.relatives_of(availability.kin(ids))
    by_id = {resource.pk: resource for resource in relatives}
    if not all(by_id[pk].is_active and by_id[pk].venue.is_active for pk in wanted):
        return None
    window = Window.around(_period(booking), {zone(booking.time_zone)})
    facts = availability.assemble(relatives, ids, window, now, {booking.pk})
    taking = [Claim(facts[pk], facts[pk].units_for(booking.participants) + counts.pop(pk, 0)) for pk in wanted]
    taking += [Claim(facts[pk], count) for pk, count in counts.items()]
    for claim in taking:
        if claim.facts.units_free(claim.facts.with_buffers(_period(booking))) < claim.units:
            return None
    return taking


def _is_voucher_good(booking: Booking, now: datetime) -> bool:
    use = VoucherUse.objects.select_related("voucher").filter(booking=booking).first()
    if use is None:
        return True
    claimant = vouchers.Claimant(
        customer_id=booking.customer_id,
        email=booking.email,
        groups=frozenset(booking.groups),
        resource_id=booking.resource_id,
        currency=booking.currency,
        today=now.astimezone(zone(booking.time_zone)).date(),
        now=now,
    )
    try:
        vouchers.find(use.voucher.code, claimant, lock=True)
    except Refused:
        return False
    return True


def _means(booking: Booking, now: datetime) -> _Means | None:
    """What was given back when it ended, if all of it is still there to be used."""
    ended = BookingEvent.objects.filter(booking=booking, to_state=State.EXPIRED).order_by("-at").first()
    if ended is None:
        return None
    today = now.astimezone(zone(booking.time_zone)).date()
    credit_back, hours_back = [], []
    returned = CreditEntry.objects.filter(booking=booking, at=ended.at, amount_minor__gt=0)
    for credit_id, amount in returned.order_by("credit").values_list("credit_id", "amount_minor"):
        credit = GiftCredit.objects.select_for_update(no_key=True).get(pk=credit_id)
        if credit.balance_minor < amount or (credit.valid_until and today > credit.valid_until):
            return None
        credit_back.append((credit, amount))
    minutes_back = HoursEntry.objects.filter(booking=booking, at=ended.at, minutes__gt=0)
    for account_id, minutes in minutes_back.order_by("account").values_list("account_id", "minutes"):
        account = HoursAccount.objects.select_for_update(no_key=True, of=("self",)).get(pk=account_id)
        if account.minutes_left < minutes or (account.valid_until and today > account.valid_until):
            return None
        hours_back.append((account, minutes))
    return _Means(credit_back, hours_back)


def _take(means: _Means, booking: Booking, now: datetime) -> None:
    for credit, amount in means.credits:
        balances.take_credit(credit, booking, amount, now)
    for account, minutes in means.hours:
        balances.take_hours(account, booking, minutes, now)
    booking.credit_minor += means.credit_minor
