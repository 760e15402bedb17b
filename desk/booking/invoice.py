"""Letting somebody pay by invoice: asked for the address, then confirmed and issued."""

from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.forms import DressedForm
from billing.access import runs_money
from billing.payments import issuing
from billing.payments.issuing import Buyer
from bookings import invoicing
from bookings.records import Actor
from desk.booking import found
from desk.callers import staff
from kernel.errors import Refused


class InvoiceForm(DressedForm):
    """To whom an invoice is addressed."""

    buyer = forms.CharField(label=gettext_lazy("Name and address"), max_length=500, widget=forms.Textarea({"rows": 4}))
    vat_id = forms.CharField(label=gettext_lazy("VAT ID (optional)"), max_length=20, required=False)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def by_invoice(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Ask for the address, then confirm the booking and issue the invoice; a second time shows what there is."""
    booking = found.run(request.user, booking_id)
    form = InvoiceForm(request.POST if request.method == "POST" else None, initial={"buyer": booking.name})
    if form.is_bound and form.is_valid():
        try:
            buyer = Buyer(form.cleaned_data["buyer"], form.cleaned_data["vat_id"])
            issued = invoicing.pay_by_invoice(booking, buyer, Actor.of(staff(request)))
        except Refused as refusal:
            messages.error(request, refusal.detail)
            return redirect("desk-booking", booking.pk)
        words = {"code": booking.reference_code, "number": issued.number}
        messages.success(request, _("%(code)s is paid by invoice %(number)s.") % words)
        return redirect("desk-booking", booking.pk)
    says_where = bool(issuing.business().bank_account)
    context = {"form": form, "booking": booking, "says_where": says_where, "runs": runs_money(request.user)}
    return render(request, "desk/booking/invoice.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)
