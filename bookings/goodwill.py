"""Money back by hand: staff decide, the price or the fee gets lower by as much, and what was paid is returned."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments import disputes, refunds
from billing.payments.models import Payment, Refund
from bookings import moves
from bookings.lifecycle import GIVEN_UP
from bookings.models import Booking, BookingEvent, BookingLine
from bookings.moves import Changes, changed, locked
from bookings.prices import taxes
from bookings.records import Actor, event
from bookings.states import WAITING
from kernel.errors import Conflict, Invalid, Refused
from kernel.money import shared_out
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import MANAGES

FIGURES = ("total_minor", "tax_minor", "deposit_minor", "fee_minor", "refund_due_minor", "refunding_minor")


@dataclass(frozen=True, slots=True)
class Refundable:
    """What can be given back of a booking, in minor units of its currency.

    `most_minor` in all, of which `online_minor` by the way it came and the rest at the desk. `due_minor` of it is
    owed already, `under_way_minor` is not in it any more. Nothing while `is_disputed`.
    """

    most_minor: int
    online_minor: int
    due_minor: int
    under_way_minor: int
    is_disputed: bool


def check_says_why(user: User, note: str) -> None:
    """Who gives money back by hand says why, but for the owner and managers: else `Invalid("reason_required")`."""
    if not note.strip() and user.role not in MANAGES:
        raise Invalid("reason_required", _("Say why, for the record."))


def refundable(booking: Booking) -> Refundable:
    """What staff could give back at this moment. Reads without locks."""
    is_disputed = disputes.is_disputed(booking.pk)
    counted = Payment.objects.filter(booking_id=booking.pk, state=Payment.State.SUCCEEDED, applied_at__isnull=False)
    online = sum(refunds.left_minor(payment) for payment in counted)
    most = 0 if is_disputed else booking.here_minor
    return Refundable(
        most_minor=most,
        online_minor=min(most, online),
        due_minor=booking.refund_due_minor,
        under_way_minor=booking.refunding_minor,
        is_disputed=is_disputed,
    )


def fee_left_minor(booking_id: UUID) -> int:
    """The platform's fee of a booking's payments that a full refund would bring back, in minor units."""
    counted = Payment.objects.filter(booking_id=booking_id, applied_at__isnull=False, state=Payment.State.SUCCEEDED)
    taken = counted.aggregate(sum=Sum("fee_minor"))["sum"] or 0
    back = Refund.objects.filter(payment__in=counted).exclude(state=Refund.State.FAILED)
    return int(taken - (back.aggregate(sum=Sum("fee_minor"))["sum"] or 0))


def give_back(booking: Booking, amount_minor: int, note: str, actor: Actor, revision: int | None = None) -> Booking:
    """Return so much of what was paid: first what is owed anyway, then by lowering the price, or the fee that is kept.

    What was paid online goes back by itself; what was paid at the desk is then to be given back there, as far as the
    lower price does not need it: while more is to be paid, that becomes less. Raises
    `Conflict("changed_meanwhile")` where the booking's revision is not the one given, `Refused("dispute_open")`,
    `Refused("wrong_state")` for what is not booked yet, `Invalid("amount_too_high")` and `Invalid("amount_too_low")`.
    """

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if revision is not None and revision != current.revision:
            raise Conflict(
                "changed_meanwhile",
                _("This booking has been changed meanwhile. Please look at it again."),
                {"revision": current.revision},
            )
        _check(current, amount_minor)
        before = {name: getattr(current, name) for name in FIGURES}
        lower(current, max(0, amount_minor - current.refund_due_minor))
        current.refunding_minor += _plan(current, amount_minor, note, actor, now)
        current.refund_due_minor = current.returnable_minor
        current.updated_at = now
        _write(current, note, actor, changed(before, {name: getattr(current, name) for name in FIGURES}))
        return current

    return transact(act)


def lower(booking: Booking, by_minor: int) -> None:
    """Lower what a booking that is locked costs: the fee of one that was given up, the price of any other.

    Of a fee, no more is claimed then than what is here.
    """
    if by_minor <= 0:
        return
    if booking.state in GIVEN_UP:
        booking.fee_minor = max(0, min(booking.fee_minor, booking.here_minor + booking.credit_minor) - by_minor)
        return
    lines = list(BookingLine.objects.filter(booking=booking).order_by("position"))
    rates = sorted({line.vat for line in lines}) or [0]
    charged = [max(0, sum(line.amount_minor for line in lines if line.vat == vat)) for vat in rates]
    position = max((line.position for line in lines), default=0)
    less = [
        BookingLine(
            booking=booking,
            position=position + number,
            kind=BookingLine.Kind.AGREED,
            label=_("Refunded by the venue"),
            amount_minor=-amount,
            vat=vat,
        )
        for number, (vat, amount) in enumerate(zip(rates, shared_out(by_minor, charged), strict=True), 1)
        if amount
    ]
    BookingLine.objects.bulk_create(less)
    booking.total_minor -= by_minor
    booking.deposit_minor = min(booking.deposit_minor, booking.total_minor)
    booking.tax_minor = sum(tax.tax_minor for tax in taxes((line.vat, line.amount_minor) for line in [*lines, *less]))


def _check(booking: Booking, amount_minor: int) -> None:
    if booking.state in WAITING:
        raise Refused("wrong_state", _("This is not booked yet: cancel it instead."))
    if disputes.is_disputed(booking.pk):
        raise Refused("dispute_open", _("A bank disputes this payment: it cannot be refunded before that is decided."))
    if amount_minor <= 0:
        raise Invalid("amount_too_low", _("Say how much is to be given back."))
    if amount_minor > booking.here_minor:
        raise Invalid("amount_too_high", _("That is more than was paid and is still here."))


def _plan(booking: Booking, amount_minor: int, note: str, actor: Actor, now: datetime) -> int:
    """Plan what can go back online, also of payments that could not be refunded before; how much that is."""
    left = amount_minor
    for payment in refunds.refundable(booking.pk):
        part = refunds.movable(min(left, refunds.left_minor(payment)), payment.currency)
        if part:
            refunds.plan(payment, part, Refund.Reason.BY_HAND, now, note, actor.user_id)
            left -= part
    return amount_minor - left


def _write(booking: Booking, note: str, actor: Actor, changes: Changes) -> None:
    happened = event(booking, booking.state, actor, booking.updated_at, why=note, act=BookingEvent.Act.CHANGED)
    booking.revision += 1
    moves.save(booking, happened, changes)
