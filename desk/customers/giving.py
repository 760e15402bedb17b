"""What somebody is given: gift credit, and packs of hours without a price. Owner and managers."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import User
from bookings import customers, issuing
from bookings.customers import Whom
from bookings.issuing import Gift
from desk.callers import staff
from desk.customers import whom
from desk.customers.forms import CreditForm, PackForm
from desk.once import OnceForm, once
from kernel.errors import Refused
from venues.access import check_manager

METHODS = ["GET", "HEAD", "POST"]


@staff_only
@require_http_methods(METHODS)
def credit(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Gift credit on a new code: to hand on, or to use in a booking for them."""
    check_manager(request.user)
    customer = whom.one(staff(request), customer_id)
    form = CreditForm(request.POST if request.method == "POST" else None)

    def give() -> str:
        given = form.cleaned_data
        gift = Gift(given["amount"], form.currency, note=given["note"], customer=customer)
        made = customers.alone(Whom.of(customer), lambda: issuing.issue(gift))
        return _("The credit has the code %(code)s.") % {"code": made.code}

    return _given(request, customer, form, give)


@staff_only
@require_http_methods(METHODS)
def pack(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A pack as a present; sold ones are sold at the desk."""
    check_manager(request.user)
    customer = whom.one(staff(request), customer_id)
    form = PackForm(request.POST if request.method == "POST" else None)

    def give() -> str:
        chosen = form.cleaned_data["pack"]
        customers.alone(Whom.of(customer), lambda: issuing.grant(chosen, customer))
        return _("%(name)s is theirs.") % {"name": chosen.name}

    return _given(request, customer, form, give)


def _given(request: HttpRequest, customer: User, form: OnceForm, give: Callable[[], str]) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            told = once(request, form.cleaned_data["number"], give)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            if told:
                messages.success(request, told)
            return redirect("desk-customer", customer.pk)
    context = {"customer": customer, "form": form, "is_pack": isinstance(form, PackForm)}
    return render(request, "desk/customers/give.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)
