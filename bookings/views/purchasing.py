"""Paying a pack or a membership: the card form, Stripe's own page for those without scripts, and coming back."""

import contextlib
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import signed_in
from accounts.models import User
from billing.gateway.trouble import ProviderTrouble, Revoked
from billing.payments import attempts, cards
from billing.payments.models import Payment
from bookings import buying, checkout
from bookings.asking import Payer
from bookings.models import Purchase
from bookings.purchases.rows import own_purchase
from bookings.views.paying import sayings, with_stripe
from kernel.errors import Away, Refused
from rest.errors import pause_of, status_of

REFUSED = "refused"
"""In the address of the page of those who come back from a payment that was refused."""
DONE = frozenset({"already_paid", "payment_open"})
"""Refusals of those who pay in a second tab: the page that says what became of the first one helps."""
MOST_LOOKS, LAST_LOOK, PAUSE = 40, 999, 3
"""So often, and every so many seconds, the page that waits for a bank asks again by itself."""


@signed_in
@require_safe
@with_stripe
def pay(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """What is bought, and the card form. Stripe is asked by the script, or by the button for those without."""
    purchase = own_purchase(request.user, purchase_id)
    try:
        buying.check_payable(purchase)
    except Refused as refusal:
        return _refused(request, purchase, refusal)
    if attempts.is_decided_on(purchase.pk):
        return redirect("purchase-paid", purchase.pk)  # nobody is shown a form to pay it again
    context = {
        "purchase": purchase,
        "was_refused": REFUSED in request.GET,
        "stripe_js": settings.STRIPE_JS_URL,
        "form": {
            "key": settings.STRIPE_PUBLISHABLE_KEY,
            "intent": reverse("purchase-pay-intent", args=[purchase.pk]),
            "paid": reverse("purchase-paid", args=[purchase.pk]),
        },
        "says": sayings(),
    }
    return render(request, "packs/pay.html", context)


@signed_in
@require_POST
def intent(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """For the script: an intent of the price, and the buyer's own cards; `keep` has this one kept as well."""
    purchase = own_purchase(request.user, purchase_id)
    try:
        opened = checkout.start(purchase.pk, _payer(request), buying.ask)
    except Refused as refusal:
        told = _told(refusal)
        return _paused(JsonResponse({"code": told.code, "detail": told.detail}, status=status_of(told)), told)
    kept = cards.for_payment(opened.payment)
    return JsonResponse(
        {
            "client_secret": opened.intent.client_secret,
            "account": opened.intent.scope,
            "cards": [{"id": card.id, "name": f"{card.brand.title()} •••• {card.last4}"} for card in kept],
        }
    )


@signed_in
@require_POST
def elsewhere(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """To Stripe's own page, by a page in between: a form's answer must not lead to another site."""
    purchase = own_purchase(request.user, purchase_id)
    try:
        opened = checkout.start_session(purchase.pk, _payer(request), buying.ask)
    except Refused as refusal:
        return _refused(request, purchase, refusal)
    return render(request, "packs/leaving.html", {"url": opened.url, "purchase": purchase})


@signed_in
@require_safe
def paid(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Back from paying. That somebody comes back says nothing: Stripe is asked, and the page shows what it says."""
    purchase = own_purchase(request.user, purchase_id)
    looks = _number(request.GET.get("look", "0"))
    open_ones = [attempt for attempt in attempts.of_booking(purchase.pk) if attempt.state in Payment.UNFINISHED]
    is_answered = True
    try:
        with contextlib.suppress(Revoked):
            open_ones = [checkout.look(attempt.pk) for attempt in open_ones]
    except ProviderTrouble:
        is_answered = False
    if is_answered and any(attempt.state == Payment.State.OPEN and attempt.failure for attempt in open_ones):
        return redirect(f"{reverse('purchase-pay', args=[purchase.pk])}?{REFUSED}=1")
    waits = any(attempt.state == Payment.State.PROCESSING for attempt in open_ones)
    purchase = own_purchase(request.user, purchase_id)
    context = {
        "purchase": purchase,
        "is_answered": is_answered,
        "waits": waits,
        "asks": (waits or not is_answered) and looks < MOST_LOOKS,
        "look": min(looks + 1, LAST_LOOK),
        "pause": PAUSE,
        "goes_back": any(attempt.returned_at for attempt in attempts.of_booking(purchase.pk)),
    }
    return render(request, "packs/paid.html", context)


def _payer(request: HttpRequest) -> Payer:
    assert isinstance(request.user, User)
    return Payer(request.user, keeps_card=request.POST.get("keep") == "1")


def _refused(request: HttpRequest, purchase: Purchase, refusal: Refused) -> HttpResponse:
    if refusal.code in DONE:
        return redirect("purchase-paid", purchase.pk)
    told = _told(refusal)
    context = {"purchase": purchase, "refusal": told, "is_over": refusal.code == "purchase_over"}
    return _paused(render(request, "packs/unpayable.html", context, status=status_of(told)), told)


def _told(refusal: Refused) -> Refused:
    if not isinstance(refusal, ProviderTrouble):
        return refusal
    detail = _("The payment service does not answer. Nothing was charged. Please try again in a moment.")
    return Away(refusal.code, detail, refusal.retry_after)


def _paused(answer: HttpResponse, refusal: Refused) -> HttpResponse:
    if pause := pause_of(refusal):
        answer["Retry-After"] = pause
    return answer


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0  # noqa: PLR2004
