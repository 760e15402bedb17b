"""Booking for somebody: one form that keeps what was typed, shows free times with prices, and books."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import Role
from bookings import availability, onbehalf
from bookings.access import bookings_for_staff
from bookings.facts import Reason, Window
from bookings.models import Booking
from bookings.onbehalf import Pay, Wanted
from bookings.plans import Plan
from bookings.records import Actor
from bookings.views.file_forms import RULES
from bookings.views.tags import Tags, required
from desk.booking.new_forms import NewForm
from desk.callers import staff
from kernel.errors import Away, Busy, Forbidden, Refused
from rest.errors import status_of
from rest.fields import whole
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone
from venues.access import venues_run_by
from venues.models import Resource, Venue

AT_THE_DESK = frozenset({Reason.LEAD_TIME})
LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """A free start of the day, as the form takes it, and what it costs."""

    time: str
    label: str
    price: str


@dataclass(frozen=True)
class Look:
    """What would be booked, and the rules that it takes to set aside; or why it cannot be."""

    plan: Plan | None = None
    rules: frozenset[Reason] = frozenset()
    refusal: Refused | None = None

    @property
    def named(self) -> list[tuple[str, str]]:
        """The rules, by code and in words."""
        return [(str(rule), str(RULES[rule])) for rule in sorted(self.rules)]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The price, line by line."""
        if self.plan is None:
            return []
        currency = self.plan.price.currency
        return [(line.label, speech.money(line.amount_minor, currency)) for line in self.plan.price.lines]

    @property
    def total(self) -> str:
        """In words."""
        return speech.money(self.plan.price.total_minor, self.plan.price.currency) if self.plan else ""


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A GET fills in what the address says, a POST shows what it would be, and with `do` books it."""
    venues = list(venues_run_by(request.user).order_by("position", "name", "pk"))
    if not venues and staff(request).role == Role.OWNER:
        return render(request, "desk/nothing.html")
    if not venues:
        raise Forbidden("permission_denied", _("You may look at bookings, and not make them."))
    sent = request.POST if request.method == "POST" else request.GET
    venue = _venue(venues, sent.get("venue", ""), sent.get("resource", ""))
    data = sent.copy()
    for name, value in _usual(venue).items():
        data.setdefault(name, value)
    if data.get("start"):
        data["time"] = str(data["start"])
    if guest := _guest(request, data.get("guest", "")):
        data.update({"name": guest.name, "email": guest.email, "phone": guest.phone, "q": "", "customer": ""})
    form = NewForm(venue, request.user, data)
    if not form.is_valid():
        wrong = "do" in request.POST
        if not (wrong or data.get("time")):
            form.errors.pop("time", None)  # nobody has said when: that is what the free times are for
        return _page(request, venues, form, Look(), HTTPStatus.BAD_REQUEST if wrong else 200)
    if "do" in request.POST and (made := onbehalf.booked_with(request.POST.get("form", "")[:LONGEST_NUMBER])):
        return redirect("desk-booking", made.pk)
    look = _looked(form)
    if "do" in request.POST and look.plan:
        return _booked(request, venues, form, look)
    return _page(request, venues, form, look, status_of(look.refusal) if look.refusal and "do" in request.POST else 200)


def _guest(request: HttpRequest, chosen: str) -> Booking | None:
    """The booking of somebody without an account whose name and address are taken over."""
    try:
        number = UUID(chosen)
    except ValueError:
        return None
    return bookings_for_staff(request.user).filter(pk=number, customer=None).first()


def _venue(venues: list[Venue], slug: str, resource: str) -> Venue:
    """The one that is named, or that of the resource; else the first."""
    if not slug and (known := whole(resource)):
        own = Resource.objects.filter(pk=known, venue__in=venues).values_list("venue_id", flat=True).first()
        return next((venue for venue in venues if venue.pk == own), venues[0])
    return next((venue for venue in venues if venue.slug == slug), venues[0])


def _usual(venue: Venue) -> dict[str, str]:
    today = database_now().astimezone(zone(venue.time_zone)).date()
    first = venue.resources.filter(stock_of=None, is_active=True).order_by("position", "name", "pk").first()
    return {
        "day": today.isoformat(),
        "minutes": str(first.min_minutes if first else 60),
        "people": "1",
        "pay": Pay.LATER,
        "form": uuid4().hex,
        "resource": str(first.pk) if first else "",
    }


def _looked(form: NewForm) -> Look:
    try:
        return Look(*onbehalf.preview(form.request()))
    except Refused as refusal:
        return Look(refusal=refusal)


def _booked(request: HttpRequest, venues: list[Venue], form: NewForm, look: Look) -> HttpResponse:
    sent = request.POST
    if look.rules and (
        not form.cleaned_data["aside"] or {str(rule) for rule in look.rules} - set(sent.getlist("rule"))
    ):
        form.add_error("aside", _("This goes against the rules of the house. Tick that it is meant."))
        return _page(request, venues, form, look, HTTPStatus.BAD_REQUEST)
    wanted = Wanted(
        request=form.request(),
        pay=Pay(form.cleaned_data["pay"]),
        buyer=form.bill_to,
        rules=look.rules,
        because=form.cleaned_data["because"],
        form=sent.get("form", "")[:LONGEST_NUMBER],
        shown_minor=whole(sent.get("shown", "")),
    )
    try:
        made = onbehalf.book(wanted, Actor.of(staff(request)))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        if refusal.code == "reason_required":
            form.add_error("because", refusal.detail)
            return _page(request, venues, form, look, HTTPStatus.BAD_REQUEST)
        return _page(request, venues, form, Look(look.plan, look.rules, refusal), status_of(refusal))
    messages.success(request, _("%(code)s is booked.") % {"code": made.reference_code})
    return redirect("desk-booking", made.pk)


def _page(request: HttpRequest, venues: list[Venue], form: NewForm, look: Look, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "venues": venues,
        "venue": form.venue,
        "form": form,
        "look": look,
        "slots": list(_slots(form)),
        "total_minor": look.plan.price.total_minor if look.plan else "",
        "chosen": form.data.get("time", ""),
        "pays_online": bool(form.place and form.place.pays_online),
    }
    return render(request, "desk/booking/new.html", context, status=status)


def _slots(form: NewForm) -> Iterator[Slot]:
    """The free starts of the day for what is asked, as customers have them but for the lead time."""
    given = getattr(form, "cleaned_data", {})
    if not form.place or not {"day", "minutes", "people"} <= given.keys():
        return
    customer = form.known.pk if form.known else None
    relatives = availability.relatives_of(availability.kin([form.place.pk]), customer)
    if form.place.pk not in availability.bookable(relatives):
        return
    now: datetime = database_now()
    facts = availability.assemble(relatives, [form.place.pk], Window(given["day"], given["day"]), now)[form.place.pk]
    tags = Tags(facts, products=required([facts.resource], customer))
    for wish in facts.wishes(given["minutes"], given["people"]):
        if wish.period.end > now and facts.reason(wish, AT_THE_DESK) is None:
            local = wish.period.start.astimezone(facts.zone)
            yield Slot(local.strftime("%H:%M"), speech.clock(wish.period.start, facts.zone), tags.of(wish).words)
