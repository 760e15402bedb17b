"""The team answers a customer about a booking, or says that there is nothing to answer."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from bookings import conversation, following
from desk.booking import found
from desk.booking.forms import AnswerForm
from desk.callers import staff
from kernel.errors import Refused
from rest.errors import status_of


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Write to the customer: it goes by mail and stands on their page. What was typed stays where it is not taken."""
    booking = found.run(request.user, booking_id)
    said = list(conversation.thread(booking))
    form = AnswerForm(request.POST or None, initial={"after": said[-1].pk if said else 0})
    status = 200
    if request.method == "POST":
        status = HTTPStatus.BAD_REQUEST
        if form.is_valid():
            try:
                conversation.answer(booking, form.cleaned_data["text"], staff(request), form.cleaned_data["after"])
            except Refused as refusal:
                form.add_error("text", refusal.detail)
                status = status_of(refusal)
            else:
                _tell(request, following.address_of(booking))
                return redirect(reverse("desk-booking", args=[booking.pk]) + "#conversation")
    context = {"booking": booking, "said": said, "answer_form": form, "runs": True}
    return render(request, "desk/booking/answer.html", context, status=status)


@staff_only
@require_POST
def settle(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What the customer wrote needs no answer."""
    booking = found.run(request.user, booking_id)
    if conversation.settle(booking):
        messages.success(request, _("Nothing waits for an answer any more."))
    return redirect(reverse("desk-booking", args=[booking.pk]) + "#conversation")


def _tell(request: HttpRequest, to: str) -> None:
    if to:
        messages.success(request, _("Your answer goes to %(address)s.") % {"address": to})
    else:
        messages.warning(request, _("Your answer stands on the booking's page: there is no mail address."))
