"""A customer's own booking, by its link: details, what happens next, cancelling. And the list of one's own."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all, signed_in
from accounts.models import User
from bookings import cancelling, lifecycle, papers, visits, ways_back
from bookings.access import bookings_of
from bookings.cancelling import Cancellation
from bookings.forms import CancelForm, DetailsForm
from bookings.introductions import Introduction, introduce
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import PaymentWay, State
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.options import OptionsForm, given, question_fields
from bookings.views.owing import payable_now, refunds_of, ways_to_pay
from bookings.views.statement import deposit_in_words, statement, terms_in_words
from bookings.views.words import state_at, words_for
from kernel.errors import Refused
from rest.limits import WRONG_CODE, check_guesses, missed
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone

GONE = 410
PER_PAGE = 20


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def details(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Who comes? Sent, the hold becomes a booking; what was typed stays when something is missing."""
    booking = booking_of(request, booking_id, token)
    now = database_now()
    state = state_at(booking, now)
    if state == State.EXPIRED:
        return over(request, booking, now)
    if state != State.HELD:
        return _to_booking(booking, token)
    try:
        return _finish(request, booking, token, now)
    except Refused as refusal:
        if refusal.code != "hold_expired":
            raise
        return over(request, booking, now)


def _finish(request: HttpRequest, booking: Booking, token: str, now: datetime) -> HttpResponse:
    """Extras and codes first: where they change the price, it is shown before anything is booked."""
    sent = request.POST if request.method == "POST" else None
    options = OptionsForm(booking, sent)
    known, ways = DetailsForm.known(booking, _user(request)), ways_to_pay(booking)
    form = DetailsForm(sent, questions=question_fields(booking), ways=ways, initial=known)
    changed = sent is not None and options.is_valid() and _applied(request, booking, options)
    if sent is not None and not changed and "update" not in sent and not options.errors and form.is_valid():
        return _go_on(request, booking, token, form)
    if changed:
        booking = booking_of(request, booking.pk, token)
        options = OptionsForm(booking)
    if changed or (sent is not None and "update" in sent):
        # Whoever only wants to see the price is not told what is missing.
        typed = sent.dict() if sent else {}
        form = DetailsForm(initial=typed, questions=question_fields(booking), ways=ways_to_pay(booking))
    context = {**shown(booking, now), "form": form, "options": options, "token": token, **time_left(booking, now)}
    context["is_repriced"] = changed
    return render(request, "bookings/details.html", context, status=400 if form.errors or options.errors else 200)


def _applied(request: HttpRequest, booking: Booking, options: OptionsForm) -> bool:
    """Whether the options changed the booking. Whoever made up too many codes tries no more of them (`TooMany`)."""
    if options.brings_code:
        check_guesses(request, WRONG_CODE)
    changed = options.apply(_actor(request, booking))
    if options.is_wrong_code:
        missed(request, WRONG_CODE)
    return changed


def _go_on(request: HttpRequest, booking: Booking, token: str, form: DetailsForm) -> HttpResponse:
    """To the payment, or with nothing to be paid now, to the venue."""
    is_staffs = getattr(request.user, "is_staff_member", False)  # then it is not the customer who reads this
    contact = form.contact if is_staffs else replace(form.contact, language=speech.asked_for(request))
    told = Introduction(contact, form.cleaned_data["notes"], given(form.cleaned_data))
    if form.way == PaymentWay.ONLINE:
        introduce(booking, told, _actor(request, booking))
        return redirect(path_of("booking-pay", booking.pk, token))
    lifecycle.submit(booking, told.contact, _actor(request, booking), told.notes, told.given)
    return _to_booking(booking, token)


@open_to_all(BY_LINK)
@never_cache
@require_safe
@by_link
def booking(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """The booking as it is now: reference code, state in words, what happens next."""
    found = booking_of(request, booking_id, token)
    if "paid" in request.GET:  # from Stripe's page
        return redirect("booking-paid", booking_id, token)
    now = database_now()
    is_ahead = state_at(found, now) == State.CONFIRMED
    context = {**shown(found, now), "token": token, "ticket": visits.picture(found) if is_ahead else ""}
    context["papers"] = papers.papers_of(found)
    context["payable"] = payable_now(found, now)
    context["returns"] = refunds_of(found)
    return render(request, "bookings/booking.html", context)


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def cancel(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Ask once, then cancel. A second cancel shows the first one's result."""
    found = booking_of(request, booking_id, token)
    now = database_now()
    actor = _actor(request, found)
    if found.state == State.CANCELLED or not cancelling.can_cancel(found, actor, now):
        return _to_booking(found, token)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        cancelling.cancel(found, actor, form.cancellation)
        return _to_booking(found, token)
    context = {**shown(found, now), "form": form, "token": token, "foretold": _foretold(found, actor, now)}
    return render(request, "bookings/cancel.html", context, status=400 if form.errors else 200)


@signed_in
@require_safe
def own_bookings(request: HttpRequest) -> HttpResponse:
    """The caller's bookings, upcoming ones first to come, past ones last gone; three queries."""
    now = database_now()
    mine = bookings_of(request.user).select_related("resource__venue")
    past = request.GET.get("when") == "past"
    chosen = mine.filter(end__lte=now).order_by("-start", "id") if past else mine.filter(end__gt=now)
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, words_for(row, now)) for row in page]
    return render(request, "bookings/own.html", {"page": page, "rows": rows, "past": past})


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _actor(request: HttpRequest, booking: Booking) -> Actor:
    # Whoever comes by the link is the customer; staff act at the desk.
    user = _user(request)
    return Actor.of(user if user and user.pk == booking.customer_id and not user.is_staff_member else None)


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


def _foretold(booking: Booking, actor: Actor, now: datetime) -> dict[str, str]:
    """What comes back and what it costs, in words; empty where it is nothing."""
    told = cancelling.preview(booking, actor, Cancellation(), now)

    def words(minor: int) -> str:
        return speech.money(minor, booking.currency) if minor else ""

    return {
        "fee": words(told.fee_minor),
        "refund": words(told.refund_minor),
        "credit": words(told.credit_back_minor),
        "owed": words(told.owed_minor),
    }


def time_left(booking: Booking, now: datetime) -> dict[str, object]:
    """What the countdown of a hold needs."""
    assert booking.hold_expires_at is not None
    seconds = int((booking.hold_expires_at - now).total_seconds())
    return {"seconds_left": seconds, "minutes_left": max(1, seconds // 60), "texts": _countdown_texts()}


def _countdown_texts() -> dict[str, str]:
    # `#` stands for the number, which the script fills in.
    return {
        "minutes": _("# minutes left"),
        "minute": _("Less than a minute left"),
        "over": _("The time is over. Please choose again."),
    }


def _to_booking(booking: Booking, token: str) -> HttpResponse:
    return redirect(path_of("booking", booking.pk, token))


def over(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    """The hold has lapsed: what now?"""
    return render(request, "bookings/over.html", shown(booking, now), status=GONE)
