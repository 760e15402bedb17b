"""Issuing documents: what is known of a booking goes in, a numbered document and a letter with it come out.

All of it in the caller's transaction. Receipts say what was paid, by one means each: online, at the venue, with gift
credit. Invoices say what is owed, credit notes take some of either back. Several documents of one booking never show
the same tax twice: each is a share of what those before it have left (`splitting`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments.issuing import NOTHING, Buyer, Lines, Link, Sold, issue
from billing.payments.models import Document, DocumentLine, Payment, Refund
from billing.payments.splitting import Part, charged, left, over_lines, share

Kind = Document.Kind
GIFT_CREDIT = Document.Means.GIFT_CREDIT


@dataclass(frozen=True, slots=True)
class Handed:
    """Money that changed hands at the venue: its id, how much (negative: given back), and in which way."""

    id: int
    amount_minor: int
    way: str


def receipt(sold: Sold, payment: Payment, now: datetime) -> Document:
    """The receipt of a payment that came, once; the caller has locked the payment.

    Money for what was invoiced is acknowledged without tax, which the invoice shows.
    """
    found = Document.objects.filter(kind=Kind.RECEIPT, payment=payment).first()
    if found:
        return found
    with override(sold.language):
        label = _("Balance") if payment.purpose == Payment.Purpose.BALANCE else _("Part payment")
        return _acknowledge(sold, payment.amount_minor, label, Link(payment), now)


def taken(sold: Sold, handed: Handed, now: datetime) -> Document:
    """The receipt of money that was taken at the venue, once; the caller has locked the booking."""
    found = Document.objects.filter(kind=Kind.RECEIPT, on_site_id=handed.id).first()
    if found:
        return found
    with override(sold.language):
        before = sum(part.gross_minor for part in _documented(sold.booking_id))
        label = _("Balance") if before + handed.amount_minor == sold.total_minor else _("Part payment")
        link = Link(on_site_id=handed.id, paid_by=handed.way)
        return _acknowledge(sold, handed.amount_minor, label, link, now)


def given_back(sold: Sold, handed: Handed, now: datetime) -> list[Document]:
    """The credit notes of money that was given back at the venue, once; the caller has locked the booking.

    Of several receipts, first those of money that was taken there, the last one first.
    """
    found = list(Document.objects.filter(kind=Kind.CREDIT_NOTE, on_site_id=handed.id).order_by("pk"))
    if found:
        return found
    receipts = Document.objects.filter(booking_id=sold.booking_id, kind=Kind.RECEIPT).exclude(paid_by=GIFT_CREDIT)
    rest = -handed.amount_minor
    with override(sold.language):
        for paper in sorted(receipts, key=lambda paper: (paper.on_site_id is None, -paper.pk)):
            is_again = paper.corrects is not None and paper.corrects.kind == Kind.CREDIT_NOTE
            amount = 0 if is_again else min(rest, open_minor(paper))
            if amount > 0:
                link = Link(corrects=paper, on_site_id=handed.id, paid_by=handed.way)
                found.append(_credit(sold, paper, amount, link, now))
                rest -= amount
    return found


def redeemed(sold: Sold, wanted_minor: int, now: datetime) -> list[Document]:
    """Bring a booking's receipts of gift credit to what it has used: another one, or credit notes on what there is.

    The tax is due now, not when the credit was sold (multi-purpose voucher). The caller has locked the booking.
    """
    mine = Document.objects.filter(booking_id=sold.booking_id, kind=Kind.RECEIPT, paid_by=GIFT_CREDIT)
    receipts = list(mine.order_by("-pk"))
    missing = wanted_minor - sum(open_minor(paper) for paper in receipts)
    made = []
    with override(sold.language):
        if missing > 0:
            lines = _lines(sold, missing, _("Part payment"))
            made.append(issue(Kind.RECEIPT, sold, lines, Link(paid_by=GIFT_CREDIT), now))
        for paper in receipts:
            amount = min(-missing, open_minor(paper))
            if amount > 0:
                made.append(_credit(sold, paper, amount, Link(corrects=paper, paid_by=GIFT_CREDIT), now))
                missing += amount
    return made


def credit_note(sold: Sold, refund: Refund, now: datetime) -> Document | None:
    """The credit note of a refund that Stripe took, once; None where the payment has no receipt.

    The caller has locked the payment.
    """
    found = Document.objects.filter(kind=Kind.CREDIT_NOTE, refund=refund).first()
    issued = Document.objects.filter(kind=Kind.RECEIPT, payment=refund.payment_id).first()
    if found or issued is None:
        return found
    with override(sold.language):
        return _credit(sold, issued, refund.amount_minor, Link(refund=refund, corrects=issued), now)


def invoice(sold: Sold, wanted_minor: int, buyer: Buyer | None, now: datetime) -> Document | None:
    """Bring a booking's invoices to what it has to pay by invoice: another one, or a credit note on the newest.

    None where nothing is missing. Without a `buyer` the one of the last invoice, or the customer. The caller has
    locked the booking.
    """
    invoices = list(Document.objects.filter(booking_id=sold.booking_id, kind=Kind.INVOICE).order_by("-pk"))
    missing = wanted_minor - sum(open_minor(paper) for paper in invoices)
    last = invoices[0] if invoices else None
    to = buyer or (Buyer(last.buyer, last.buyer_vat_id) if last else Buyer(sold.buyer))
    with override(sold.language):
        if missing > 0:
            label = _("Difference") if last else _("Balance")
            return issue(Kind.INVOICE, sold, _lines(sold, missing, label), NOTHING, now, to)
        made = None
        for paper in invoices:
            amount = min(-missing, open_minor(paper))
            if amount > 0:
                made = _credit(sold, paper, amount, Link(corrects=paper), now)
                missing += amount
        return made


def again(sold: Sold, note: Document, now: datetime) -> Document:
    """What a credit note took back came again, for its refund has failed: a receipt over the same, once."""
    found = Document.objects.filter(kind=Kind.RECEIPT, corrects=note).first()
    if found:
        return found
    with override(sold.language):
        label = _("Not returned after all: %(number)s") % {"number": note.number}
        lines = [(label, Part(line.tax_rate, -line.amount_minor, -line.tax_minor)) for line in note.lines.all()]
        return issue(Kind.RECEIPT, sold, lines, Link(corrects=note), now, Buyer(note.buyer, note.buyer_vat_id))


def open_minor(paper: Document) -> int:
    """What credit notes have left of a document, in minor units."""
    return paper.total_minor + (_taken_from(paper).aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def invoiced_minor(booking_id: UUID) -> int:
    """What a booking's invoices, less their credit notes, come to."""
    return sum(open_minor(paper) for paper in Document.objects.filter(booking_id=booking_id, kind=Kind.INVOICE))


def standing(booking_id: UUID) -> list[Document]:
    """The receipts of a booking of which credit notes have left something, the first first."""
    receipts = Document.objects.filter(booking_id=booking_id, kind=Kind.RECEIPT).order_by("pk")
    return [paper for paper in receipts if open_minor(paper) > 0]


def receipted_minor(booking_id: UUID) -> int:
    """What a booking's receipts of money that show tax, less their credit notes, come to."""
    receipts = Document.objects.filter(booking_id=booking_id, kind=Kind.RECEIPT, corrects=None)
    receipts = receipts.exclude(paid_by=GIFT_CREDIT)
    return sum(open_minor(paper) for paper in receipts)


def _acknowledge(sold: Sold, amount_minor: int, label: str, link: Link, now: datetime) -> Document:
    """The receipt of money: without tax where an invoice is open, which shows it."""
    invoice = Document.objects.filter(booking_id=sold.booking_id, kind=Kind.INVOICE).order_by("-pk").first()
    if invoice and open_minor(invoice) > 0:
        label = _("Payment of invoice %(number)s") % {"number": invoice.number}
        lines: Lines = [(label, Part(0, amount_minor, 0))]
        return issue(Kind.RECEIPT, sold, lines, replace(link, corrects=invoice), now)
    return issue(Kind.RECEIPT, sold, _lines(sold, amount_minor, label), link, now)


def _taken_from(paper: Document) -> QuerySet[DocumentLine]:
    """Lines of a document's credit notes, and of what took those back."""
    notes = Q(document__corrects=paper, document__kind=Kind.CREDIT_NOTE)
    return DocumentLine.objects.filter(notes | Q(document__corrects__corrects=paper, document__kind=Kind.RECEIPT))


def _lines(sold: Sold, amount_minor: int, label: str) -> Lines:
    """The booking's own lines where all of it is documented at once, else a line for each rate of VAT."""
    gone = _documented(sold.booking_id)
    pairs = [(vat, amount) for _label, amount, vat in sold.lines]
    if not gone and amount_minor == sold.total_minor:
        taxes = over_lines(pairs)
        return [(name, Part(vat, amount, tax)) for (name, amount, vat), tax in zip(sold.lines, taxes, strict=True)]
    whole = charged(pairs)
    rest = left(whole, gone)
    if not any(part.gross_minor for part in rest):
        rest = whole
    return [(label, part) for part in share(rest, amount_minor)]


def acknowledging() -> Q:
    """Documents that are about money for an invoice: the invoice shows the tax, they show none."""
    # A receipt that refers to an invoice shows no tax, and neither does the credit note on it.
    silent = Q(kind=Kind.RECEIPT, corrects__kind=Kind.INVOICE)
    silent |= Q(corrects__kind=Kind.RECEIPT, corrects__corrects__kind=Kind.INVOICE)
    return silent | Q(corrects__corrects__kind=Kind.RECEIPT, corrects__corrects__corrects__kind=Kind.INVOICE)


def _documented(booking_id: UUID) -> list[Part]:
    """What a booking's documents show already; acknowledgements of invoiced money show nothing."""
    papers = Document.objects.filter(booking_id=booking_id)
    rows = DocumentLine.objects.filter(document__in=papers.exclude(pk__in=papers.filter(acknowledging())))
    sums = rows.values("tax_rate").annotate(gross=Sum("amount_minor"), tax=Sum("tax_minor")).order_by("tax_rate")
    return [Part(row["tax_rate"], row["gross"], row["tax"]) for row in sums]


def _credit(sold: Sold, paper: Document, amount_minor: int, link: Link, now: datetime) -> Document:
    """Take back some of a document, at the rates that it shows."""
    gone = [Part(line.tax_rate, -line.amount_minor, -line.tax_minor) for line in _taken_from(paper)]
    whole = _parts(paper.lines.all())
    label = _("Returned of %(number)s") % {"number": paper.number}
    lines = [
        (label, Part(part.vat, -part.gross_minor, -part.tax_minor)) for part in share(left(whole, gone), amount_minor)
    ]
    return issue(Kind.CREDIT_NOTE, sold, lines, link, now, Buyer(paper.buyer, paper.buyer_vat_id))


def _parts(lines: Iterable[DocumentLine]) -> list[Part]:
    gross: dict[int, tuple[int, int]] = {}
    for line in lines:
        amount, tax = gross.get(line.tax_rate, (0, 0))
        gross[line.tax_rate] = (amount + line.amount_minor, tax + line.tax_minor)
    return [Part(vat, amount, tax) for vat, (amount, tax) in sorted(gross.items())]
