"""The platform's own invoices: what it kept of a tenant's payments in a month, once, in numbers without a gap.

Fees contain the tax, for nothing is added to what was taken; `billing.vat` says which, as Stripe Tax does for plans.
Numbers: `FC-2026-0001`, by the year of issue in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext
from django_tenants.utils import tenant_context

from billing.papers import drawing
from billing.papers.answers import PDF
from billing.papers.sheet import Row, Sheet, TaxRow
from billing.payments.issuing import business
from billing.payments.models import BusinessDetails
from billing.payments.sheets import amount, headings, rate
from billing.subscriptions.models import PlatformCounter, PlatformFee, PlatformInvoice, StripeAccount, Subscription
from billing.vat import taxation
from kernel.money import tax_in
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import mail, speech
from tenants.mail import File
from tenants.models import Tenant
from tenants.zones import zone

REFERENCE = "platform-invoice"
LETTERS = "FC"
COLOUR = "#0f766e"


def invoice_month(month: date) -> list[PlatformInvoice]:
    """Invoice the fees of a month that is over to every tenant, in UTC; answers the invoices that are new.

    What a former month's fees were given back since then is taken off. As often as it is called.
    """
    made = []
    for tenant in Tenant.objects.filter(state__in=Tenant.AT_WORK).order_by("pk"):
        due = PlatformFee.objects.filter(tenant=tenant).order_by("currency").values_list("currency", flat=True)
        for currency in due.distinct():
            issued = _invoice(tenant, month, currency)
            if issued:
                made.append(issued)
    return made


def invoices_of_current() -> QuerySet[PlatformInvoice]:
    """The invoices of the tenant whose schema is current, the newest first."""
    return PlatformInvoice.objects.filter(schema_name=current_schema()).order_by("-month", "-pk")


def last_month(now: datetime) -> date:
    """The first day of the month before an instant's, in UTC."""
    return (now.astimezone(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def after(month: date) -> datetime:
    """The instant at which a month is over, in UTC."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=UTC)


def sheet_of(paper: PlatformInvoice) -> Sheet:
    """What the invoice says."""
    with override(paper.language):
        month = speech.day(paper.month, form="LLLL yyyy")
        total, tax = paper.total_minor, paper.tax_minor
        cells = (amount(figure, paper.currency) for figure in (total - tax, tax, total))
        return Sheet(
            title=_("Invoice") if total >= 0 else _("Credit note"),
            number=paper.number,
            brand=settings.PLATFORM_NAME,
            colour=COLOUR,
            language=paper.language,
            made_at=paper.issued_at,
            facts=(
                (pgettext("document", "Number"), paper.number),
                (_("Date"), speech.day(paper.issued_at, zone("UTC"), "long")),
                (_("Period"), month),
            ),
            seller=tuple(paper.seller.splitlines()),
            buyer=tuple(paper.buyer.splitlines()) + _vat_id(paper.buyer_vat_id),
            about=_("Platform fees for online payments, %(month)s") % {"month": month},
            headings=headings(paper.currency),
            rows=(Row(_("Platform fees"), rate(paper.tax_rate), amount(total, paper.currency)),),
            total_label=_("Total %(currency)s") % {"currency": paper.currency},
            total=amount(total, paper.currency),
            taxes=(TaxRow(rate(paper.tax_rate), *cells),) if paper.tax_rate else (),
            payment=(_("Already paid: the fees were kept of your customers' payments."),),
            remarks=(paper.tax_note,) if paper.tax_note else (),
            foot=(" · ".join(paper.seller.splitlines()), *_vat_id(paper.seller_vat_id)),
        )


def pdf_of(paper: PlatformInvoice) -> bytes:
    """The invoice as PDF, the same bytes each time."""
    return drawing.pdf(sheet_of(paper))


@mail.attaches(REFERENCE)
def file_of(number: str) -> File:
    """The file that a letter carries; of the current tenant's invoices."""
    paper = invoices_of_current().get(number=number)
    return File(f"{number}.pdf", pdf_of(paper), PDF)


def _invoice(tenant: Tenant, month: date, currency: str) -> PlatformInvoice | None:
    def act() -> PlatformInvoice | None:
        now = database_now()
        counter = _counter(now)
        earlier = PlatformInvoice.objects.filter(schema_name=tenant.schema_name, currency=currency)
        if earlier.filter(month__gte=month).exists():
            return None
        owed = _kept(tenant, month, currency) - (earlier.aggregate(sum=Sum("total_minor"))["sum"] or 0)
        return _write(tenant, _Owed(month, currency, owed), counter, now) if owed else None

    return transact(act)


def _counter(now: datetime) -> PlatformCounter:
    """Locked first: it also keeps two runs apart."""
    series = f"{LETTERS}-{now.astimezone(UTC).year}-"
    PlatformCounter.objects.bulk_create([PlatformCounter(series=series)], ignore_conflicts=True)
    return PlatformCounter.objects.select_for_update().get(series=series)


def _kept(tenant: Tenant, month: date, currency: str) -> int:
    fees = PlatformFee.objects.filter(tenant=tenant, currency=currency, at__lt=after(month))
    return int(fees.aggregate(sum=Sum(F("amount_minor") - F("refunded_minor")))["sum"] or 0)


@dataclass(frozen=True, slots=True)
class _Owed:
    month: date
    currency: str
    minor: int


def _write(tenant: Tenant, owed: _Owed, counter: PlatformCounter, now: datetime) -> PlatformInvoice:
    subscription = Subscription.objects.filter(tenant=tenant).first()
    account = StripeAccount.objects.filter(tenant=tenant).order_by("-pk").first()
    vat_id = subscription.vat_id if subscription else ""
    with tenant_context(tenant):
        about = business()
        with override(about.language):
            status = subscription.vat_id_status if subscription else ""
            taxed = taxation(account.country if account else "", vat_id, status)
            counter.last += 1
            counter.save(update_fields=["last"])
            made = PlatformInvoice.objects.create(
                number=f"{counter.series}{counter.last:04}",
                schema_name=tenant.schema_name,
                month=owed.month,
                issued_at=now,
                language=about.language,
                currency=owed.currency,
                total_minor=owed.minor,
                tax_minor=tax_in(owed.minor, taxed.rate),
                tax_rate=taxed.rate,
                tax_note=taxed.note,
                seller="\n".join([settings.PLATFORM_NAME, *settings.PLATFORM_ADDRESS.split("|")]).strip(),
                seller_vat_id=settings.PLATFORM_VAT_ID,
                buyer=_buyer(tenant, about),
                buyer_vat_id=vat_id or about.vat_id,
            )
            _tell(made, now)
    return made


def _buyer(tenant: Tenant, about: BusinessDetails) -> str:
    lines = [about.legal_name or tenant.name, *about.address.splitlines()]
    return "\n".join(line.strip() for line in lines if line.strip())


def _tell(paper: PlatformInvoice, now: datetime) -> None:
    words = {"number": paper.number, "month": speech.day(paper.month, form="LLLL yyyy"), "us": settings.PLATFORM_NAME}
    subject = _("Invoice %(number)s of %(us)s") % words
    text = _("Your invoice %(number)s over the platform fees of %(month)s is attached. It is paid already.") % words
    mail.tell_owners(f"{REFERENCE}:{paper.number}", subject, text, now, (f"{REFERENCE}:{paper.number}",))


def _vat_id(number: str) -> tuple[str, ...]:
    return (_("VAT ID %(number)s") % {"number": number},) if number else ()
