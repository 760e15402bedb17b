"""Somebody who comes by: a place that is free, the price, and one tap that books, notes the money and lets them in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings import gaps, walkins
from bookings.access import check_desk
from bookings.facts import MINUTE
from bookings.forms import LONGEST_NAME, InstantField
from bookings.models import Booking
from bookings.walkins import Offer, WalkIn, Way
from desk.once import OnceForm, fresh, number_of, once
from desk.today import onward
from desk.today.free import FEW, MOST, Place, named, places_of
from desk.today.free import LONGEST_NAME as LONGEST_FIND
from desk.today.scope import scope_of
from kernel.errors import Refused
from kernel.periods import Period
from rest.fields import whole
from schemas.clock import database_now
from tenants import speech
from tenants.zones import zone
from venues.access import venues_run_by
from venues.models import Resource

LONGEST_MINUTES = 31 * 24 * 60


class WalkInForm(OnceForm):
    """From when and for how long, how many come, and a name if they say one. `quote` holds the price that was shown."""

    start = InstantField(label=gettext_lazy("From"), widget=forms.Select)
    minutes = forms.IntegerField(
        label=gettext_lazy("How long"), min_value=1, max_value=LONGEST_MINUTES, widget=forms.Select
    )
    people = forms.IntegerField(label=gettext_lazy("People"), min_value=1, max_value=32_767, initial=1)
    name = forms.CharField(label=gettext_lazy("Name (optional)"), max_length=LONGEST_NAME, required=False)
    quote = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def walk_in(self, resource: Resource) -> WalkIn:
        """Of a valid form."""
        given = self.cleaned_data
        period = Period(given["start"], given["start"] + timedelta(minutes=given["minutes"]))
        return WalkIn(resource.pk, period, given["people"], given["name"], given["quote"])


@dataclass(frozen=True)
class Sheet:
    """What is shown of one place: the form, and what it costs as the form stands, if it can be had."""

    resource: Resource
    period: Period
    form: WalkInForm
    offer: Offer | None
    trouble: str


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest) -> HttpResponse:
    """What is free now, and the place that was tapped; the buttons say how it is paid."""
    check_desk(request.user)
    now = database_now()
    if request.method == "POST":
        return _take_in(request, now)
    scope = scope_of(request, now)
    places = [place for place in places_of(scope).free if place.may_take] if scope else []
    resource = _resource(request, request.GET.get("resource", "")) if "resource" in request.GET else None
    if resource is None and places:
        resource = places[0].resource
    sheet = _sheet(request, resource, now) if resource else None
    return _shown(request, places, sheet, 200)


def _take_in(request: HttpRequest, now: datetime) -> HttpResponse:
    resource = _resource(request, request.POST.get("resource", ""))
    way = request.POST.get("way", "")
    form = WalkInForm(request.POST)
    if not form.is_valid() or way not in Way.values:
        trouble = "" if form.errors else _("Please say how it is paid.")
        return _shown(request, [], _sheet(request, resource, now, form, trouble), HTTPStatus.BAD_REQUEST)
    try:
        wanted, actor = form.walk_in(resource), onward.actor(request)
        booking = once(request, form.cleaned_data["number"], lambda: walkins.take_in(wanted, Way(way), actor))
    except Refused as refusal:
        return _shown(request, [], _sheet(request, resource, now, form, refusal.detail), HTTPStatus.CONFLICT)
    if booking is not None:
        messages.success(request, _told(booking, Way(way)))
    return redirect("desk")


def _told(booking: Booking, way: Way) -> str:
    words = {
        "code": booking.reference_code,
        "what": booking.resource.name,
        "when": speech.span(booking.start, booking.end, zone(booking.time_zone)),
        "amount": speech.money(booking.paid_minor, booking.currency),
    }
    said = [_("%(what)s, %(when)s: booked as %(code)s.") % words]
    if way in walkins.TAKEN and booking.paid_minor:
        said.append(_("%(amount)s are noted as paid.") % words)
    if booking.checked_in_at:
        said.append(_("They are checked in."))
    return " ".join(said)


def _resource(request: HttpRequest, asked: str) -> Resource:
    """A resource of a venue that somebody runs; 404 for any other, and for none."""
    wanted = whole(asked)
    rows = Resource.objects.filter(venue__in=venues_run_by(request.user), stock_of=None).select_related("venue")
    found = rows.filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise Http404
    return found


def _sheet(
    request: HttpRequest, resource: Resource, now: datetime, sent: WalkInForm | None = None, trouble: str = ""
) -> Sheet:
    """The sheet as it stands now: what was typed stays, starts and lengths are those that are free."""
    given = request.POST if sent is not None else request.GET
    facts = gaps.facts_of([resource.pk], now).get(resource.pk)
    gap = gaps.of_one(facts, now) if facts else None
    starts = list(gap.starts) if gap else []
    start = _instant(given.get("start", "")) or (starts[0] if starts else None)
    if start is None:
        start = now.replace(second=0, microsecond=0)
        trouble = trouble or _("Nothing is free here in the next hours.")
    lengths = gaps.lengths(facts, start, now) if facts else []
    asked = given.get("minutes", "")
    minutes = whole(asked, LONGEST_MINUTES) or 0
    if minutes not in lengths and (sent is None or not minutes):
        minutes = lengths[0] if lengths else resource.min_minutes
    period = Period(start, start + minutes * MINUTE)
    said = {name: given.get(name, "") for name in ("people", "name")} if "people" in given else {"people": 1}
    number = number_of(given) or fresh()
    form = WalkInForm({**said, "start": start.isoformat(), "minutes": minutes, "number": number}, auto_id="walk-%s")
    offer = None
    if form.is_valid():
        try:
            offer = walkins.offer(form.walk_in(resource), now)
        except Refused as refusal:
            trouble = trouble or refusal.detail
    if offer and offer.refusal:
        trouble = trouble or offer.refusal.detail
    _offer_choices(form, resource, sorted({*starts, start}), sorted({*lengths, minutes}))
    return Sheet(resource, period, form, offer, trouble)


def _instant(text: str) -> datetime | None:
    try:
        found: datetime | None = InstantField(required=False).clean(text)
    except forms.ValidationError:
        return None
    return found


def _offer_choices(form: WalkInForm, resource: Resource, starts: list[datetime], lengths: list[int]) -> None:
    here = zone(resource.venue.time_zone)
    times: Any = form.fields["start"].widget
    times.choices = [(start.isoformat(), speech.clock(start, here)) for start in starts]
    durations: Any = form.fields["minutes"].widget
    durations.choices = [(minutes, speech.length(minutes)) for minutes in lengths]


def _shown(request: HttpRequest, places: list[Place], sheet: Sheet | None, status: int) -> HttpResponse:
    find = request.GET.get("find", "")[:LONGEST_FIND]
    wanted = {resource.pk for resource in named((place.resource for place in places), find)}
    own = sheet.resource.pk if sheet else None
    others = [place for place in places if place.resource.pk in wanted and place.resource.pk != own]
    context = {
        "places": others[:MOST],
        "more": max(0, len(others) - MOST),
        "are_many": len(places) > FEW,
        "find": find,
        "sheet": sheet,
        "now": database_now(),
    }
    return render(request, "desk/today/walk_in.html", context, status=status)
