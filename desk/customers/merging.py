"""Customers who are likely one person, side by side, and making them one. Owner and managers."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings import clientele, merging
from bookings import duplicates as likely
from bookings.access import check_answers_for
from bookings.clientele import Wanted
from bookings.customers import Whom, file_of
from bookings.dossiers import Dossier, dossier
from bookings.merging import Moves
from bookings.models import CustomerFile
from desk.callers import staff
from desk.customers import whom
from kernel.errors import NotFound, Refused
from rest.fields import whole
from venues.access import check_manager

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as they stand beside each other."""

    whom: Whom
    known: Dossier
    has: Moves
    file: CustomerFile | None


@staff_only
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person."""
    check_manager(request.user)
    return render(request, "desk/customers/duplicates.html", {"pairs": likely.everywhere(request.user)})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What would move to the account that is kept, and the button; without another one, a search for it."""
    check_manager(request.user)
    user = staff(request)
    kept = whom.one(user, customer_id)
    gone = _other(request)
    if gone is None:
        return _search(request, kept)
    for each in (Whom.of(kept), gone):
        check_answers_for(user, merging.bookings_of(each))
    error = ""
    if request.method == "POST":
        try:
            merging.merge(kept, gone, user)
        except Refused as refusal:
            error = refusal.detail
        else:
            messages.success(request, _("They are one customer now."))
            return redirect("desk-customer", kept.pk)
    context = {
        "kept": _side(user, Whom.of(kept)),
        "gone": _side(user, gone),
        "other": request.GET.get("with", "") or request.POST.get("with", ""),
        "guest": request.GET.get("guest", "") or request.POST.get("guest", ""),
        "error": error,
    }
    return render(request, "desk/customers/merge.html", context, status=HTTPStatus.BAD_REQUEST if error else 200)


def _search(request: HttpRequest, kept: User) -> HttpResponse:
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    user = staff(request)
    accounts = clientele.customers(user, Wanted(q=q)).exclude(pk=kept.pk)[:SHOWN] if q else []
    addresses = [row["address"] for row in clientele.guests(user, Wanted(q=q))[:SHOWN]] if q else []
    context = {
        "kept_user": kept,
        "q": q,
        "entries": [*clientele.entries(user, list(accounts)), *clientele.guest_entries(user, addresses)],
    }
    return render(request, "desk/customers/merge_search.html", context)


def _other(request: HttpRequest) -> Whom | None:
    sent = request.POST if request.method == "POST" else request.GET
    number, booking = sent.get("with", ""), sent.get("guest", "")
    if number:
        wanted = whole(number)
        if wanted is None:
            raise NotFound("not_found", _("There is no such customer."))
        return Whom.of(whom.one(staff(request), wanted))
    if booking:
        try:
            return whom.found(request, booking_id=UUID(booking)).whom
        except ValueError:
            raise NotFound("not_found", _("There is no such guest.")) from None
    return None


def _side(user: User, which: Whom) -> Side:
    return Side(which, dossier(user, which), merging.foretold(which), file_of(which))
