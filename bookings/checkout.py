"""Having a booking paid online: the one place where bookings ask for money, and are told that it came.

Asking is a transaction (what is to be paid, and a row for the attempt), the network, and a transaction (what Stripe
says). Being told is `look`: ask Stripe for the attempt as it is now, and apply what is new under the locks. Webhooks,
the page that people come back to, the clock and the reconciliation all do just that, in any order and any number.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.gateway import intents, sessions
from billing.gateway.intents import UNPAID, Intent
from billing.gateway.trouble import Gone, ProviderTrouble, Revoked, WrongMoment
from billing.payments import attempts
from billing.payments.attempts import ABANDONED, REPLACED, Seen
from billing.payments.models import Payment
from bookings import asking, crediting
from bookings.asking import Kind, Payer
from kernel import failpoints
from kernel.errors import Busy
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import features

log = logging.getLogger(__name__)

MOST_TURNS = 4
Ask = Callable[[UUID, Kind, Payer], Payment]
"""What is to be paid, as an attempt; one that is to be replaced says so."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt that the customer can pay: its row, and Stripe's intent with the secret for the card form."""

    payment: Payment
    intent: Intent


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """An attempt that the customer can pay at Stripe, at `url`, until `expires_at`."""

    payment: Payment
    url: str
    expires_at: datetime


def start(booking_id: UUID, payer: Payer | None = None, ask: Ask = asking.attempt) -> Opened:
    """Open an attempt to pay what is due now, or find the one that is open; asked again, it is the same intent.

    Raises what `earning.payable` raises, `payment_unavailable`, `amount_too_small`, `TooMany("too_many_failures")`,
    `payment_open` while another amount is being paid, and `ProviderTrouble`. The hold stays what it is. For what is
    no booking, `ask` says what is to be paid, and `booking_id` is what it knows it by.
    """
    features.check("payments")
    payer = payer or Payer()
    for _turn in range(MOST_TURNS):
        payment = ask(booking_id, "intent", payer)
        if payment.failure == REPLACED:
            stop(payment.pk, REPLACED)
            continue
        seen = _opened(payment)
        payment = _apply(payment.pk, seen)
        if seen.intent is not None and payment.state in Payment.UNFINISHED:
            return Opened(payment, _kept_card(payment, seen.intent, payer))
    raise Busy


def start_session(booking_id: UUID, payer: Payer | None = None, ask: Ask = asking.attempt) -> OpenedPage:
    """As `start`, for Stripe's own page, which leads back to the page of what is paid."""
    features.check("payments")
    payer = payer or Payer()
    for _turn in range(MOST_TURNS):
        payment = ask(booking_id, "session", payer)
        if payment.failure == REPLACED:
            stop(payment.pk, REPLACED)
            continue
        seen = _opened(payment)
        payment = _apply(payment.pk, seen)
        if seen.session is not None and seen.session.status == "open" and payment.state in Payment.UNFINISHED:
            return OpenedPage(payment, seen.session.url, seen.session.expires_at)
        if payment.state == Payment.State.PROCESSING:
            raise asking.under_way()
    raise Busy


def look(payment_id: UUID, intent_id: str = "") -> Payment:
    """Ask Stripe about an attempt and apply what it says, as often as one likes.

    `intent_id` is the intent that somebody was told of, for an attempt whose own answer has not arrived (R20). One
    that is not the attempt's own is not believed, whatever it says, and somebody hears of it (decision 0031).
    """
    payment = Payment.objects.get(pk=payment_id)
    seen = _seen(payment, intent_id)
    failpoints.hit("checkout.seen")
    if intent_id and (seen is None or seen.intent is None or seen.intent.id != intent_id):
        log.error("tenant mismatch: intent %s names payment %s, which did not make it", intent_id, payment_id)
    return payment if seen is None else _apply(payment_id, seen)


def find(account_id: str, metadata: Mapping[str, str]) -> UUID | None:
    """The attempt that an object of Stripe's speaks of; `account_id` is where it lives, empty for the platform.

    None, and an alert, where metadata and account do not belong together: nobody confirms another tenant's
    bookings (T34). None without one where it has nothing to do with us.
    """
    if "forecourt_payment" not in metadata:
        return None
    payment = _named(metadata["forecourt_payment"])
    if (
        payment is None
        or metadata.get("forecourt_tenant") != current_schema()
        or metadata.get(attempts.subject_of(payment)) != str(payment.booking_id)
        or attempts.place_of(payment).scope != account_id
    ):
        log.error("tenant mismatch: an object on account %s names a payment that is not its", account_id or "platform")
        return None
    return payment.pk


def _named(text: str) -> Payment | None:
    try:
        return Payment.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return None


def stop(payment_id: UUID, why: str = ABANDONED) -> Payment:
    """Have Stripe take no more money for an attempt, unless it has already; what it says then is applied (R17)."""
    try:
        payment = look(payment_id)
        seen = _seen(payment)
    except Revoked:
        return transact(lambda: _end(payment_id, "account_revoked"))
    if payment.state not in Payment.UNFINISHED:
        return payment
    if seen is None:
        return transact(lambda: _end(payment_id, why))
    failpoints.hit("checkout.stopping")
    if seen.is_payable:
        transact(lambda: _note_why(payment_id, why))
        try:
            attempts.close(payment, seen)
        except WrongMoment:
            log.info("payment %s moved on while it was being closed", payment_id)
    return look(payment_id)


# ---- Asking ----------------------------------------------------------------------------------------------------------


def _opened(payment: Payment) -> Seen:
    """The attempt at Stripe: made, or looked at."""
    failpoints.hit("checkout.asking")
    seen = _seen(payment)
    if seen is not None:
        return seen
    try:
        made = _made(payment)
    except ProviderTrouble as trouble:
        if trouble.is_kept or trouble.is_lasting:
            # Nobody was given the means to pay it: the next try has a row, and so a key, of its own.
            transact(lambda: _end(payment.pk, "provider_error"))
        raise
    failpoints.hit("checkout.created")
    return made


def _made(payment: Payment) -> Seen:
    """What the attempt's own call made; as often as it is made, it is the same (for a day)."""
    if asking.kind_of(payment) == "session":
        return Seen(None, attempts.create_session(payment, asking.label(payment), asking.ways(payment)))
    return Seen(attempts.create_intent(payment, asking.label(payment)))


def _kept_card(payment: Payment, intent: Intent, payer: Payer) -> Intent:
    if payer.user is None or not payer.keeps_card or intent.status not in UNPAID:
        return intent
    place = attempts.place_of(payment)
    known = attempts.become_payer(payer.user.pk, payer.user.email, place)
    try:
        return intents.keep_card(place, intent.id, known.customer_id)
    except WrongMoment:
        return intent


# ---- Being told ------------------------------------------------------------------------------------------------------


def _seen(payment: Payment, intent_id: str = "") -> Seen | None:
    """What Stripe says, or None for an attempt that nobody was given the means to pay."""
    if not (payment.intent_id or payment.session_id or intent_id):
        return None
    try:
        if payment.intent_id or payment.session_id:
            return attempts.see(payment)
        return _early(payment, intents.retrieve(attempts.place_of(payment), intent_id))
    except Gone:
        log.error("payment %s is not known at Stripe", payment.pk)
        return None


def _early(payment: Payment, intent: Intent) -> Seen | None:
    """An intent that was told of before our own call for the attempt was answered; None for one that it did not make.

    Names can be copied by whoever runs the account, so the call is made again: its key brings back what it made.
    """
    if not attempts.bears_key(payment, intent):
        return None
    if payment.state in Payment.UNFINISHED:
        try:
            made = _made(payment)
        except ProviderTrouble as trouble:
            if not (trouble.is_kept or trouble.is_lasting):
                raise
        else:
            return _if_made(payment, made, intent)
    # Ended before we heard of it, or Stripe keeps an error for the call: nobody was given the means to pay this.
    agrees = (intent.amount_minor, intent.currency) == (payment.amount_minor, payment.currency)
    return Seen(intent) if agrees else None


def _if_made(payment: Payment, made: Seen, intent: Intent) -> Seen | None:
    if made.session is None:
        return Seen(intent) if made.intent is not None and made.intent.id == intent.id else None
    page = sessions.retrieve(attempts.place_of(payment), made.session.id)  # the answer of then has no intent
    return Seen(intent, page) if page.intent_id == intent.id else None


def _apply(payment_id: UUID, seen: Seen) -> Payment:
    """Write down what Stripe says; what could still be paid for an attempt that is over is closed there."""
    payment = transact(lambda: crediting.applied(payment_id, seen))
    is_its_own = (seen.intent is None or seen.intent.id == payment.intent_id) and (
        seen.session is None or seen.session.id == payment.session_id
    )
    if payment.state == Payment.State.CANCELLED and seen.is_payable and is_its_own:
        with suppress(WrongMoment):
            attempts.close(payment, seen)
    return payment


def _end(payment_id: UUID, why: str) -> Payment:
    """End an attempt that Stripe does not know of, or not for us any more: nobody can pay it."""
    payment = attempts.locked(payment_id)
    if payment.state in Payment.UNFINISHED:
        payment.state, payment.failure, payment.updated_at = Payment.State.CANCELLED, why, database_now()
        payment.save(update_fields=["state", "failure", "updated_at"])
    return payment


def _note_why(payment_id: UUID, why: str) -> None:
    Payment.objects.filter(pk=payment_id, state__in=Payment.UNFINISHED).update(failure=why)
