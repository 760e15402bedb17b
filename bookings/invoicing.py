"""Paying by invoice, which staff alone allow: confirmed now, paid when the bank says so."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.payments.issuing import Buyer
from billing.payments.models import Document
from bookings import papers, waitlist
from bookings.models import Booking, BookingEvent
from bookings.moves import changed, check_live, locked, move, save, tick
from bookings.records import Actor, event
from bookings.states import WAITING, PaymentWay, State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact

PAYABLE = frozenset({State.CONFIRMED, State.COMPLETED})


def pay_by_invoice(booking: Booking, buyer: Buyer, actor: Actor) -> Document:
    """Staff let a customer pay by invoice: the booking is confirmed, the invoice issued and mailed.

    A second time answers with the invoice that there is. Raises `Refused`: `hold_expired`, `wrong_state`, and
    `nothing_due` where nothing is to be paid.
    """

    def act() -> Document:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        issued = papers.newest_invoice(current)
        if issued:
            return issued
        check_live(current, now)
        if current.state not in WAITING | PAYABLE:
            raise Refused("wrong_state", _("There is nothing to be paid for this booking any more."))
        if not (current.due_minor and papers.by_invoice_minor(current)):
            raise Refused("nothing_due", _("There is nothing to be paid for this booking."))
        if current.state == State.PENDING and current.start <= now:
            raise Refused("hold_expired", _("Nobody answered this request in time."))
        _promise(current, actor, now)
        return papers.first_invoice(current, buyer, now)

    return transact(act)


def _promise(booking: Booking, actor: Actor, now: datetime) -> None:
    before = {"payment_way": booking.payment_way}
    booking.payment_way = PaymentWay.INVOICE
    booking.updated_at = now
    if booking.state in WAITING:
        happened = move(booking, State.CONFIRMED, actor, now, why="by invoice")
    else:
        happened = event(booking, booking.state, actor, now, why="by invoice", act=BookingEvent.Act.CHANGED)
    save(booking, happened, changed(before, {"payment_way": booking.payment_way}))
    waitlist.taken(booking)
    tick(booking)
