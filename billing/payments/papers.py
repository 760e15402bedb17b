"""Issuing documents: what is known of a booking goes in, a numbered document and a letter with it come out.

All of it in the caller's transaction. Receipts say that money came online, invoices what is owed, credit notes take
some of either back. Several documents of one booking never show the same tax twice: each is a share of what those
before it have left (`splitting`).
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments.issuing import NOTHING, Buyer, Lines, Link, Sold, issue
from billing.payments.models import Document, DocumentLine, Payment, Refund
from billing.payments.splitting import Part, charged, left, over_lines, share

Kind = Document.Kind


def receipt(sold: Sold, payment: Payment, now: datetime) -> Document:
    """The receipt of a payment that came, once; the caller has locked the payment.

    Money for what was invoiced is acknowledged without tax, which the invoice shows.
    """
    found = Document.objects.filter(kind=Kind.RECEIPT, payment=payment).first()
    if found:
        return found
    invoice = Document.objects.filter(booking_id=sold.booking_id, kind=Kind.INVOICE).order_by("-pk").first()
    with override(sold.language):
        if invoice and open_minor(invoice) > 0:
            label = _("Payment of invoice %(number)s") % {"number": invoice.number}
            lines: Lines = [(label, Part(0, payment.amount_minor, 0))]
            return issue(Kind.RECEIPT, sold, lines, Link(payment, corrects=invoice), now)
        label = _("Balance") if payment.purpose == Payment.Purpose.BALANCE else _("Part payment")
        lines = _lines(sold, payment.amount_minor, label)
        return issue(Kind.RECEIPT, sold, lines, Link(payment), now)


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


def receipted_minor(booking_id: UUID) -> int:
    """What a booking's receipts that show tax, less their credit notes, come to."""
    receipts = Document.objects.filter(booking_id=booking_id, kind=Kind.RECEIPT, corrects=None)
    return sum(open_minor(paper) for paper in receipts)


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


def _documented(booking_id: UUID) -> list[Part]:
    """What a booking's documents show already; acknowledgements of invoiced money show nothing."""
    # A receipt that refers to an invoice shows no tax, and neither does the credit note on it.
    silent = Q(kind=Kind.RECEIPT, corrects__kind=Kind.INVOICE)
    silent |= Q(corrects__kind=Kind.RECEIPT, corrects__corrects__kind=Kind.INVOICE)
    silent |= Q(corrects__corrects__kind=Kind.RECEIPT, corrects__corrects__corrects__kind=Kind.INVOICE)
    papers = Document.objects.filter(booking_id=booking_id)
    rows = DocumentLine.objects.filter(document__in=papers.exclude(pk__in=papers.filter(silent)))
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
