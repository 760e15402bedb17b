"""What is kept of somebody as a file, and having it erased, for who asks for it in person (GDPR art. 15, 17)."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import staff_only
from bookings import looks
from bookings.access import check_answers_for
from bookings.models import Look
from bookings.own import erasing, exporting, foretelling
from desk.callers import staff
from desk.customers import whom
from desk.customers.forms import EraseForm
from desk.customers.whom import Found
from kernel.errors import Refused
from schemas.clock import database_now


@staff_only
@require_safe
def file(request: HttpRequest, customer_id: int | None = None, booking_id: UUID | None = None) -> HttpResponse:
    """All that is kept of somebody, as JSON, to be handed to them."""
    found = _answered_for(request, customer_id, booking_id)
    looks.at_customer(request.user, found.whom, Look.What.FILE)
    now = database_now()
    answer = HttpResponse(exporting.file(found.whose(), now), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="customer-data-{now:%Y-%m-%d}.json"'
    return answer


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, customer_id: int | None = None, booking_id: UUID | None = None) -> HttpResponse:
    """What goes, what stays and why, and the address to be typed before it happens."""
    found = _answered_for(request, customer_id, booking_id)
    whose = found.whose(staff(request))
    form = EraseForm(whose.email, request.POST if request.method == "POST" else None)
    foretold = foretelling.foretold(whose)
    if form.is_bound and form.is_valid() and foretold.can_go:
        try:
            erasing.erase(whose)
        except Refused:
            form.add_error(None, _("Something has changed meanwhile. Please look again at what stands in the way."))
        else:
            messages.success(request, _("The customer is erased."))
            return redirect("desk-guests" if whose.user is None else "desk-customers")
    is_late = form.is_bound and not foretold.can_go
    context = {"found": found, "whose": whose, "it": foretold, "form": form}
    status = HTTPStatus.BAD_REQUEST if form.errors or is_late else 200
    return render(request, "desk/customers/erase.html", context, status=status)


def _answered_for(request: HttpRequest, customer_id: int | None, booking_id: UUID | None) -> Found:
    found = whom.found(request, customer_id, booking_id)
    check_answers_for(request.user, found.whose().bookings)
    return found
