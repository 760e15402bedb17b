"""The platform's invoices to the tenant, for the owner and accountants."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_books
from billing.charging_fees import invoices_of_current, pdf_of
from billing.papers.answers import pdf_answer
from kernel.errors import NotFound

PER_PAGE = 24


@staff_only
@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """What the platform kept, month by month, the newest first."""
    check_sees_books(request.user)
    page = Paginator(invoices_of_current(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "money/fees.html", {"page": page})


@staff_only
@require_safe
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One of them as PDF; another tenant's is not there."""
    check_sees_books(request.user)
    paper = invoices_of_current().filter(number=number).first()
    if paper is None:
        raise NotFound("not_found", _("There is no such document."))
    return pdf_answer(f"{paper.number}.pdf", pdf_of(paper))
