"""A customer's own booking, by its link: what it is now, and what happens next."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from bookings import cancelling, papers, visits, ways_back
from bookings.letters import settled
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import PaymentState, State
from bookings.views.consent import back_of, can_change
from bookings.views.conversing import conversation_of
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.onward import onward
from bookings.views.owing import payable_now, refunds_of, returned_in_words
from bookings.views.statement import deposit_in_words, statement, terms_in_words
from bookings.views.words import state_at, words_for, words_of_page
from schemas.clock import database_now
from tenants.zones import zone


@open_to_all(BY_LINK)
@never_cache
@require_safe
@by_link
def booking(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """The booking as it is now: reference code, state in words, what happens next."""
    found = booking_of(request, booking_id, token)
    if "paid" in request.GET:  # from Stripe's page
        return redirect(path_of("booking-paid", booking_id, token))
    now = database_now()
    is_ahead = state_at(found, now) == State.CONFIRMED
    context = {**shown(found, now), "token": token, "ticket": visits.picture(found) if is_ahead else ""}
    context["words"] = words_of_page(found, now)
    context["papers"] = papers.papers_of(found)
    context["payable"] = payable_now(found, now)
    context["returns"] = returns = refunds_of(found)
    context["returned"] = returned_in_words(returns)
    context["balances"] = settled.balances_of(found)
    is_disputed = found.payment_state == PaymentState.DISPUTED
    context["said"] = settled.word(found)
    context["goes_back"] = back_of(found, 0 if is_disputed else found.refund_due_minor)
    if found.series_id is not None and request.user.pk == found.customer_id:
        context |= {"series_id": found.series_id, "next_to_pay": _next_to_pay(found, now)}
    context |= {**onward(found), **conversation_of(found), "is_changeable": can_change(found, now)}
    return render(request, "bookings/booking.html", context)


def _next_to_pay(booking: Booking, now: datetime) -> Booking | None:
    """Of a series whose dates are paid one by one: the next that is kept and not paid."""
    kept = Booking.objects.filter(series=booking.series_id, state=State.HELD, hold_expires_at__gt=now)
    return kept.exclude(pk=booking.pk).order_by("start", "pk").first()


def shown(booking: Booking, now: datetime) -> dict[str, object]:
    """What every page about one booking shows."""
    return {
        "booking": booking,
        "resource": booking.resource,
        "venue": booking.resource.venue,
        "words": words_for(booking, now),
        "state": state_at(booking, now),
        "way_back": ways_back.of(booking),
        "can_cancel": booking.state != State.HELD and cancelling.can_cancel(booking, Actor.of(None), now),
        "statement": statement(booking),
        "deposit": deposit_in_words(booking, now),
        "terms": terms_in_words(booking, Actor.of(None), now),
        "local_day": booking.start.astimezone(zone(booking.time_zone)).date(),
        "minutes": int((booking.end - booking.start) / timedelta(minutes=1)),
    }
