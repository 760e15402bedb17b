"""Documents as pages: the staff's list, and the file of one by its booking's link."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all, staff_only
from accounts.forms import DressedForm
from accounts.models import User
from billing.access import check_sees_money, runs_money
from billing.papers.answers import pdf_answer
from billing.payments import issuing
from billing.payments.issuing import Buyer
from billing.payments.models import Document
from billing.payments.sheets import file_name, pdf_of
from bookings import invoicing, papers
from bookings.access import booking_run_by
from bookings.records import Actor
from bookings.views.links import BY_LINK, booking_of
from kernel.errors import NotFound, Refused
from schemas.clock import database_now

PER_PAGE = 50
BAD_REQUEST = 400
SEVERAL = {
    Document.Kind.RECEIPT: gettext_lazy("Receipts"),
    Document.Kind.INVOICE: gettext_lazy("Invoices"),
    Document.Kind.CREDIT_NOTE: gettext_lazy("Credit notes"),
}


class InvoiceForm(DressedForm):
    """To whom an invoice is addressed."""

    buyer = forms.CharField(label=gettext_lazy("Name and address"), max_length=500, widget=forms.Textarea({"rows": 4}))
    vat_id = forms.CharField(label=gettext_lazy("VAT ID (optional)"), max_length=20, required=False)


@open_to_all(BY_LINK)
@never_cache
@require_safe
def document(request: HttpRequest, booking_id: UUID, number: str, token: str = "") -> HttpResponse:
    """The PDF of a document of the link's booking; another booking's is not there."""
    paper = papers.papers_of(booking_of(request, booking_id, token)).filter(number=number).first()
    if paper is None:
        raise NotFound("not_found", _("There is no such document."))
    return pdf_answer(file_name(paper), pdf_of(paper))


@staff_only
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Documents of the caller's venues, the newest first; of one kind, or invoices that are overdue."""
    check_sees_money(request.user)
    rows = papers.papers_for_staff(request.user)
    late = papers.overdue(rows, database_now())
    show = request.GET.get("show", "")
    if show == "overdue":
        rows = late
    elif show in Document.Kind.values:
        rows = rows.filter(kind=show)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    numbers = set(late.filter(pk__in=[paper.pk for paper in page]).values_list("number", flat=True))
    kinds = [("", _("All")), *SEVERAL.items(), ("overdue", _("Overdue"))]
    context = {"page": page, "late": numbers, "kinds": kinds, "show": show, "runs": runs_money(request.user)}
    return render(request, "money/documents.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def by_invoice(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Ask for the address, then confirm the booking and issue the invoice; a second time shows what there is."""
    booking = booking_run_by(request.user, booking_id)
    form = InvoiceForm(request.POST if request.method == "POST" else None, initial={"buyer": booking.name})
    if form.is_bound and form.is_valid():
        try:
            buyer = Buyer(form.cleaned_data["buyer"], form.cleaned_data["vat_id"])
            issued = invoicing.pay_by_invoice(booking, buyer, _staff(request))
        except Refused as refusal:
            messages.error(request, refusal.detail)
            return redirect("desk")
        words = {"code": booking.reference_code, "number": issued.number}
        messages.success(request, _("%(code)s is paid by invoice %(number)s.") % words)
        return redirect("desk")
    says_where = bool(issuing.business().bank_account)
    context = {"form": form, "booking": booking, "says_where": says_where, "runs": runs_money(request.user)}
    return render(request, "desk/invoice.html", context, status=BAD_REQUEST if form.errors else 200)


def _staff(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)
    return Actor.of(request.user)
