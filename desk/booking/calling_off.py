"""Cancelling in the venue's name: its price is shown first; another fee than agreed has a reason in the record."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason
from bookings.views.amounts import AmountForm
from bookings.views.consent import back_of
from desk.booking import found
from desk.callers import staff
from kernel.errors import Refused
from rest.errors import status_of
from schemas.clock import database_now
from tenants import speech


class CallOffForm(AmountForm):
    """Why, what the customer reads, and which fee; another one than the policy's needs a word for the record."""

    POLICY, NONE, OWN = "policy", "none", "own"

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=CancelReason.choices, initial=CancelReason.OTHER)
    notes = forms.CharField(
        label=gettext_lazy("Message to the customer (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    fee = forms.ChoiceField(
        label=gettext_lazy("Fee"),
        choices=[
            (POLICY, gettext_lazy("What was agreed")),
            (NONE, gettext_lazy("No fee: all of it goes back")),
            (OWN, gettext_lazy("Another fee")),
        ],
        initial=POLICY,
        widget=forms.RadioSelect(attrs={"class": "radio"}),
    )
    because = forms.CharField(
        label=gettext_lazy("Why another fee than agreed?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the record; the customer does not see it."),
    )

    def __init__(self, booking: Booking, *args: Any, **kwargs: Any) -> None:
        super().__init__(booking, *args, **kwargs)
        self.fields["amount"].required = False
        self.fields["amount"].label = _("Another fee in %(currency)s") % {"currency": booking.currency}

    def clean_amount(self) -> int:
        """In minor units; 0 where none is given."""
        return self.cleaned_data["amount"] or 0

    def clean(self) -> dict[str, Any]:
        """Another fee than agreed has a reason."""
        given = self.cleaned_data
        if given.get("fee") not in {None, self.POLICY} and not given.get("because", "").strip():
            self.add_error("because", _("Say why, for the record."))
        return given

    @property
    def cancellation(self) -> Cancellation:
        """Of a valid form."""
        given = self.cleaned_data
        fee = {self.POLICY: None, self.NONE: 0, self.OWN: given["amount"]}[given["fee"]]
        because = given["because"].strip() if fee is not None else ""
        return Cancellation(CancelReason(given["reason"]), given["notes"], fee, fee_because=because)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A first POST shows what another reason or fee would do, one with what was shown cancels."""
    booking = found.run(request.user, booking_id)
    actor = Actor.of(staff(request))
    if not cancelling.can_cancel(booking, actor, database_now()):
        messages.info(request, _("This booking can no longer be cancelled."))
        return redirect("desk-booking", booking.pk)
    form = CallOffForm(booking, request.POST or None)
    if request.method != "POST":
        return _page(request, booking, form, Cancellation(CancelReason.OTHER))
    if not form.is_valid():
        return _page(request, booking, form, Cancellation(CancelReason.OTHER), HTTPStatus.BAD_REQUEST)
    why = form.cancellation
    if "do" not in request.POST:
        return _page(request, booking, form, why)
    try:
        shown = Cancellation(why.reason, why.notes, why.fee_minor, request.POST.get("shown") or "?", why.fee_because)
        cancelling.cancel(booking, actor, shown)
    except Refused as refusal:
        messages.warning(request, refusal.detail)
        return _page(request, booking, form, why, status_of(refusal))
    messages.success(request, _("%(code)s is cancelled.") % {"code": booking.reference_code})
    return redirect("desk-booking", booking.pk)


def _page(
    request: HttpRequest, booking: Booking, form: CallOffForm, why: Cancellation, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"booking": booking, "form": form}
    try:
        told = cancelling.foretold(booking, Actor.of(staff(request)), why, database_now())
    except Refused as refusal:
        form.add_error("amount", refusal.detail)
        status = max(status, HTTPStatus.BAD_REQUEST)
    else:
        done = told.settlement
        context |= {
            "done": done,
            "back": back_of(booking, done.refund_minor),
            "hours": speech.hours(told.minutes_back) if told.minutes_back else "",
        }
    return render(request, "desk/booking/cancel.html", context, status=status)
