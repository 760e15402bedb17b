"""Writing a document: number, rows and the letter that carries it, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from billing.payments import numbering
from billing.payments.models import BusinessDetails, Document, DocumentLine, Payment, Refund
from billing.payments.sheets import REFERENCE
from billing.payments.splitting import Part
from tenants import mail
from tenants.mail import Letter
from tenants.zones import zone

Kind = Document.Kind


@dataclass(frozen=True, slots=True)
class Sold:
    """A booking as documents know it, or a purchase (`is_of_purchase`).

    `lines` are (label, gross amount, rate of VAT) and add up to the price.

    `seller` is the venue, for tenants that have not said who they are. `language` is that of `about` and the labels.
    `fee` is the sentence about the fee for giving it up, for credit notes; empty without one.
    """

    booking_id: UUID
    reference: str
    about: str
    lines: tuple[tuple[str, int, int], ...]
    currency: str
    time_zone: str
    language: str
    seller: tuple[str, ...]
    buyer: str
    buyer_email: str = ""
    reply_to: str = ""
    fee: str = ""
    is_of_purchase: bool = False

    @property
    def total_minor(self) -> int:
        """The price."""
        return sum(amount for _label, amount, _vat in self.lines)


@dataclass(frozen=True, slots=True)
class Buyer:
    """To whom an invoice is addressed, as it was entered: name and address in lines."""

    text: str
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """What a document belongs to, and by what means it was paid where that was not online."""

    payment: Payment | None = None
    refund: Refund | None = None
    corrects: Document | None = None
    on_site_id: int | None = None
    paid_by: str = ""


NOTHING = Link()
Lines = Sequence[tuple[str, Part]]


def business() -> BusinessDetails:
    """Who sells; an empty row where nobody has said."""
    return BusinessDetails.objects.filter(pk=1).first() or BusinessDetails(pk=1)


def locked_business() -> BusinessDetails:
    """The same as a row that nobody else writes until the caller's commit."""
    BusinessDetails.objects.get_or_create(pk=1)
    return BusinessDetails.objects.select_for_update().get(pk=1)


@mail.chooses_language
def house_language() -> str:
    """The language of documents, and so of letters."""
    return business().language


def issue(
    kind: Document.Kind, sold: Sold, lines: Lines, link: Link, now: datetime, buyer: Buyer | None = None
) -> Document:
    """Write a document with the next number of its kind; its labels are in the language that is active."""
    about_us = business()
    day = now.astimezone(zone(sold.time_zone)).date()
    to = buyer or Buyer(sold.buyer)
    paper = Document.objects.create(
        kind=kind,
        number=numbering.next_number(kind, day),
        booking_id=sold.booking_id,
        booking_reference=sold.reference,
        is_of_purchase=sold.is_of_purchase,
        payment=link.payment,
        refund=link.refund,
        corrects=link.corrects,
        on_site_id=link.on_site_id,
        paid_by=link.paid_by,
        issued_at=now,
        time_zone=sold.time_zone,
        language=sold.language,
        currency=sold.currency,
        total_minor=sum(part.gross_minor for _label, part in lines),
        tax_minor=sum(part.tax_minor for _label, part in lines),
        seller=_seller(about_us, sold),
        seller_vat_id=about_us.vat_id,
        buyer=to.text,
        buyer_vat_id=to.vat_id,
        buyer_email=sold.buyer_email,
        due_on=_due_on(kind, about_us, day),
        about=sold.about[:300],
        remark=" ".join(part for part in (_remark(about_us, lines, link), sold.fee if link.refund else "") if part),
        pay_to=about_us.bank_account if kind == Kind.INVOICE else "",
        foot=about_us.foot,
    )
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=paper,
            position=position,
            label=label[:300],
            amount_minor=part.gross_minor,
            tax_minor=part.tax_minor,
            tax_rate=part.vat,
        )
        for position, (label, part) in enumerate(lines, 1)
    )
    _post(paper, sold, now)
    return paper


def _seller(about_us: BusinessDetails, sold: Sold) -> str:
    if not about_us.legal_name:
        return "\n".join(sold.seller)
    lines = [about_us.legal_name, *about_us.address.splitlines()]
    if about_us.tax_number and not about_us.vat_id:
        lines.append(_("Tax number %(number)s") % {"number": about_us.tax_number})
    return "\n".join(line.strip() for line in lines if line.strip())


def _due_on(kind: Document.Kind, about_us: BusinessDetails, day: date) -> date | None:
    return day + timedelta(days=about_us.invoice_due_days) if kind == Kind.INVOICE else None


def _remark(about_us: BusinessDetails, lines: Lines, link: Link) -> str:
    first = link.corrects
    while first and first.corrects:
        first = first.corrects
    if first and first.kind == Kind.INVOICE and (link.payment or link.paid_by or first != link.corrects):
        return _("The tax is shown on invoice %(number)s.") % {"number": first.number}
    if any(part.vat for _label, part in lines):
        return ""
    return about_us.tax_note or _("No VAT is charged.")


def _post(paper: Document, sold: Sold, now: datetime) -> None:
    """Mail it to the customer, once; nobody has to be told of what goes to no address."""
    if not paper.buyer_email:
        return
    words = {"number": paper.number, "reference": sold.reference, "about": sold.about, "seller": sold.seller[0]}
    greeting = _("Hello,")
    told = {
        Kind.RECEIPT: _("Thank you for your payment. Your receipt %(number)s is attached."),
        Kind.INVOICE: _("Your invoice %(number)s is attached."),
        Kind.CREDIT_NOTE: _("Your credit note %(number)s is attached."),
    }[Kind(paper.kind)]
    what = "%(reference)s: %(about)s" if sold.is_of_purchase else _("Booking %(reference)s: %(about)s")
    text = "\n\n".join([greeting, told, what, "%(seller)s"]) % words
    if paper.corrects and paper.corrects.kind == Kind.CREDIT_NOTE:
        words["note"] = paper.corrects.number
        told = _(
            "your bank did not take the refund of credit note %(note)s, so it came back to us and receipt %(number)s, "
            "which is attached, takes the note's place. The money is still yours: we try again, or ask you how you "
            "want to have it. You can also answer this letter."
        )
    subject = f"{Kind(paper.kind).label} {paper.number}"
    mail.post(
        Letter(
            key=f"{REFERENCE}:{paper.number}",
            to=paper.buyer_email,
            subject=str(subject),
            text=text,
            attachments=(f"{REFERENCE}:{paper.pk}",),
            reply_to=sold.reply_to,
            language=sold.language,
        ),
        now,
    )
