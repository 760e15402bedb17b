"""A customer writes to the venue about a booking, on the booking's page; what was written stands there."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from accounts.forms import DressedForm
from bookings import conversation
from bookings.models import Booking, BookingMessage
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from kernel.errors import Refused, TooMany
from rest import decoy, limits
from rest.errors import status_of

BAD_REQUEST = 400


class AskForm(DressedForm):
    """What one would like to say. `after` is the last word on the page: sent twice, it is there once."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=BookingMessage.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    after = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


def conversation_of(booking: Booking) -> dict[str, Any]:
    """What a page shows of it: every word, and a form where its customer may write."""
    said = list(conversation.thread(booking))
    form = AskForm(initial={"after": said[-1].pk if said else 0}) if conversation.can_ask(booking) else None
    return {"said": said, "ask_form": form}


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def ask(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Write to the venue, then back to the booking. What was typed stays where it is not taken."""
    booking = booking_of(request, booking_id, token)
    if request.method != "POST":
        return _page(request, booking, token, {})
    decoy.check(request)
    form, status = AskForm(request.POST), BAD_REQUEST
    if form.is_valid():
        limits.admit_visitor(request, limits.MESSAGE)
        try:
            conversation.ask(booking, form.cleaned_data["text"], form.cleaned_data["after"])
        except TooMany:
            raise
        except Refused as refusal:
            form.add_error("text", refusal.detail)
            status = status_of(refusal)
        else:
            messages.success(request, _("Your message is with the venue. The answer comes by mail and stands here."))
            return redirect(path_of("booking", booking.pk, token) + "#conversation")
    return _page(request, booking, token, {"ask_form": form}, status)


def _page(request: HttpRequest, booking: Booking, token: str, more: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {
        "booking": booking,
        "resource": booking.resource,
        "venue": booking.resource.venue,
        "token": token,
        **conversation_of(booking),
        **more,
    }
    return render(request, "bookings/ask.html", context, status=status)
