"""Paying a booking online: the card form, Stripe's own page for those without scripts, and coming back from both."""

import contextlib
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import open_to_all
from accounts.models import User
from billing.gateway.trouble import ProviderTrouble, Revoked
from billing.payments import attempts, cards
from billing.payments.models import Payment
from bookings import asking, checkout, earning, ways_back
from bookings.asking import Payer
from bookings.models import Booking
from bookings.states import State
from bookings.views.holding import over, time_left
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.own import shown
from bookings.views.words import state_at
from kernel.errors import Away, Refused
from rest.errors import pause_of, status_of
from schemas.clock import database_now

View = Callable[..., HttpResponse]
OF_STRIPE = ("https://*.js.stripe.com", "https://js.stripe.com", "https://hooks.stripe.com", "https://api.stripe.com")
"""Source: docs.stripe.com/security/guide, "Content security policy"."""
REFUSED = "refused"
"""In the address of the page of those who come back from a payment that was refused."""
ELSEWHERE = {"already_paid": "booking", "payment_open": "booking-paid"}
"""Refusals of those who pay in a second tab, and the page that says what became of the first one."""
CONFIRMED = frozenset({State.CONFIRMED, State.COMPLETED})
MOST_LOOKS = 40
"""So often the page that waits for a bank asks again by itself, every three seconds."""
LAST_LOOK = 999
PAUSES = {0: 3, 20: 10, 60: 30}
"""Seconds until the page asks again, from so many looks on; while Stripe does not answer it goes on asking."""


def with_stripe(view: View) -> View:
    """Let the page load Stripe's script and frames, and nothing else from outside."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        parts = urlsplit(settings.STRIPE_JS_URL)
        origins = {f"{parts.scheme}://{parts.netloc}", *(OF_STRIPE if parts.netloc == "js.stripe.com" else ())}
        allowed = [SELF, *sorted(origins)]
        response._csp_update = {"script-src": allowed, "frame-src": allowed, "connect-src": allowed}  # type: ignore[attr-defined]
        return response

    return opened


@open_to_all(BY_LINK)
@never_cache
@require_safe
@by_link
@with_stripe
def pay(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """What is due now, and the card form. Stripe is asked by the script, or by the button for those without."""
    booking, now = booking_of(request, booking_id, token), database_now()
    if state_at(booking, now) == State.EXPIRED:
        return over(request, booking, token, now)
    try:
        payable = earning.payable(booking, now)
    except Refused:
        return redirect(path_of("booking", booking_id, token))
    if attempts.is_decided_on(booking_id):
        return redirect(path_of("booking-paid", booking_id, token))  # nobody is shown a form to pay it again
    is_held = booking.state == State.HELD
    context = {
        **shown(booking, now),
        "token": token,
        "amount_minor": payable.amount_minor,
        "is_deposit": not payable.is_balance and payable.amount_minor < booking.due_minor,
        "is_held": is_held,
        "was_refused": REFUSED in request.GET,
        "is_member": request.user.is_authenticated and request.user.pk == booking.customer_id,
        "stripe_js": settings.STRIPE_JS_URL,
        "form": _form_of(booking_id, token),
        "says": sayings(),
    }
    if is_held:
        context |= time_left(booking, now)
    return render(request, "bookings/pay.html", context)


def sayings() -> dict[str, str]:
    """What the script of a card form says when something is in the way: each is true then, and has a next step."""
    return {
        "broken": _("The card form did not load. You can pay on Stripe's page instead."),
        "offline": _("There is no connection, and nothing was charged. Please try again once you are online."),
        "again": _("Nothing was charged. Please try again, with another card, or pay in another way."),
        "unsure": _("The connection broke off. Please do not pay again: this page asks what became of your payment."),
    }


def _form_of(booking_id: UUID, token: str) -> dict[str, str]:
    """Addresses that the script needs."""
    return {
        "key": settings.STRIPE_PUBLISHABLE_KEY,
        "intent": path_of("booking-pay-intent", booking_id, token),
        "paid": path_of("booking-paid", booking_id, token),
    }


@open_to_all(BY_LINK)
@never_cache
@require_POST
@by_link
def intent(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """For the script: an intent of what is due now, and a member's own cards; `keep` has this one kept as well."""
    booking = booking_of(request, booking_id, token)
    try:
        opened = checkout.start(booking.pk, _payer(request, booking))
    except Refused as refusal:
        told = refusal if not isinstance(refusal, ProviderTrouble) else _away(refusal, asking.unanswered(booking))
        answer = JsonResponse({"code": told.code, "detail": told.detail}, status=status_of(told))
        return _paused(answer, told)
    kept = cards.for_payment(opened.payment) if _member(request, booking) else []
    return JsonResponse(
        {
            "client_secret": opened.intent.client_secret,
            "account": opened.intent.scope,
            "cards": [{"id": card.id, "name": f"{card.brand.title()} •••• {card.last4}"} for card in kept],
        }
    )


@open_to_all(BY_LINK)
@never_cache
@require_POST
@by_link
def elsewhere(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """To Stripe's own page, by a page in between: a form's answer must not lead to another site."""
    booking = booking_of(request, booking_id, token)
    try:
        opened = checkout.start_session(booking.pk, _payer(request, booking))
    except Refused as refusal:
        return _refused(request, booking, token, refusal)
    return render(request, "bookings/leaving.html", {"url": opened.url, "booking": booking, "token": token})


@open_to_all(BY_LINK)
@never_cache
@require_safe
@by_link
def paid(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Back from paying. That somebody comes back says nothing: Stripe is asked, and the booking shows what it says.

    While Stripe does not answer, the page says so and asks again: nobody reads that nothing was paid who has paid.
    """
    booking_of(request, booking_id, token)
    looks = _number(request.GET.get("look", "0"))
    open_ones = [attempt for attempt in attempts.of_booking(booking_id) if attempt.state in Payment.UNFINISHED]
    try:
        with contextlib.suppress(Revoked):
            open_ones = [checkout.look(attempt.pk) for attempt in open_ones]
    except ProviderTrouble:
        return _wait(request, booking_id, token, looks, "bookings/unanswered.html")
    waiting = [attempt for attempt in open_ones if attempt.state == Payment.State.PROCESSING]
    has_failed = any(attempt.state == Payment.State.OPEN and attempt.failure for attempt in open_ones)
    if has_failed or (not waiting and booking_of(request, booking_id, token).state == State.HELD):
        # Of a hold, too, nothing came yet: the connection broke, or nobody went through with it.
        return redirect(path_of("booking-pay", booking_id, token) + (f"?{REFUSED}=1" if open_ones else ""))
    if not waiting or looks >= MOST_LOOKS:
        return _done(booking_of(request, booking_id, token), token)
    return _wait(request, booking_id, token, looks, "bookings/waiting.html")


def _done(booking: Booking, token: str) -> HttpResponse:
    """To the page that says what came of it; once it is confirmed, back to the app that sent them, if one did."""
    success = ways_back.of(booking).success if booking.state in CONFIRMED else ""
    return redirect(success) if success else redirect(path_of("booking", booking.pk, token))


def _wait(request: HttpRequest, booking_id: UUID, token: str, looks: int, template: str) -> HttpResponse:
    """A page that asks again by itself."""
    pause = next(seconds for least, seconds in reversed(PAUSES.items()) if looks >= least)
    context = {**shown(booking_of(request, booking_id, token), database_now()), "token": token}
    return render(request, template, {**context, "look": min(looks + 1, LAST_LOOK), "pause": pause})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0  # noqa: PLR2004


def _payer(request: HttpRequest, booking: Booking) -> Payer:
    user = _member(request, booking)
    return Payer(user, keeps_card=user is not None and request.POST.get("keep") == "1")


def _member(request: HttpRequest, booking: Booking) -> User | None:
    return request.user if isinstance(request.user, User) and request.user.pk == booking.customer_id else None


def _refused(request: HttpRequest, booking: Booking, token: str, refusal: Refused) -> HttpResponse:
    now = database_now()
    if state_at(booking, now) == State.EXPIRED:
        return over(request, booking, token, now)
    if refusal.code in ELSEWHERE:
        return redirect(path_of(ELSEWHERE[refusal.code], booking.pk, token))
    told = _away(refusal, refusal.detail) if isinstance(refusal, ProviderTrouble) else refusal
    context = {**shown(booking, now), "token": token, "refusal": told}
    return _paused(render(request, "bookings/unpayable.html", context, status=status_of(told)), told)


def _away(trouble: ProviderTrouble, detail: str) -> Away:
    return Away(trouble.code, detail, trouble.retry_after)


def _paused(answer: HttpResponse, refusal: Refused) -> HttpResponse:
    if pause := pause_of(refusal):
        answer["Retry-After"] = pause
    return answer
