"""What arrived: payouts, what each contains, and the statement of the Stripe balance."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_books
from billing.payments import payout_failures
from bookings import takings
from schemas.clock import database_now

PER_PAGE = 50


@staff_only
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """What lies at Stripe, and what went to the bank when."""
    check_sees_books(request.user)
    page = Paginator(takings.payouts(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "money/payouts.html", {"page": page, "lying": takings.lying(database_now())})


@staff_only
@require_safe
def payout(request: HttpRequest, payout_id: str) -> HttpResponse:
    """One payout, and for which bookings it is."""
    check_sees_books(request.user)
    found = takings.payouts().filter(payout_id=payout_id).first()
    if found is None:
        raise Http404
    page = Paginator(takings.contents(found), PER_PAGE).get_page(request.GET.get("page"))
    context = {"payout": found, "page": page, "rows": takings.takings(page)}
    return render(request, "money/payout.html", context | {"why": payout_failures.in_words(found.failure)})


@staff_only
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Every movement on the Stripe balance."""
    check_sees_books(request.user)
    page = Paginator(takings.statement(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "money/statement.html", {"page": page, "rows": takings.takings(page)})
