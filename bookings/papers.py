"""What documents say of a booking, and when they are written.

Money that is counted, taken at the desk or given back, and gift credit that is used, ask for their papers as due work
in their own transaction (`receipt_due`, `credit_note_due`, `moves.DESK_PAPER`, `records.REDEEMED`, `moves.INVOICE`).
Writing one locks the booking: of two papers of a booking the second knows what the first has left.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments import papers
from billing.payments.issuing import Buyer, Sold, business
from billing.payments.models import Document, Payment, Refund
from bookings.access import booking_seen_by, bookings_for_staff
from bookings.models import Booking, BookingEvent, OnSitePayment
from bookings.moves import CREDIT_NOTE, INVOICE, RECEIPT, locked
from bookings.purchases import papers as purchase_papers
from bookings.purchases.rows import own_purchase
from bookings.records import IMPORTED
from bookings.states import WAITING, PaymentWay, State
from kernel.errors import NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, speech
from tenants.zones import zone
from venues.access import Anyone

TAKEN = frozenset({Refund.State.PENDING, Refund.State.SUCCEEDED})
GIVEN_UP = frozenset({State.CANCELLED, State.NO_SHOW})
LAST_ZONE = timedelta(hours=12)
"""How far behind UTC the last zone of the Earth is."""


def receipt_due(payment_id: UUID, now: datetime) -> None:
    """Have the receipt of a payment written that was just counted; in the same transaction."""
    due.schedule(RECEIPT, payment_id, now)


def credit_note_due(refund_id: UUID, now: datetime) -> None:
    """Have the credit note of a refund written that Stripe has just taken; in the same transaction."""
    due.schedule(CREDIT_NOTE, refund_id, now)


def write_receipt(payment_id: UUID) -> Document | None:
    """The receipt of a payment, once; None for money that was not counted for its booking."""

    def act() -> Document | None:
        payment = Payment.objects.get(pk=payment_id)
        if payment.is_of_purchase:
            return purchase_papers.write_receipt(payment)
        booking = locked(payment.booking_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        return papers.receipt(sold(booking), payment, database_now()) if payment.applied_at else None

    return transact(act)


def write_credit_note(refund_id: UUID) -> Document | None:
    """The credit note of a refund, once, after the receipt that it takes back; a receipt again where it has failed.

    None where there is nothing to say.
    """

    def act() -> Document | None:
        refund = Refund.objects.select_related("payment").get(pk=refund_id)
        if refund.payment.is_of_purchase:
            return purchase_papers.write_credit_note(refund)
        booking = locked(refund.booking_id)
        payment = Payment.objects.select_for_update(no_key=True).get(refunds=refund_id)
        refund = Refund.objects.get(pk=refund_id)
        now = database_now()
        if booking.payment_way == PaymentWay.INVOICE:
            due.schedule(INVOICE, booking.pk, now)
        if not payment.applied_at:
            return None
        note = Document.objects.filter(kind=Document.Kind.CREDIT_NOTE, refund=refund).first()
        if refund.state in TAKEN:
            papers.receipt(sold(booking), payment, now)
            return note or papers.credit_note(sold(booking), refund, now)
        return papers.again(sold(booking), note, now) if note else None

    return transact(act)


def write_desk_paper(on_site_id: int) -> None:
    """The receipt of money that was taken at the desk, or the credit notes of what was given back there; once."""

    def act() -> None:
        noted = OnSitePayment.objects.get(pk=on_site_id)
        if noted.booking_id is None:
            purchase_papers.write_desk_paper(noted)
            return
        booking = locked(noted.booking_id)
        now, here = database_now(), sold(booking)
        for each in booking.on_site_payments.filter(pk__lte=on_site_id).order_by("pk"):
            handed = papers.Handed(each.pk, each.amount_minor, each.way)
            if each.amount_minor > 0:
                papers.taken(replace(here, buyer_email="") if _is_kept_quiet(each, booking) else here, handed, now)
                continue
            online = Payment.objects.filter(booking_id=booking.pk, applied_at__isnull=False)
            for payment in online.select_for_update(no_key=True).order_by("created_at", "pk"):
                papers.receipt(here, payment, now)
            papers.given_back(here, handed, now)
        if booking.payment_way == PaymentWay.INVOICE:
            due.schedule(INVOICE, booking.pk, now)

    transact(act)


def _is_kept_quiet(money: OnSitePayment, booking: Booking) -> bool:
    """Whether an import noted it that tells nobody: there is a paper of it, and no letter."""
    of_it = booking.events.filter(act=BookingEvent.Act.PAID, at=money.at)
    return of_it.filter(why=IMPORTED).exists()


def write_redeemed(booking_id: UUID) -> list[Document]:
    """Bring the receipts of a booking's gift credit up to what it has used; nothing while it is only a wish."""

    def act() -> list[Document]:
        booking = locked(booking_id)
        return [] if booking.state in WAITING else papers.redeemed(sold(booking), booking.credit_minor, database_now())

    return transact(act)


def keep_invoice(booking_id: UUID) -> Document | None:
    """Bring the invoices of a booking up to what it has to pay by invoice now: its price or fee has changed."""

    def act() -> Document | None:
        booking = locked(booking_id)
        if newest_invoice(booking) is None:
            return None
        return papers.invoice(sold(booking), by_invoice_minor(booking), None, database_now())

    return transact(act)


def newest_invoice(booking: Booking) -> Document | None:
    """The last invoice of a booking."""
    return Document.objects.filter(booking_id=booking.pk, kind=Document.Kind.INVOICE).order_by("-pk").first()


def first_invoice(booking: Booking, buyer: Buyer, now: datetime) -> Document:
    """Invoice a booking that is locked, has no invoice and owes something."""
    issued = papers.invoice(sold(booking), by_invoice_minor(booking), buyer, now)
    assert issued is not None
    return issued


def by_invoice_minor(booking: Booking) -> int:
    """What a booking has to pay that no receipt shows: of its price, or of the fee for giving it up.

    Gift credit has paid for its part. What goes back of money that came counts as gone.
    """
    receipted = papers.receipted_minor(booking.pk)
    if booking.state in GIVEN_UP:
        receipted = max(0, receipted - booking.refund_due_minor - booking.refunding_minor)
        return max(0, booking.fee_minor - booking.credit_minor - receipted)
    if booking.state == State.EXPIRED:
        return 0
    return max(0, booking.total_minor - booking.credit_minor - receipted)


def sold(booking: Booking) -> Sold:
    """A booking as documents know it, in the language of the tenant's documents."""
    venue = booking.resource.venue
    language = business().language
    here = zone(booking.time_zone)
    with override(language):
        about = _("%(resource)s, %(venue)s, %(day)s, %(time)s") % {
            "resource": booking.resource.name,
            "venue": venue.name,
            "day": speech.day(booking.start, here, "long"),
            "time": speech.span(booking.start, booking.end, here),
        }
        fee = ""
        if booking.state in GIVEN_UP and booking.fee_minor:
            words = {"fee": speech.money(booking.fee_minor, booking.currency)}
            fee = _("The fee for giving the booking up is %(fee)s.") % words
    lines = tuple(booking.lines.order_by("position").values_list("label", "amount_minor", "vat"))
    town = f"{venue.postal_code} {venue.city}".strip()
    return Sold(
        booking_id=booking.pk,
        reference=booking.reference_code,
        about=about,
        lines=lines or ((booking.resource.name, booking.total_minor, venue.vat),),
        currency=booking.currency,
        time_zone=booking.time_zone,
        language=language,
        seller=tuple(line for line in (venue.name, venue.street, town, venue.country) if line),
        buyer=booking.name or booking.email,
        buyer_email=booking.email,
        reply_to=venue.email,
        fee=fee,
    )


def papers_of(booking: Booking) -> QuerySet[Document]:
    """A booking's documents, the first first."""
    return Document.objects.filter(booking_id=booking.pk).select_related("corrects").order_by("issued_at", "pk")


def papers_for_staff(user: Anyone) -> QuerySet[Document]:
    """Documents of bookings at the venues that a member of staff may see; `Forbidden` for everybody else.

    Those of packs and memberships as well, which belong to no venue.
    """
    mine = bookings_for_staff(user).values("pk")
    return (
        Document.objects.filter(Q(booking_id__in=mine) | Q(is_of_purchase=True))
        .select_related("corrects")
        .order_by("-issued_at", "-pk")
    )


def paper_seen_by(user: Anyone, number: str) -> Document:
    """A document that the caller may read: of an own booking, or at a venue that the caller works for.

    Raises `Forbidden` for another customer's, `NotFound` for a number that was never given out.
    """
    paper = Document.objects.filter(number=number).first()
    if paper is None:
        raise NotFound("not_found", _("There is no such document."))
    if not paper.is_of_purchase:
        booking_seen_by(user, paper.booking_id)
    elif not (user.is_authenticated and user.is_staff_member):
        own_purchase(user, paper.booking_id)
    return paper


def overdue(rows: QuerySet[Document], now: datetime) -> QuerySet[Document]:
    """Of documents, the invoices that should have been paid by now and are not: of bookings that owe something."""
    fee_is_owed = Q(state__in=GIVEN_UP, fee_minor__gt=F("credit_minor") + F("paid_minor"))
    price_is_owed = ~Q(state__in=[*GIVEN_UP, State.EXPIRED]) & Q(total_minor__gt=F("credit_minor") + F("paid_minor"))
    owes = Booking.objects.filter(fee_is_owed | price_is_owed, pk=OuterRef("booking_id"))
    # A day is over where it is over last: nobody is reminded too early.
    return rows.filter(Exists(owes), kind=Document.Kind.INVOICE, due_on__lt=(now - LAST_ZONE).date())
