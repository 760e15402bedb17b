"""What documents say of a purchase, and writing them, each under the purchase's lock."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments import papers
from billing.payments.issuing import Sold, business
from billing.payments.models import Document, Payment, Refund
from bookings.models import OnSitePayment, Purchase
from bookings.purchases.rows import locked
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech
from venues.models import Venue

TAKEN = frozenset({Refund.State.PENDING, Refund.State.SUCCEEDED})


def write_receipt(payment: Payment) -> Document | None:
    """The receipt of a payment, once; None for money that was not counted. In a transaction."""
    purchase = locked(payment.booking_id)
    current = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    return papers.receipt(sold(purchase), current, database_now()) if current.applied_at else None


def write_credit_note(refund: Refund) -> Document | None:
    """The credit note of a refund, once, after the receipt that it takes back; a receipt again where it has failed."""
    purchase = locked(refund.booking_id)
    payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
    if not payment.applied_at:
        return None
    refund.refresh_from_db()
    now, here = database_now(), sold(purchase)
    note = Document.objects.filter(kind=Document.Kind.CREDIT_NOTE, refund=refund).first()
    if refund.state in TAKEN:
        papers.receipt(here, payment, now)
        return note or papers.credit_note(here, refund, now)
    return papers.again(here, note, now) if note else None


def write_desk_paper(taking: OnSitePayment) -> None:
    """The receipt of money that was taken for it at the desk, or the credit notes of what was handed back; once."""
    assert taking.purchase_id is not None
    purchase = locked(taking.purchase_id)
    now, here = database_now(), sold(purchase)
    for each in purchase.on_site_payments.filter(pk__lte=taking.pk).order_by("pk"):
        handed = papers.Handed(each.pk, each.amount_minor, each.way)
        if each.amount_minor > 0:
            papers.taken(here, handed, now)
        else:
            _write_receipts(purchase, here, now)
            papers.given_back(here, handed, now)


def _write_receipts(purchase: Purchase, here: Sold, now: datetime) -> None:
    online = Payment.objects.filter(booking_id=purchase.pk, applied_at__isnull=False)
    for payment in online.select_for_update(no_key=True).order_by("created_at", "pk"):
        papers.receipt(here, payment, now)


def sold(purchase: Purchase) -> Sold:
    """A purchase as documents know it, in the language of the tenant's documents."""
    language, tenant = business().language, current_tenant()
    with override(language):
        about = about_of(purchase)
    venue = Venue.objects.order_by("pk").first()
    town = f"{venue.postal_code} {venue.city}".strip() if venue else ""
    seller = (venue.name, venue.street, town, venue.country) if venue else ()
    return Sold(
        booking_id=purchase.pk,
        reference=purchase.reference,
        about=about,
        lines=((purchase.name, purchase.price_minor, purchase.vat),),
        currency=purchase.currency,
        time_zone=tenant.time_zone,
        language=language,
        seller=tuple(line for line in seller if line) or (tenant.name,),
        buyer=purchase.customer.name or purchase.customer.mailbox,
        buyer_email=purchase.customer.mailbox,
        reply_to=venue.email if venue else "",
        is_of_purchase=True,
    )


def about_of(purchase: Purchase) -> str:
    """What was bought and for how long, in the language that is active."""
    if purchase.first_day and purchase.last_day:
        days = {"name": purchase.name, "first": speech.day(purchase.first_day), "last": speech.day(purchase.last_day)}
        return _("%(name)s, %(first)s to %(last)s") % days
    words = {"name": purchase.name, "time": speech.hours(purchase.minutes)}
    return _("%(name)s, %(time)s paid beforehand") % words
