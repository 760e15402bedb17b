"""Documents as pages: the staff's list, and the file of one by its booking's link."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all, staff_only
from billing.access import check_sees_money, runs_money
from billing.papers.answers import pdf_answer
from billing.payments.models import Document
from billing.payments.sheets import file_name, pdf_of
from bookings import papers
from bookings.views.links import BY_LINK, booking_of
from kernel.errors import NotFound
from schemas.clock import database_now

PER_PAGE = 50
SEVERAL = {
    Document.Kind.RECEIPT: gettext_lazy("Receipts"),
    Document.Kind.INVOICE: gettext_lazy("Invoices"),
    Document.Kind.CREDIT_NOTE: gettext_lazy("Credit notes"),
}


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
