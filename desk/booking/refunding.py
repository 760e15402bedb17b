"""Giving money back by hand, for staff: what can be given back, how much and why, and what became of it."""

from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.models import User
from billing.payments import refunds
from billing.payments.models import Refund
from bookings import goodwill, returns
from bookings.lifecycle import GIVEN_UP
from bookings.models import Booking
from bookings.records import Actor
from bookings.views.amounts import AmountForm
from desk.booking import found
from desk.callers import staff
from kernel.errors import Invalid, Refused

BACK = "desk-refund"


class RefundForm(AmountForm):
    """How much, and why. `revision` is that of the booking as it was shown: whoever sends twice gives back once."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the record; the customer does not see it."),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What can be given back of a booking; sent, it goes back. A second click finds that it has gone."""
    booking = found.run(request.user, booking_id)
    if request.method != "POST":
        return _page(request, booking, _fresh(booking))
    form = RefundForm(booking, request.POST)
    if not form.is_valid():
        return _page(request, booking, form, HTTPStatus.BAD_REQUEST)
    user, given = staff(request), form.cleaned_data
    try:
        goodwill.check_says_why(user, given["note"])
        goodwill.give_back(booking, given["amount"], given["note"], Actor.of(user), given["revision"])
    except Invalid as invalid:
        form.add_error("note" if invalid.code == "reason_required" else "amount", invalid.detail)
        return _page(request, booking, form, HTTPStatus.BAD_REQUEST)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("It goes back. What is not paid online is to be given back at the desk."))
    return redirect(BACK, booking.pk)


@staff_only
@require_POST
def again(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Try once more to return money that came too late, twice or wrong, and whose refund has failed."""
    booking = found.run(request.user, booking_id)
    if returns.return_again(booking, Actor.of(staff(request))):
        messages.success(request, _("It is tried again."))
    else:
        messages.info(request, _("There is nothing to be tried again."))
    return redirect(BACK, booking.pk)


def _fresh(booking: Booking) -> RefundForm:
    return RefundForm(booking, initial={"revision": booking.revision, "amount": booking.refund_due_minor or None})


def _page(request: HttpRequest, booking: Booking, form: RefundForm, status: int = 200) -> HttpResponse:
    room = goodwill.refundable(booking)
    rows = list(Refund.objects.filter(booking_id=booking.pk).select_related("payment").order_by("-created_at", "-pk"))
    names = dict(
        User.objects.filter(pk__in=[row.asked_by_id for row in rows if row.asked_by_id]).values_list("pk", "name")
    )
    context = {
        "booking": booking,
        "form": form,
        "found": room,
        "desk_minor": room.most_minor - room.online_minor,
        "open_minor": 0 if booking.state in GIVEN_UP else booking.due_minor,
        "fee_minor": goodwill.fee_left_minor(booking.pk),
        "rows": [(row, names.get(row.asked_by_id or 0, "")) for row in rows],
        "strayed": refunds.unreturned(booking.pk),
    }
    return render(request, "desk/booking/refund.html", context, status=status)
