"""On the day: check-in by a signed code, not coming, and taking either back."""

import io
from datetime import datetime, timedelta
from uuid import UUID

import segno
from django.core import signing
from django.utils.translation import gettext as _

from bookings import balances, terms
from bookings.models import Booking, BookingEvent, CreditEntry, GiftCredit, HoursAccount, HoursEntry
from bookings.moves import Changes, changed, locked, move, save, settle, settle_returned, tick
from bookings.records import Actor, event
from bookings.states import State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.keys import salt
from schemas.transactions import transact

CODE_PURPOSE = "check-in"
DOORS_OPEN = timedelta(hours=1)
"""Before the start."""
REVERSIBLE_FOR = timedelta(days=14)


def ticket(booking: Booking) -> str:
    """As `code`, for a booking that is confirmed; `Refused("wrong_state")` for any other."""
    if booking.state != State.CONFIRMED:
        raise Refused("wrong_state", _("There is no ticket for this booking."))
    return code(booking)


def picture(booking: Booking) -> str:
    """The ticket's QR code as an SVG element, named after the booking; `Refused` as `ticket`."""
    found = io.BytesIO()
    made = segno.make(ticket(booking), error="m", micro=False)
    made.save(found, kind="svg", xmldecl=False, scale=4, border=4, light="#fff", title=booking.reference_code)
    return found.getvalue().decode()


def code(booking: Booking) -> str:
    """What the QR code says: names the booking, proves that we made it, and is good in this tenant only."""
    return signing.Signer(salt=salt(CODE_PURPOSE)).sign(booking.pk.hex)


def booking_of(code_read: str) -> UUID:
    """The booking that a code names; `Refused("code_invalid")` for one that we did not make."""
    try:
        return UUID(signing.Signer(salt=salt(CODE_PURPOSE)).unsign(code_read.strip()))
    except (signing.BadSignature, ValueError):
        raise Refused("code_invalid", _("This is not one of our codes.")) from None


def check_in(booking: Booking, actor: Actor) -> Booking:
    """They are here: once, from an hour before the start until the end. A second time answers as the first did."""

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.checked_in_at:
            return current
        if current.state in {State.CONFIRMED, State.COMPLETED} and now >= current.end:
            raise Refused("too_late", _("This booking is over."))
        if current.state != State.CONFIRMED:
            raise Refused("wrong_state", _("Nobody can check in with this booking."))
        if now < current.start - DOORS_OPEN:
            raise Refused("too_early", _("It is too early to check in."))
        current.checked_in_at = current.updated_at = now
        save(current, event(current, current.state, actor, now, act=BookingEvent.Act.CHECKED_IN))
        return current

    return transact(act)


def undo_check_in(booking: Booking, actor: Actor) -> Booking:
    """It was somebody else: not here after all, until the end. A second time answers as the first did."""

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.checked_in_at is None:
            return current
        if current.state != State.CONFIRMED or now >= current.end:
            raise Refused("too_late", _("This can no longer be taken back."))
        before, current.checked_in_at = current.checked_in_at, None
        current.updated_at = now
        happened = event(current, current.state, actor, now, why="not here", act=BookingEvent.Act.CHANGED)
        save(current, happened, [("checked_in_at", before.isoformat(), "")])
        return current

    return transact(act)


def mark_no_show(booking: Booking, actor: Actor) -> Booking:
    """Nobody came: `confirmed` or `completed` to `no_show`, from the start time on. The policy's fee applies."""

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.state == State.NO_SHOW:
            return current
        if current.checked_in_at:
            raise Refused("checked_in", _("They have checked in."))
        if now < current.start:
            raise Refused("too_early", _("The booking has not started yet."))
        happened = move(current, State.NO_SHOW, actor, now)
        current.no_show_at = now
        save(current, happened, _charge(current, now))
        return current

    return transact(act)


def _charge(booking: Booking, now: datetime) -> Changes:
    """Take the policy's fee for staying away; what is above it comes back as in a cancellation."""
    before = _figures(booking)
    done = terms.settlement(booking, terms.no_show(terms.agreed(booking), booking))
    booking.fee_minor, booking.refund_due_minor = done.fee_minor, done.refund_minor
    balances.give_back(booking, now, booking.credit_minor - done.credit_back_minor, done.hours_kept)
    booking.credit_minor -= done.credit_back_minor
    settle_returned(booking, done.credit_back_minor)
    return changed(before, _figures(booking))


def _figures(booking: Booking) -> dict[str, object]:
    return {name: getattr(booking, name) for name in ("fee_minor", "refund_due_minor", "credit_minor")}


def undo_no_show(booking: Booking, actor: Actor) -> Booking:
    """They did come: back to what it was, for two weeks. The fee is gone again, and what came back is used again.

    Gift credit that was spent elsewhere meanwhile is due again; prepaid minutes that were are let go.
    """

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.state in {State.CONFIRMED, State.COMPLETED}:
            return current
        if current.state != State.NO_SHOW or current.no_show_at is None:
            raise Refused("wrong_state", _("This booking is no no-show."))
        if now > current.no_show_at + REVERSIBLE_FOR:
            raise Refused("too_late", _("This can no longer be taken back."))
        happened = move(current, _state_by_the_clock(current, now), actor, now, why="came after all")
        before = _figures(current)
        _use_again(current, now)
        current.no_show_at = None
        current.fee_minor, current.refund_due_minor = 0, current.overpaid_minor
        settle(current, now)
        save(current, happened, changed(before, _figures(current)))
        tick(current)
        return current

    return transact(act)


def _state_by_the_clock(booking: Booking, now: datetime) -> State:
    return State.COMPLETED if booking.end <= now else State.CONFIRMED


def _use_again(booking: Booking, now: datetime) -> None:
    """Take what came back at the no-show from gift credit and prepaid hours again, as far as it is still there."""
    assert booking.no_show_at is not None
    returned = CreditEntry.objects.filter(booking=booking, at=booking.no_show_at, amount_minor__gt=0)
    for credit_id, amount in returned.order_by("credit").values_list("credit_id", "amount_minor"):
        credit = GiftCredit.objects.select_for_update(no_key=True).get(pk=credit_id)
        again = min(amount, credit.balance_minor)
        balances.take_credit(credit, booking, again, now)
        booking.credit_minor += again
    minutes_back = HoursEntry.objects.filter(booking=booking, at=booking.no_show_at, minutes__gt=0)
    for account_id, minutes in minutes_back.order_by("account").values_list("account_id", "minutes"):
        account = HoursAccount.objects.select_for_update(no_key=True, of=("self",)).get(pk=account_id)
        balances.take_hours(account, booking, min(minutes, account.minutes_left), now)
