"""The cards that a member keeps here: which they are, and keeping one no longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import signed_in
from accounts.models import User
from billing.gateway.trouble import ProviderTrouble
from billing.payments import cards
from kernel.errors import Away, NotFound


@signed_in
@require_safe
def own_cards(request: HttpRequest) -> HttpResponse:
    """Asked for at Stripe each time: nothing of a card is kept here."""
    with _or_away():
        kept = cards.of_member(_member(request).pk)
    return render(request, "bookings/cards.html", {"cards": [(card, card.brand.title()) for card in kept]})


@signed_in
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """One that is gone already is gone."""
    try:
        with _or_away():
            cards.remove(_member(request).pk, request.POST.get("card", ""))
    except NotFound:
        messages.info(request, _("There is no such card."))
    else:
        messages.success(request, _("The card is not kept any more."))
    return redirect("own-cards")


@contextmanager
def _or_away() -> Iterator[None]:
    try:
        yield
    except ProviderTrouble as trouble:
        detail = _("The payment service does not answer. Please try again in a moment.")
        raise Away(trouble.code, detail, trouble.retry_after) from trouble


def _member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
