"""A document's rows as a sheet to be drawn, in the document's own language. Asked for whenever somebody wants it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from billing.papers import drawing
from billing.papers.answers import PDF
from billing.papers.sheet import Headings, Row, Sheet, TaxRow
from billing.payments.models import Document, DocumentLine
from kernel.money import as_text, exponent
from schemas.current import current_schema
from tenants import mail, speech
from tenants.mail import File
from tenants.models import Tenant
from tenants.zones import zone

Kind, Means = Document.Kind, Document.Means
REFERENCE = "document"
"""What a letter calls a document that it carries: `document:12`."""


def pdf_of(paper: Document) -> bytes:
    """The document as PDF: the same bytes each time, as long as the tenant keeps its name and colour."""
    return drawing.pdf(sheet_of(paper))


def file_name(paper: Document) -> str:
    """What the file is called."""
    return f"{paper.number}.pdf"


@mail.attaches(REFERENCE)
def file_of(document_id: str) -> File:
    """The file that a letter carries."""
    paper = Document.objects.get(pk=document_id)
    return File(file_name(paper), pdf_of(paper), PDF)


def sheet_of(paper: Document) -> Sheet:
    """What the document says."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    lines = list(paper.lines.all())
    with override(paper.language):
        return Sheet(
            title=str(Kind(paper.kind).label),
            number=paper.number,
            brand=tenant.name,
            colour=tenant.look.color,
            language=paper.language,
            made_at=paper.issued_at,
            facts=_facts(paper),
            seller=tuple(paper.seller.splitlines()),
            buyer=tuple(paper.buyer.splitlines()) + _vat_id(paper.buyer_vat_id),
            about=paper.about,
            headings=headings(paper.currency),
            rows=tuple(
                Row(line.label, rate(line.tax_rate), amount(line.amount_minor, paper.currency)) for line in lines
            ),
            total_label=_("Total %(currency)s") % {"currency": paper.currency},
            total=amount(paper.total_minor, paper.currency),
            taxes=taxes(lines, paper.currency),
            payment=_payment(paper),
            remarks=(paper.remark,) if paper.remark else (),
            foot=(" · ".join(paper.seller.splitlines()), *_vat_id(paper.seller_vat_id), *paper.foot.splitlines()),
        )


def headings(currency: str) -> Headings:
    """The words of the tables."""
    return Headings(
        label=_("Description"),
        vat=_("VAT"),
        amount=_("Amount (%(currency)s)") % {"currency": currency},
        rate=_("VAT rate"),
        net=_("Net"),
        tax=_("VAT"),
        gross=_("Gross"),
        page=_("Page %(page)s of %(pages)s"),
    )


def amount(minor: int, currency: str) -> str:
    """An amount without its currency: `1,190.00`, in German `1.190,00`; a real minus sign."""
    places = exponent(currency)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return str(format_decimal(as_text(minor, currency), pattern, locale=speech.locale())).replace("-", "−")


def rate(vat: int) -> str:
    """A rate of VAT: `19 %`."""
    return f"{speech.number(Fraction(vat, 100))}\u00a0%" if vat else "–"


def taxes(lines: Sequence[DocumentLine], currency: str) -> tuple[TaxRow, ...]:
    """The tax at each rate; nothing where there is none."""
    sums: dict[int, tuple[int, int]] = {}
    for line in lines:
        gross, tax = sums.get(line.tax_rate, (0, 0))
        sums[line.tax_rate] = (gross + line.amount_minor, tax + line.tax_minor)
    if not any(sums):
        return ()
    return tuple(
        TaxRow(rate(vat), amount(gross - tax, currency), amount(tax, currency), amount(gross, currency))
        for vat, (gross, tax) in sorted(sums.items())
    )


def _facts(paper: Document) -> tuple[tuple[str, str], ...]:
    day = speech.day(paper.issued_at, zone(paper.time_zone), "long")
    found = [(pgettext("document", "Number"), paper.number), (_("Date"), day)]
    found.append((_("Purchase") if paper.is_of_purchase else _("Booking"), paper.booking_reference))
    if paper.corrects:
        found.append((_("Refers to"), paper.corrects.number))
    if paper.due_on:
        found.append((_("Due"), speech.day(paper.due_on, form="long")))
    return tuple(found)


def _payment(paper: Document) -> tuple[str, ...]:
    words: dict[str, Any] = {"number": paper.number}
    if paper.due_on:
        words["day"] = speech.day(paper.due_on, form="long")
        asked = _("Please pay by %(day)s and say %(number)s when you do.") % words
        return (asked, paper.pay_to) if paper.pay_to else (asked,)
    if paper.paid_by:
        return (str(_how(paper)),)
    if paper.payment:
        words["day"] = speech.day(paper.payment.succeeded_at or paper.issued_at, zone(paper.time_zone), "long")
        return (_("Paid online on %(day)s, with thanks.") % words,)
    if paper.refund:
        return (_("The amount goes back to where it was paid from."),)
    return ()


def _how(paper: Document) -> str:
    """By what means it was paid, or given back, at the venue or with gift credit."""
    if paper.kind == Kind.CREDIT_NOTE:
        if paper.paid_by == Means.GIFT_CREDIT:
            return _("The amount is on the gift credit again.")
        return _("The amount was given back at the venue.")
    return {
        Means.CASH: _("Paid in cash at the venue, with thanks."),
        Means.CARD: _("Paid by card at the venue, with thanks."),
        Means.TRANSFER: _("Paid by bank transfer, with thanks."),
        Means.GIFT_CREDIT: _("Paid with gift credit, with thanks."),
    }.get(Means(paper.paid_by), _("Paid at the venue, with thanks."))


def _vat_id(number: str) -> tuple[str, ...]:
    return (_("VAT ID %(number)s") % {"number": number},) if number else ()
