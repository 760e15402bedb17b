"""What tests of giving back need: bookings that were paid by card, the clock's work, and the books of both sides."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from billing.gateway.trouble import ProviderTrouble
from billing.payments import attempts
from billing.payments.models import Document, Payment, Refund
from bookings import lifecycle, tasks  # noqa: F401 - registers what the clock does
from bookings.models import Booking, OnSitePayment
from bookings.records import Actor
from bookings.requests import Contact
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import due
from tenants.models import DueWork, OutgoingMail
from tests.bookings.scenes import held, slot
from tests.till import Till

KINDS = ("pay_back", "refund", "disputes", "dispute_transfer")
PAPERS = ("credit_note",)


@dataclass(frozen=True)
class Card:
    """How a booking was paid: the part of the price, the platform's fee in basis points, and the card."""

    amount_minor: int | None = None
    fee: int = 1000
    card: str = "pm_card_visa"
    applied: bool = True


BY_CARD = Card()


def booked(world: Any, guest: User, hour: int = 10, ahead: int = 7, minutes: int = 60) -> Booking:
    """A confirmed booking of the guest's, of 25.00 an hour."""
    booking = held(world.annex_room, slot(hour, minutes=minutes, ahead=ahead), customer=guest)
    booking.resource.needs_approval = False
    Booking.objects.filter(pk=booking.pk).update(email=guest.email, name=guest.name)
    booking.resource.pays_on_site = True
    booking.resource.save()
    return lifecycle.submit(
        Booking.objects.get(pk=booking.pk), Contact("Gina", guest.email, "+49 89 1"), Actor.of(guest)
    )


def pay(till: Till, booking: Booking, how: Card = BY_CARD) -> Payment:
    """The customer pays by card at the sandbox, and the payment is counted for the booking."""
    booking.refresh_from_db()
    amount = booking.due_minor if how.amount_minor is None else how.amount_minor
    now = database_now()
    wanted = attempts.Wanted(booking.pk, "booking", amount, booking.currency, till.account, how.fee)
    payment = attempts.begin(wanted, now)
    intent = attempts.create_intent(payment, booking.reference_code)
    assert till.pay(intent.id, how.card) == "succeeded"
    payment.intent_id = intent.id
    attempts.note(payment, attempts.see(payment), now)
    payment.succeeded_at = now
    payment.applied_at = now if how.applied else None
    payment.save()
    if how.applied:
        paid = booking.paid_minor + amount
        state = "paid" if paid + booking.credit_minor >= booking.total_minor else "deposit_paid"
        Booking.objects.filter(pk=booking.pk).update(paid_minor=paid, payment_state=state, paid_at=now)
    booking.refresh_from_db()
    return payment


def paid(till: Till, world: Any, guest: User, how: Card = BY_CARD, **when: Any) -> tuple[Booking, Payment]:
    """A confirmed booking that was paid by card."""
    booking = booked(world, guest, **when)
    return booking, pay(till, booking, how)


def work_off(*, again: bool = True) -> list[str]:
    """Do what is due about money, and what comes of it, as the clock would; what was done, in order.

    What fails stays due, and with `again` is tried once more, as often as it takes.
    """
    done: list[str] = []
    for _round in range(20):
        rows = list(DueWork.objects.filter(kind__in=KINDS, schema_name=current_schema()).order_by("due_at", "pk"))
        if not rows:
            return done
        for work in rows:
            try:
                due._handlers[work.kind](work.object_id)
            except ProviderTrouble as trouble:
                done.append(f"{work.kind}: {trouble.why}")
                if not again:
                    return done
            else:
                DueWork.objects.filter(pk=work.pk, due_at=work.due_at).delete()
                done.append(work.kind)
    raise AssertionError(f"never at rest: {done}")


def money(booking: Booking) -> tuple[str, int, int, int]:
    """`payment_state`, what is there, what is to be given back, and what is on its way."""
    row = Booking.objects.get(pk=booking.pk)
    return row.payment_state, row.paid_minor, row.refund_due_minor, row.refunding_minor


def refunds_of(booking: Booking) -> list[tuple[int, int, str, str]]:
    """Amount, fee, reason and state of our rows."""
    rows = Refund.objects.filter(booking_id=booking.pk).order_by("created_at", "pk")
    return list(rows.values_list("amount_minor", "fee_minor", "reason", "state"))


def at_stripe(till: Till, payment: Payment) -> tuple[int, int, int]:
    """What Stripe has returned of the charge, of the platform's fee, and of the transfer to the venue."""
    charge: Any = till.intent(payment.intent_id).latest_charge
    state = till.server.look("state")
    fees = state["acct_1SandboxPlatform"].get("application_fee", [])
    transfers = state["acct_1SandboxPlatform"].get("transfer", [])
    payments = {
        transfer["destination_payment"] for transfer in transfers if transfer["source_transaction"] == charge.id
    }
    fee = sum(each["amount_refunded"] for each in fees if each["charge"] in {charge.id, *payments})
    reversed_ = sum(each["amount_reversed"] for each in transfers if each["source_transaction"] == charge.id)
    return charge.amount_refunded, fee, reversed_


def mails(prefix: str) -> list[tuple[str, str]]:
    """Key and recipient of the letters whose key begins so."""
    rows = OutgoingMail.objects.filter(key__startswith=prefix).order_by("pk")
    return [(row.key, row.to) for row in rows]


def credit_notes(booking: Booking) -> list[int]:
    """Write the papers that are due, and the totals of the booking's credit notes."""
    for work in DueWork.objects.filter(kind__in=PAPERS, schema_name=current_schema()).order_by("pk"):
        due._handlers[work.kind](work.object_id)
        work.delete()
    rows = Document.objects.filter(booking_id=booking.pk, kind="credit_note").order_by("pk")
    return list(rows.values_list("total_minor", flat=True))


def desk(booking: Booking, amount_minor: int) -> None:
    """Money that was taken at the desk, before anything else happens to the booking."""
    now = database_now()
    OnSitePayment.objects.create(booking=booking, amount_minor=amount_minor, at=now)
    row = Booking.objects.get(pk=booking.pk)
    Booking.objects.filter(pk=booking.pk).update(paid_minor=row.paid_minor + amount_minor)
