"""The clock and payments: looks whether they came, closes what nobody is to pay any more, asks for balances.

Events may be late or lost; what is here brings every attempt to the same end without them (R21).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from billing import accounts
from billing.gateway.trouble import ProviderTrouble, Revoked
from billing.payments import attempts
from billing.payments.models import Payment
from bookings import asking, checkout, earning, lifecycle
from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Booking, Purchase
from bookings.moves import BALANCE, FOLLOW
from bookings.states import WAITING, PaymentState, PaymentWay, State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.current import current_tenant
from schemas.transactions import transact
from tenants import due
from tenants.mail import post

LONGEST_PAUSE = timedelta(hours=6)
LONGEST_OPEN = timedelta(hours=24)
"""An attempt that nobody pays is closed then; another one can be made at any time."""
LONGEST_ASKED = timedelta(hours=1)
"""So long the customer's bank may ask; meanwhile the booking cannot be changed."""
PATIENCE = timedelta(minutes=10)
"""So long a hold that is over waits for Stripe to say whether it was paid; its slot is free for others meanwhile."""


def let_time_pass(booking_id: UUID) -> None:
    """What the clock does to a booking. Before one that is not paid is released, Stripe is asked.

    Raises `ProviderTrouble` while Stripe does not answer, for the clock to come again, and goes on after `PATIENCE`.
    """
    payment = attempts.unfinished(booking_id)
    booking = Booking.objects.filter(pk=booking_id).first()
    if payment is not None and booking is not None:
        now = database_now()
        if earning.is_over(booking, now) or booking.state in lifecycle.GIVEN_UP:
            try:
                checkout.stop(payment.pk)
            except ProviderTrouble:
                since = booking.hold_expires_at
                if booking.state not in WAITING or since is None or now < since + PATIENCE:
                    raise
    lifecycle.let_time_pass(booking_id)


def follow(payment_id: UUID) -> None:
    """Look at an attempt until it is over, with growing pauses; close it when nobody is to pay it any more."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None or payment.state not in Payment.UNFINISHED:
        return
    try:
        payment = checkout.look(payment_id)
    except Revoked:
        payment = checkout.stop(payment_id)
    now = database_now()
    if payment.state in Payment.UNFINISHED and not _is_expected(payment, now):
        payment = checkout.stop(payment_id)
    if payment.state in Payment.UNFINISHED:
        pause = min(LONGEST_PAUSE, max(asking.FIRST_LOOK, (now - payment.created_at) / 4))
        transact(lambda: due.schedule(FOLLOW, payment_id, now + pause))


def _is_expected(payment: Payment, now: datetime) -> bool:
    if now > payment.created_at + LONGEST_OPEN:
        return False
    if payment.is_of_purchase:
        return Purchase.objects.filter(pk=payment.booking_id, state=Purchase.State.OPEN).exists()
    booking = Booking.objects.filter(pk=payment.booking_id).first()
    if booking is not None and not booking.due_minor:
        return False  # paid in another way
    is_asked = payment.state == Payment.State.OPEN and booking and booking.payment_state == PaymentState.PROCESSING
    if is_asked and now > payment.updated_at + LONGEST_ASKED:
        return False
    return booking is not None and booking.state not in lifecycle.GIVEN_UP and not earning.is_over(booking, now)


def ask_for_balance(booking_id: UUID) -> None:
    """Mail the link to pay what is still open once it is due; as often as it is called, it is one letter."""

    def act() -> None:
        booking = Booking.objects.select_related("customer", "resource").filter(pk=booking_id).first()
        if booking is None or booking.state != State.CONFIRMED or not booking.due_minor or not booking.balance_due_at:
            return
        if pays_elsewhere(booking):
            return
        now = database_now()
        if booking.balance_due_at > now:
            due.schedule(BALANCE, booking_id, booking.balance_due_at)
        elif booking.resource.pays_online:
            send_link(booking, f"balance:{booking_id}:{booking.balance_due_at.isoformat()}", now)

    transact(act)


def pays_elsewhere(booking: Booking) -> bool:
    """Whether it was agreed that the venue gets all of it in another way: by invoice, or at the desk."""
    at_desk = booking.payment_way == PaymentWay.ON_SITE and not booking.here_minor
    return at_desk or booking.payment_way == PaymentWay.INVOICE


def mail_link(booking: Booking, now: datetime) -> tuple[str, int]:
    """Mail the link because staff ask for it, at most once a minute; the address, and the minor units to be paid.

    Raises `Refused`: as `earning.payable`, `payment_unavailable`, and `no_address`.
    """
    payable = earning.payable(booking, now)
    accounts.charging(current_tenant(), booking.currency)
    to = send_link(booking, f"pay-link:{booking.pk}:{now:%Y%m%d%H%M}", now)
    if not to:
        raise Refused("no_address", _("There is no mail address to write to."))
    return to, payable.amount_minor


def send_link(booking: Booking, key: str, now: datetime) -> str:
    """Mail the link to the booking's page, where it can be paid; the address, or nothing where there is none."""
    to = address_of(booking)
    if to:
        language = composing.language_of(booking)
        post(composing.letter(Kind.BALANCE, booking, key=key, to=to, language=language, now=now), now)
    return to


def address_of(booking: Booking) -> str:
    """Where letters about a booking go; nothing where nobody said so."""
    return booking.email or (booking.customer.mailbox if booking.customer else "")
