"""How somebody is called and reached: name and telephone at once, an address only by a click of its reader."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.models import User
from bookings import customers
from bookings.access import check_desk
from bookings.customers import Whom
from bookings.own import asking
from bookings.views.account import ways
from desk.callers import staff
from desk.customers import whom
from desk.customers.forms import AddressForm, PersonForm

METHODS = ["GET", "HEAD", "POST"]


@staff_only
@require_http_methods(METHODS)
def correct(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Another name or number; bookings that stand keep the contact that they were made with."""
    check_desk(request.user)
    customer = whom.one(staff(request), customer_id)
    form = PersonForm(request.POST if request.method == "POST" else None, initial=PersonForm.known(customer))

    def change() -> bool:
        if not form.check_same(form.known(User.objects.get(pk=customer.pk))):
            return False
        customers.alter(Whom.of(customer), form.cleaned_data, staff(request))
        return True

    if form.is_bound and form.is_valid() and customers.alone(Whom.of(customer), change):
        messages.success(request, _("It is corrected."))
        return redirect("desk-customer", customer.pk)
    context = {"customer": customer, "form": form, "address": AddressForm()}
    return render(request, "desk/customers/change.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


@staff_only
@require_POST
def address(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Mail a link to the address that the account is to have: it has it once somebody there has pressed it."""
    check_desk(request.user)
    customer = whom.one(staff(request), customer_id)
    form = AddressForm(request.POST)
    if form.is_valid():
        ways.admit_letter(request, form.cleaned_data["email"])
        asking.for_address(customer, form.cleaned_data["email"])
        told = _("A link went to %(email)s. The address changes once it is pressed.")
        messages.success(request, told % {"email": form.cleaned_data["email"]})
        return redirect("desk-customer", customer.pk)
    context = {"customer": customer, "form": PersonForm(initial=PersonForm.known(customer)), "address": form}
    return render(request, "desk/customers/change.html", context, status=HTTPStatus.BAD_REQUEST)
