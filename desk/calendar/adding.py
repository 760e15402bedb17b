"""Booking for somebody from the calendar: the price is shown first, and it is booked at that price or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import FOUND_BY, User
from bookings import lifecycle, overrides, placing, plans, quotes
from bookings.access import customers_seen_by
from bookings.lifecycle import OnBehalf
from bookings.models import Booking
from bookings.plans import STAFF_MAY_OVERRULE, Stage, Terms
from bookings.records import Actor
from bookings.requests import HoldRequest
from desk.calendar.forms import BookForm
from desk.calendar.parts import done, is_part, shown
from desk.calendar.spoken import span_of
from desk.callers import staff
from desk.once import fresh, number_of, said
from kernel.errors import Away, Busy, Refused
from rest import once as numbers
from rest.errors import status_of
from rest.fields import whole
from schemas.finding import matching
from tenants import gate, speech
from tenants.zones import zone
from venues.access import venue_run_by
from venues.models import Resource, Venue

MOST_FOUND = 8
LONGEST_QUERY = 100
FEWEST = 2
SHOWN_AGAIN = frozenset({"price_changed", "terms_changed", "reason_required", "quote_mismatch", "quote_expired"})
"""Refusals after which the page has what is true now."""
ASKED_BY = ("resource", "day", "time", "minutes", "until", "later", "service", "people")


@dataclass(frozen=True)
class Offer:
    """What a booking would cost, or why it cannot be had; `rule` is one that staff may set aside."""

    quote: str = ""
    rows: Sequence[tuple[str, str]] = ()
    total: str = ""
    refusal: Refused | None = None

    @property
    def may(self) -> bool:
        """Whether it can be booked as it is shown now."""
        return bool(self.quote) and (self.refusal is None or self.refusal.code in SHOWN_AGAIN)

    @property
    def rule(self) -> str:
        """The code of the rule that is in the way, where there is one that may be set aside."""
        code = self.refusal.code if self.refusal else ""
        return code if code in {str(reason) for reason in STAFF_MAY_OVERRULE} else ""


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Book for somebody. A GET says what it costs, a POST books; without the price that was shown, it shows it."""
    venue = venue_run_by(request.user, venue_id)
    sent = request.POST if request.method == "POST" else request.GET
    if request.method != "POST" and not sent.get("time"):
        return _page(request, BookForm(venue, initial=_filled(venue, sent)), Offer())
    form = BookForm(venue, _filled(venue, sent))
    if not form.is_valid():
        return _page(request, form, Offer(), HTTPStatus.BAD_REQUEST if request.method == "POST" else 200)
    customer = _customer(request, form)
    if form.errors:
        return _page(request, form, Offer(), HTTPStatus.BAD_REQUEST)
    wish = wish_of(form, customer)
    if request.method == "POST" and sent.get("quote"):
        return _booked(request, form, replace(wish, quote=sent["quote"]))
    return _page(request, form, offer(wish, form))


def _filled(venue: Venue, sent: QueryDict) -> dict[str, Any]:
    """What was typed or dragged; the rest as it usually is."""
    chosen = whole(sent.get("resource", ""))
    rows = Resource.objects.filter(venue=venue, is_active=True, stock_of=None).order_by("position", "name", "pk")
    if not chosen:
        first = rows.first()
        chosen = first.pk if first else None
    resource = Resource.objects.filter(venue=venue, pk=chosen).first() if chosen else None
    usual = {"resource": str(chosen or ""), "minutes": str(resource.min_minutes) if resource else "60", "people": "1"}
    found = {**usual, **{name: value for name, value in sent.items() if value}, "overrule": sent.getlist("overrule")}
    form = BookForm(venue, found)
    if found.get("until") and form.is_valid():
        found |= {"minutes": str(form.cleaned_data["period"].minutes), "until": ""}
    return found


def _customer(request: HttpRequest, form: BookForm) -> User | None:
    wanted = form.cleaned_data["customer"]
    found = customers_seen_by(request.user).filter(pk=wanted, is_active=True).first() if wanted else None
    if wanted and found is None:
        form.add_error(None, _("There is no such customer."))
    return found


def wish_of(form: BookForm, customer: User | None) -> HoldRequest:
    """The request of a valid form. Questions are not asked here: the booking's own page has them."""
    given = form.cleaned_data
    return HoldRequest(
        period=given["period"],
        resource_id=given["resource"].pk,
        product_id=given["service"].pk if given["service"] else None,
        participants=given["people"],
        notes=given["notes"],
        answers=None,
        customer=customer,
        contact=form.contact(customer),
    )


def offer(wish: HoldRequest, form: BookForm) -> Offer:
    """What a wish would cost at this moment, also where it cannot be had. Changes nothing."""
    now = gate.open_now()
    try:
        stage = Stage(wish, plans.product_of(wish), Terms(now, overrules=lifecycle.set_aside(wish, form.rules)))
        found = stage.estimate(wish)
    except Refused as refusal:
        return Offer(refusal=refusal)
    price = found.plan.price
    token, _until = quotes.signed(wish, price, found.plan.policy_id, now)
    rows = [
        (line.label, speech.money(line.amount_minor, price.currency)) for line in placing.lines(Booking(), price.lines)
    ]
    return Offer(token, rows, speech.money(price.total_minor, price.currency), found.refusal)


def _booked(request: HttpRequest, form: BookForm, wish: HoldRequest) -> HttpResponse:
    try:
        overrides.check_says_why(form.rules, form.cleaned_data["because"])
        how = OnBehalf(overruled_because=form.cleaned_data["because"])
        by = staff(request)
        made = numbers.once(
            by.pk, number_of(request.POST), lambda: lifecycle.book_for(wish, Actor.of(by), form.rules, how)
        )
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        again = offer(replace(wish, quote=""), form)
        return _page(request, form, replace(again, refusal=refusal), status_of(refusal))
    told = _told(made) if made is not None else said()
    if is_part(request):
        return done(said=told)
    messages.success(request, told)
    day = wish.period.start.astimezone(zone(form.venue.time_zone)).date()
    return redirect(f"{reverse('desk-calendar')}?venue={form.venue.slug}&day={day.isoformat()}")


def _told(made: Booking) -> str:
    return _("%(code)s is booked: %(when)s, %(place)s.") % {
        "code": made.reference_code,
        "when": span_of(made.start, made.end, made),
        "place": made.resource.name,
    }


def found_by(request: HttpRequest, typed: str) -> QuerySet[User] | None:
    """Customers whose name, address or number was typed; None where too little was."""
    typed = typed.strip()[:LONGEST_QUERY]
    if len(typed) < FEWEST:
        return None
    rows = customers_seen_by(request.user).filter(matching(FOUND_BY, typed), is_active=True)
    return rows.order_by("name", "pk")[:MOST_FOUND]


def _page(request: HttpRequest, form: BookForm, found: Offer, status: int = 200) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    asked = (sent.get("who") or "").strip()
    chosen = whole(str(form.data.get("customer") or ""))
    known = customers_seen_by(request.user).filter(pk=chosen).first() if chosen else None
    context = {
        "venue": form.venue,
        "form": form,
        "number": number_of(sent) or fresh(),
        "offer": found,
        "who": asked,
        "known": known,
        "people_found": found_by(request, asked),
        "back": f"{reverse('desk-calendar')}?venue={form.venue.slug}",
    }
    return shown(request, "book", context, status)
