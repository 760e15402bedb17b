"""Who comes? The page that makes a booking of a hold: details, names, extras and codes, and what it costs by now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from accounts.models import User
from bookings import consents, lifecycle, moves, participants
from bookings.forms import DetailsForm
from bookings.introductions import Introduction, introduce
from bookings.models import Booking
from bookings.participants import Person
from bookings.records import Actor
from bookings.states import PaymentWay, State
from bookings.views import agreed_to
from bookings.views.consent import actor_of
from bookings.views.holding import extended, over, time_left
from bookings.views.links import BY_LINK, booking_of, by_link, path_of
from bookings.views.options import OptionsForm, given, question_fields
from bookings.views.owing import ways_to_pay
from bookings.views.own import shown
from bookings.views.taking_over import in_own_name
from bookings.views.words import state_at
from kernel.errors import Conflict, Refused
from rest import decoy
from rest.limits import WRONG_CODE, check_guesses, missed
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import speech

TYPED = "typed"
"""In the session: what somebody had typed when their hold ended. It is on the page of the next one."""
KEPT = {"name": 150, "email": 254, "phone": 32, "notes": 2000, "people": 4000}
"""What of it, and how many characters."""
LOOKS = ("update", "more_time")
"""Buttons that book nothing."""


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def details(request: HttpRequest, booking_id: UUID, token: str) -> HttpResponse:
    """Who comes? Sent, the hold becomes a booking; what was typed stays when something is missing, and when it ends."""
    booking = booking_of(request, booking_id, token)
    now = database_now()
    state = state_at(booking, now)
    if state == State.EXPIRED:
        return _too_late(request, booking, token, now)
    if state != State.HELD:
        return redirect(path_of("booking", booking_id, token))
    if request.method != "POST":
        if own := in_own_name(request, booking):
            return redirect(path_of("booking-details", own.pk))
        return _page(request, _Page(booking, token, now, _form(booking, None, _known(request, booking))))
    decoy.check(request)
    try:
        return _sent(request, booking, token, now)
    except Refused as refusal:
        if refusal.code == "wrong_state":  # a second click at the same moment: the first one has booked
            return redirect(path_of("booking", booking_id, token))
        if refusal.code == "price_changed":  # another tab at the same moment: it is shown as it is by now
            return _sent(request, booking_of(request, booking_id, token), token, now)
        if refusal.code != "hold_expired":
            raise
        return _too_late(request, booking, token, now)


class _Page:
    """What a page of details is made of."""

    def __init__(self, booking: Booking, token: str, now: datetime, form: DetailsForm) -> None:
        self.booking, self.token, self.now, self.form = booking, token, now, form
        self.options = OptionsForm(booking)
        self.is_repriced = False
        self.told = ""


def _page(request: HttpRequest, page: _Page) -> HttpResponse:
    booking, form, options = page.booking, page.form, page.options
    context = {
        **shown(booking, page.now),
        **time_left(booking, page.now),
        "form": form,
        "options": options,
        "token": page.token,
        "is_repriced": page.is_repriced,
        "told": page.told,
    }
    # HTMX shows the answer to a good request only; the errors are on it.
    is_wrong = (form.errors or options.errors) and not _by_script(request)
    return render(request, "bookings/details.html", context, status=400 if is_wrong else 200)


def _sent(request: HttpRequest, booking: Booking, token: str, now: datetime) -> HttpResponse:
    """Extras and codes first: where they change the price, it is shown before anything is booked."""
    sent = request.POST
    told = extended(request, booking) if "more_time" in sent else ""
    options = OptionsForm(booking, sent)
    changed = options.is_valid() and _applied(request, booking, options)
    looks = any(name in sent for name in LOOKS)
    if not changed and not looks and not options.errors and _is_as_shown(sent, booking):
        form = _form(booking, sent, _known(request, booking))
        if form.is_valid():
            return _go_on(request, booking, token, form)
    else:
        booking = booking_of(request, booking.pk, token)
        # Whoever only looks at the price is not told what is missing.
        form = _form(booking, None, {**_known(request, booking), **sent.dict()})
    page = _Page(booking, token, now, form)
    page.options = options if options.errors else OptionsForm(booking)
    page.is_repriced = changed or not _is_as_shown(sent, booking)
    page.told = told
    return _page(request, page)


def _form(booking: Booking, sent: Mapping[str, str] | None, known: Mapping[str, str]) -> DetailsForm:
    form = DetailsForm(
        sent,
        questions=question_fields(booking),
        ways=ways_to_pay(booking),
        places=booking.participants,
        initial=known,
    )
    form.fields["phone"].help_text = agreed_to.of_texts()
    return form


def _is_as_shown(sent: Mapping[str, str], booking: Booking) -> bool:
    """Whether it costs what the page said on which the button was pressed."""
    return sent.get("shown_total", str(booking.total_minor)) == str(booking.total_minor)


def _known(request: HttpRequest, booking: Booking) -> dict[str, str]:
    """What is known of who comes: from this hold, from one that ended, or from the account."""
    user = request.user if isinstance(request.user, User) else None
    known = DetailsForm.known(booking, user)
    known["people"] = "\n".join(person.name for person in participants.people_of(booking))
    typed = request.session.get(TYPED, {})
    return {**known, **{name: typed[name] for name in KEPT if typed.get(name) and not getattr(booking, name, "")}}


def _too_late(request: HttpRequest, booking: Booking, token: str, now: datetime) -> HttpResponse:
    """The hold is over; what was typed is kept for the next one."""
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:most] for name, most in KEPT.items()}
        request.session[TYPED] = {name: text for name, text in typed.items() if text.strip()}
    answer = over(request, booking, token, now)
    if _by_script(request):
        answer = HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return answer


def _by_script(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def _applied(request: HttpRequest, booking: Booking, options: OptionsForm) -> bool:
    """Whether the options changed the booking. Whoever made up too many codes tries no more of them (`TooMany`)."""
    if options.brings_code:
        check_guesses(request, WRONG_CODE)
    changed = options.apply(actor_of(request, booking))
    if options.is_wrong_code:
        missed(request, WRONG_CODE)
    return changed


def _go_on(request: HttpRequest, booking: Booking, token: str, form: DetailsForm) -> HttpResponse:
    """To the payment, or with nothing to be paid now, to the venue."""
    is_staffs = getattr(request.user, "is_staff_member", False)  # then it is not the customer who reads this
    contact = form.contact if is_staffs else replace(form.contact, language=speech.asked_for(request))
    told = Introduction(contact, form.cleaned_data["notes"], given(form.cleaned_data))
    names = form.cleaned_data.get("people", ())
    actor = actor_of(request, booking)
    transact(lambda: _written(booking, told, names, form.way, actor))
    request.session.pop(TYPED, None)
    return redirect(path_of("booking-pay" if form.way == PaymentWay.ONLINE else "booking", booking.pk, token))


def _written(booking: Booking, told: Introduction, names: list[str], way: PaymentWay | None, actor: Actor) -> None:
    if moves.locked(booking.pk, booking.seen).total_minor != booking.total_minor:
        raise Conflict("price_changed", _("The price has changed. Please look at it again."))
    known = {person.name: person for person in participants.people_of(booking)}
    if names or known:
        participants.write(booking, [known.get(name, Person(name)) for name in names], actor)
    if not actor.is_staff:  # who books for somebody else agrees to nothing in their place
        consents.agreed(booking, agreed_to.shown(booking, has_phone=bool(told.contact.phone)))
    if way == PaymentWay.ONLINE:
        introduce(booking, told, actor)
    else:
        lifecycle.submit(booking, told.contact, actor, told.notes, told.given)
