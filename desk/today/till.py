"""Money of one booking that the desk sees to: noting what was taken or handed out, and mailing the link to pay."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings import following, lifecycle
from bookings.lifecycle import Taking
from bookings.models import Booking, OnSitePayment
from bookings.states import PaymentState, PendingReason
from bookings.views.amounts import AmountForm
from bookings.views.owing import payable_now, takes_cards
from desk.booking import found
from desk.today import onward
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import speech

PAGE = "desk-booking"


class TillForm(AmountForm):
    """How much, and in which way. `seen` is what was paid when the page was shown: sent twice, it is noted once."""

    way = forms.ChoiceField(label=gettext_lazy("How"), choices=OnSitePayment.Way.choices)
    seen = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Till:
    """What the desk can do about a booking's money: a form, or None, for each way, and whether to mail the link."""

    taking: TillForm | None
    handing: TillForm | None
    can_mail: bool


def till_of(booking: Booking, now: datetime) -> Till:
    """For those who run its venue."""
    owes = booking.owed_minor and booking.pending_reason != PendingReason.APPROVAL
    back = booking.refund_due_minor if booking.payment_state != PaymentState.DISPUTED else 0
    return Till(
        taking=_form(booking, booking.owed_minor, "taken") if owes else None,
        handing=_form(booking, back, "handed") if back else None,
        can_mail=bool(payable_now(booking, now) and following.address_of(booking))
        and takes_cards(booking.resource.venue),
    )


def _form(booking: Booking, amount_minor: int, prefix: str) -> TillForm:
    return TillForm(booking, prefix=prefix, initial={"amount": amount_minor, "seen": booking.paid_minor})


@staff_only
@require_POST
def taken(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Note money that was taken at the desk, or came by transfer."""
    return _note(request, booking_id, "taken", 1)


@staff_only
@require_POST
def handed_out(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Note money that was handed back at the desk."""
    return _note(request, booking_id, "handed", -1)


def _note(request: HttpRequest, booking_id: UUID, prefix: str, sign: int) -> HttpResponse:
    booking = found.run(request.user, booking_id)
    form = TillForm(booking, request.POST, prefix=prefix)
    if not form.is_valid():
        for told in form.errors.values():
            messages.error(request, str(told[0]))
        return onward.back(request, reverse(PAGE, args=[booking.pk]))
    given = form.cleaned_data
    words = {"amount": speech.money(given["amount"], booking.currency)}
    try:
        lifecycle.pay_on_site(
            booking, Taking(sign * given["amount"], given["way"], given["seen"]), onward.actor(request)
        )
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        said = _("%(amount)s are noted as paid.") if sign > 0 else _("%(amount)s are noted as handed back.")
        messages.success(request, said % words)
    return onward.back(request, reverse(PAGE, args=[booking.pk]))


@staff_only
@require_POST
def pay_link(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Mail the customer the link to pay what is open."""
    booking = found.run(request.user, booking_id)
    try:
        to, _amount = following.mail_link(booking, database_now())
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("The link to pay goes to %(address)s.") % {"address": to})
    return onward.back(request, reverse(PAGE, args=[booking.pk]))
