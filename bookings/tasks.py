"""What the clock calls in a tenant's schema."""

from uuid import UUID

from billing.payments import disputes, refunds
from bookings import (
    clearing,
    contested,
    following,
    joining,
    moves,
    papers,
    parting,
    records,
    restored,
    returns,
    telling,
    waitlist,
)
from bookings.batches import drafting
from bookings.batches import working as working_batches
from bookings.calendars import connecting, pulling
from bookings.hooks import pruning, sending
from bookings.imports import bringing, working
from bookings.notices import pruning as pruning_notices
from bookings.notices import ruling, summary
from bookings.notices import sending as sending_notices
from bookings.own import erasing, lapsing
from tenants import due
from tenants.due import Queue

__all__ = [
    "bringing",
    "clearing",
    "connecting",
    "drafting",
    "erasing",
    "lapsing",
    "parting",
    "pruning",
    "pruning_notices",
    "pulling",
    "restored",
    "ruling",
    "sending",
    "sending_notices",
    "summary",
    "telling",
    "working",
    "working_batches",
]  # register their topics of the outbox and kinds of due work


@due.handles(moves.CLOCK, queue=Queue.MONEY)
def let_time_pass(booking_id: str) -> None:
    """Expire a hold that has lapsed and was not paid, or complete a booking that is over; as often as it is called."""
    following.let_time_pass(UUID(booking_id))


@due.handles(moves.FOLLOW, queue=Queue.MONEY)
def follow_payment(payment_id: str) -> None:
    """Look whether a payment came, until it is over; as often as it is called."""
    following.follow(UUID(payment_id))


@due.handles(moves.BALANCE, queue=Queue.MAIL)
def ask_for_balance(booking_id: str) -> None:
    """Mail a link to pay what is due by now; as often as it is called."""
    following.ask_for_balance(UUID(booking_id))


@due.handles(waitlist.CLOCK, queue=Queue.MONEY)
def serve_waiting(resource_id: str) -> None:
    """Give what is free on a resource to those who wait for it; as often as it is called."""
    waitlist.serve_now(int(resource_id))


@due.handles(joining.CLOCK, queue=Queue.MONEY)
def end_waiting(entry_id: str) -> None:
    """End an entry whose time has come; as often as it is called."""
    joining.end(int(entry_id))


@due.handles(moves.PAY_BACK, queue=Queue.MONEY)
def pay_back(booking_id: str) -> None:
    """Plan the refunds of what a booking is owed; as often as it is called."""
    returns.pay_back(UUID(booking_id))


@due.handles(refunds.KIND, queue=Queue.MONEY)
def carry_out_refund(refund_id: str) -> None:
    """Have Stripe make a refund; as often as it is called."""
    returns.carry_out(UUID(refund_id))


@due.handles(disputes.LOOK, queue=Queue.MONEY)
def look_at_disputes(payment_id: str) -> None:
    """Ask Stripe about a payment's disputes; as often as it is called."""
    contested.look_at_disputes(UUID(payment_id))


@due.handles(disputes.TRANSFER, queue=Queue.MONEY)
def move_disputed_transfer(dispute_pk: str) -> None:
    """Take a disputed destination charge's transfer back, or give it again; as often as it is called."""
    contested.move_transfer(int(dispute_pk))


@due.handles(moves.RECEIPT, queue=Queue.MONEY)
def write_receipt(payment_id: str) -> None:
    """Issue the receipt of a payment; as often as it is called."""
    papers.write_receipt(UUID(payment_id))


@due.handles(moves.CREDIT_NOTE, queue=Queue.MONEY)
def write_credit_note(refund_id: str) -> None:
    """Issue the credit note of a refund; as often as it is called."""
    papers.write_credit_note(UUID(refund_id))


@due.handles(moves.DESK_PAPER, queue=Queue.MONEY)
def write_desk_paper(on_site_id: str) -> None:
    """Issue the paper of money that changed hands at the desk; as often as it is called."""
    papers.write_desk_paper(int(on_site_id))


@due.handles(records.REDEEMED, queue=Queue.MONEY)
def write_redeemed(booking_id: str) -> None:
    """Bring the receipts of a booking's gift credit up to date; as often as it is called."""
    papers.write_redeemed(UUID(booking_id))


@due.handles(moves.INVOICE, queue=Queue.MONEY)
def keep_invoice(booking_id: str) -> None:
    """Bring a booking's invoices up to date; as often as it is called."""
    papers.keep_invoice(UUID(booking_id))
