"""Money as lists: what is open, what went back, what banks took back."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_money, sees_books
from billing.gateway.connect import DASHBOARD
from billing.payments.models import Refund
from bookings import debts
from bookings.access import bookings_for_staff
from bookings.models import Booking
from desk.booking.story import ACTS, MESSAGES, MONEY, Line, story
from schemas.clock import database_now

PER_PAGE = 50


class Counted(Paginator):
    """Pages of rows of which it is known already how many there are."""

    def __init__(self, rows: QuerySet[Any], per_page: int, number: int) -> None:
        super().__init__(rows, per_page)
        self.number = number

    @property
    def count(self) -> int:
        """As it was said."""
        return self.number


@staff_only
@require_safe
def open_balances(request: HttpRequest) -> HttpResponse:
    """Bookings of which something is still to be paid; of visits that have begun, or of those ahead."""
    check_sees_money(request.user)
    now = database_now()
    bookings = bookings_for_staff(request.user)
    rows = debts.open_bookings(bookings).select_related("resource__venue", "customer")
    show = request.GET.get("show", "")
    rows = rows.filter(start__gt=now) if show == "ahead" else rows.filter(start__lte=now).order_by("-start", "id")
    sums = debts.open_sums(bookings, now)
    number = sum(each.ahead if show == "ahead" else each.past for each in sums)
    page = Counted(rows, PER_PAGE, number).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "sums": sums}
    return render(request, "desk/money/open.html", context)


@staff_only
@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    """Money that went back or is on its way; those that failed by themselves."""
    check_sees_money(request.user)
    rows = debts.refunds(_whose(request))
    show = request.GET.get("show", "")
    if show == "failed":
        rows = rows.filter(state=Refund.State.FAILED)
    elif show == "coming":
        rows = rows.filter(debts.unfinished())
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": with_bookings(page), "show": show}
    return render(request, "desk/money/refunds.html", context)


@staff_only
@require_safe
def disputes(request: HttpRequest) -> HttpResponse:
    """Payments that a bank took back, and until when to answer."""
    check_sees_money(request.user)
    page = Paginator(debts.disputes(_whose(request)), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": with_bookings(page), "now": database_now()}
    return render(request, "desk/money/disputes.html", context)


@staff_only
@require_safe
def dispute(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """One of them, with what speaks for the venue: what was booked, agreed, told and used."""
    check_sees_money(request.user)
    found = debts.disputes(_whose(request)).filter(dispute_id=dispute_id).first()
    if found is None:
        raise Http404
    [(_dispute, booking)] = with_bookings([found])
    context = {
        "dispute": found,
        "booking": booking,
        "story": _told(booking) if booking else [],
        "papers": found.payment.documents.order_by("issued_at"),
        "dashboard": f"{DASHBOARD}disputes/{found.dispute_id}",
        "now": database_now(),
    }
    return render(request, "desk/money/dispute.html", context)


def _told(booking: Booking) -> list[tuple[str, list[Line]]]:
    """What is on record that the customer may hear of, the first first: what was sent, and what happened."""
    lines = list(reversed(story(booking)))
    sent = [line for line in lines if line.kind == MESSAGES]
    happened = [line for line in lines if line.kind in {ACTS, MONEY}]
    return [(_("What was sent to them"), sent), (_("What happened"), happened)]


def _whose(request: HttpRequest) -> QuerySet[Booking] | None:
    """Bookings whose money the caller sees; None for all money, that of purchases too."""
    return None if sees_books(request.user) else bookings_for_staff(request.user)


def with_bookings(rows: Iterable[Any]) -> list[tuple[Any, Booking | None]]:
    """Rows that name a booking, with it; None for what is of a purchase. One query."""
    found = list(rows)
    bookings = Booking.objects.select_related("resource__venue").in_bulk({row.booking_id for row in found})
    return [(row, bookings.get(row.booking_id)) for row in found]
