"""What the team does about somebody: an account for who calls, notes, blocking and letting in again."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from bookings import clientele, customers
from bookings.access import check_desk
from bookings.customers import Whom, file_of
from bookings.own.wiping import Whose
from bookings.states import LIVE
from desk.callers import staff
from desk.customers import one, whom
from desk.customers.forms import BlockForm, NewForm, NotesForm
from kernel.errors import Conflict, NotFound
from schemas.clock import database_now
from venues.access import check_manager


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An account without a password for somebody who calls. One that is there already is led to."""
    check_desk(request.user)
    form = NewForm(request.POST if request.method == "POST" else None)
    known = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            customer = customers.make(given["email"], given)
        except Conflict as refusal:
            form.add_error("email", refusal.detail)
            known = (refusal.extra or {}).get("customer")
        else:
            messages.success(request, _("%(name)s is a customer now.") % {"name": customer.name})
            return redirect("desk-customer", customer.pk)
    context = {"form": form, "known": known}
    return render(request, "desk/customers/new.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


@staff_only
@require_POST
def notes(request: HttpRequest, customer_id: int | None = None, booking_id: UUID | None = None) -> HttpResponse:
    """What the team should know."""
    check_desk(request.user)
    found = whom.found(request, customer_id, booking_id)
    form = NotesForm(request.POST)

    def change() -> bool:
        file = file_of(found.whom)
        if not form.check_same({"notes": file.notes if file else ""}):
            return False
        customers.alter(found.whom, {"notes": form.cleaned_data["notes"]}, staff(request))
        return True

    if not form.is_valid() or not customers.alone(found.whom, change):
        return one.page(request, found, form)
    messages.success(request, _("The notes are kept."))
    return redirect(found.home)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest, customer_id: int | None = None, booking_id: UUID | None = None) -> HttpResponse:
    """No more online bookings for somebody, or again; what that means stands there before the button."""
    check_desk(request.user)
    found = whom.found(request, customer_id, booking_id)
    file = file_of(found.whom)
    is_blocked = bool(file and file.blocked_at)
    form = BlockForm(request.POST if request.method == "POST" and not is_blocked else None)
    if request.method == "POST" and is_blocked:
        customers.alter(found.whom, {"blocked": False}, staff(request))
        messages.success(request, _("They may book again."))
        return redirect(found.home)
    if form.is_bound and form.is_valid():
        about = {"blocked": True, "block_reason": form.cleaned_data["reason"]}
        customers.alter(found.whom, about, staff(request))
        messages.success(request, _("They book no more online."))
        return redirect(found.home)
    ahead = Whose(found.whom.email, found.whom.customer).bookings.filter(state__in=LIVE, start__gt=database_now())
    context = {"found": found, "file": file, "is_blocked": is_blocked, "form": form, "ahead": ahead.count()}
    return render(request, "desk/customers/block.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


@staff_only
@require_POST
def let_in(request: HttpRequest, file_id: int) -> HttpResponse:
    """Let an address book again of which nothing but the block is known; owner and managers."""
    check_manager(request.user)
    file = clientele.shut_out().filter(pk=file_id).first()
    if file is None:
        raise NotFound("not_found", _("There is no such guest."))
    customers.alter(Whom(file.email), {"blocked": False}, staff(request))
    messages.success(request, _("They may book again."))
    return redirect("desk-guests")
