"""The weather: what is outdoors on a day is cancelled in one go, after it was shown for how much."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import User
from bookings import weather
from bookings.access import check_desk
from bookings.batches import drafting
from bookings.forms import calendar_days
from bookings.letters.kinds import Kind
from bookings.models import Batch
from bookings.models.messages import Channel
from bookings.notices import people, rules
from bookings.records import Actor
from bookings.weather import BadWeather, RainedOff
from desk.callers import staff
from desk.inputs import day_input, time_input
from kernel.errors import Away, Busy, Conflict, Refused
from rest.errors import status_of
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import speech
from tenants.zones import zone
from venues.access import venues_run_by
from venues.models import Resource, Venue


class WeatherForm(DressedForm):
    """Where and when it was; without times the whole day, without resources everything outdoors."""

    venue = forms.TypedChoiceField(label=gettext_lazy("Venue"), coerce=int)
    day = forms.DateField(
        label=gettext_lazy("Day"),
        validators=calendar_days,
        widget=day_input(),
    )
    first = forms.TimeField(label=gettext_lazy("From (optional)"), required=False, widget=time_input())
    last = forms.TimeField(label=gettext_lazy("Until (optional)"), required=False, widget=time_input())
    resource = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only these (optional)"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    notes = forms.CharField(label=gettext_lazy("Message to the customers (optional)"), max_length=2000, required=False)

    def __init__(self, venues: Sequence[Venue], data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.venues = {venue.pk: venue for venue in venues}
        self.fields["venue"].choices = [(venue.pk, venue.name) for venue in venues]  # type: ignore[attr-defined]
        asked = str(self.data.get("venue") or (venues[0].pk if venues else ""))
        rows = Resource.objects.filter(is_outdoor=True, venue__in=[venue.pk for venue in venues])
        self.outdoors = [place for place in rows.order_by("position", "name") if str(place.venue_id) == asked]
        self.fields["resource"].choices = [(place.pk, place.name) for place in self.outdoors]  # type: ignore[attr-defined]
        self.fields["resource"].widget.attrs["class"] = "checkbox"

    @property
    def bad(self) -> BadWeather:
        """Of a valid form. `Invalid` where the times run backwards."""
        given = self.cleaned_data
        venue = self.venues[given["venue"]]
        period = weather.hours_of(venue, given["day"], given["first"], given["last"])
        return BadWeather(venue, period, frozenset(given["resource"]), given["notes"])


@dataclass(frozen=True, slots=True)
class Shown:
    """What would come of it: each booking with what goes back, the sums, and what was looked at."""

    rows: list[tuple[RainedOff, str, str]]
    sums: list[str]
    figures: str


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Today at the first venue, unless another day is asked for: what would be cancelled, then it is."""
    user = staff(request)
    check_desk(user)
    venues = list(venues_run_by(user).order_by("position", "name", "pk"))
    now = database_now()
    sent = request.method == "POST"
    form = WeatherForm(venues, _asked(request, venues, now))
    refusal, gone = None, list[RainedOff]()
    if form.is_valid():
        try:
            if sent:
                return redirect("desk-batch", _call_off(user, form.bad, request.POST.get("shown", "")).pk)
        except Refused as no:
            refusal = _or_raise(no)
        try:
            gone = weather.foretell(form.bad, Actor.of(user))
        except Refused as no:
            refusal = refusal or _or_raise(no)
    context = {
        "form": form,
        "shown": _shown(gone),
        "refusal": refusal,
        "venue": form.venues.get(form.cleaned_data.get("venue", 0)) if form.is_valid() else None,
        "day": form.cleaned_data.get("day"),
        "letters_go": bool(rules.routes(Kind.CANCELLATION)),
    }
    status = status_of(refusal) if refusal else 200 if form.is_valid() or not venues else HTTPStatus.BAD_REQUEST
    return render(request, "desk/bookings/weather.html", context, status=status)


def _asked(request: HttpRequest, venues: Sequence[Venue], now: datetime) -> Any:
    sent = (request.POST if request.method == "POST" else request.GET).copy()
    known = {str(venue.pk): venue for venue in venues}
    first = venues[0] if venues else None
    sent.setdefault("venue", str(first.pk) if first else "")
    venue = known.get(str(sent["venue"]), first)
    if venue:
        sent.setdefault("day", _today(venue, now).isoformat())
    return sent


def _today(venue: Venue, now: datetime) -> date:
    return now.astimezone(zone(venue.time_zone)).date()


def _call_off(user: User, bad: BadWeather, shown: str) -> Batch:
    """Cancel what was shown, in one transaction with the record of it; `Conflict` where it is something else by now."""

    def act() -> Batch:
        gone = weather.call_off(bad, Actor.of(user))
        if _figures(gone) != shown:
            raise Conflict("changed_meanwhile", _("This has changed since you looked. Please look at it again."))
        return drafting.rained_off(user, bad, gone, database_now())

    return transact(act)


def _or_raise(refusal: Refused) -> Refused:
    if isinstance(refusal, Away | Busy):
        raise refusal
    return refusal


def _figures(gone: Sequence[RainedOff]) -> str:
    told = "\n".join(f"{each.booking.pk} {each.settlement.figures}" for each in gone)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _shown(gone: Sequence[RainedOff]) -> Shown:
    rows = [(each, _back(each), people.reach(each.booking, Channel.MAIL)) for each in gone]
    totals: dict[str, list[int]] = {}
    for each in gone:
        total = totals.setdefault(each.booking.currency, [0, 0, 0])
        for place, minor in enumerate(
            (each.settlement.refund_minor, each.settlement.credit_back_minor, each.settlement.fee_minor)
        ):
            total[place] += minor
    sums = [said for currency, total in sorted(totals.items()) for said in _said(total, currency)]
    return Shown(rows, sums, _figures(gone))


def _said(total: Sequence[int], currency: str) -> list[str]:
    words = (
        _("%(amount)s go back to customers."),
        _("%(amount)s go back to gift credit."),
        _("%(amount)s are kept as fees."),
    )
    return [said % {"amount": speech.money(minor, currency)} for said, minor in zip(words, total, strict=True) if minor]


def _back(each: RainedOff) -> str:
    currency, settled = each.booking.currency, each.settlement
    said = []
    if settled.refund_minor:
        said.append(_("%(amount)s back") % {"amount": speech.money(settled.refund_minor, currency)})
    if settled.credit_back_minor:
        said.append(_("%(amount)s to gift credit") % {"amount": speech.money(settled.credit_back_minor, currency)})
    if each.minutes_back:
        said.append(_("%(time)s of prepaid time back") % {"time": speech.hours(each.minutes_back)})
    if settled.fee_minor:
        said.append(_("%(amount)s kept") % {"amount": speech.money(settled.fee_minor, currency)})
    return " · ".join(said) or _("nothing to give back")
