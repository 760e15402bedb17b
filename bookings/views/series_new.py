"""Booking a series: when and how often, every date with its price or what is in the way, then all of it at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import signed_in
from accounts.forms import DressedForm, dressed
from accounts.models import User
from bookings import series
from bookings.forms import WAYS
from bookings.models import Booking
from bookings.occurrences import Occurrence, SeriesRequest
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from bookings.series import Made, Mode
from bookings.states import PaymentWay, State
from bookings.views import series_instead
from bookings.views.consent import number
from bookings.views.options import given, question_fields
from bookings.views.owing import can_be_booked, takes_cards
from bookings.views.series_forms import PatternForm, day_of
from bookings.views.series_words import figures_of, lines, total_of
from kernel.errors import Away, Busy, Conflict, Refused, TooMany
from kernel.periods import Period
from rest.errors import status_of
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import speech
from tenants.zones import zone
from venues.access import public_resource
from venues.models import Resource

CONFLICT = 409
WEEK = 7


class WishForm(DressedForm):
    """What goes with every date: the venue's questions, wishes, and how it is paid."""

    notes = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, resource: Resource, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notes"].label = _("Wishes (optional)")
        self.fields.update(question_fields(Booking(resource=resource)))
        ways = [PaymentWay.ON_SITE] if resource.pays_on_site else []
        if resource.pays_online and takes_cards(resource.venue):
            ways = [PaymentWay.ONLINE, *ways]
        if len(ways) > 1 and not resource.needs_approval:
            self.fields["way"] = forms.ChoiceField(
                label=_("How do you want to pay?"), choices=[(way, WAYS[way]) for way in ways], initial=ways[-1]
            )
        self.only_way = ways[0] if len(ways) == 1 else None
        dressed(self)

    @property
    def way(self) -> PaymentWay | None:
        """Of a valid form."""
        chosen = self.cleaned_data.get("way")
        return PaymentWay(chosen) if chosen else self.only_way


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def series_new(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """The form; with a first day in the address, every date previewed; a POST books what was previewed."""
    found = public_resource(venue, resource)
    if request.method == "POST":
        return _book(request, found)
    if "first" not in request.GET:
        return _page(request, found, PatternForm(found, initial=_meant(request, found)))
    form = PatternForm(found, request.GET)
    if not form.is_valid():
        return _page(request, found, form)
    return _previewed(request, found, form, WishForm(found))


def _meant(request: HttpRequest, resource: Resource) -> dict[str, object]:
    """What the page that led here knew."""
    in_zone = zone(resource.venue.time_zone)
    try:
        start = datetime.fromisoformat(request.GET.get("start", "").replace(" ", "+")).astimezone(in_zone)
    except (ValueError, OverflowError):
        start = None
    tomorrow = (database_now() + timedelta(days=1)).astimezone(in_zone).date()
    day = day_of(request.GET.get("day", ""))
    return {
        "first": start.date() if start else day or tomorrow,
        "time": f"{start:%H:%M}" if start else None,
        "minutes": number(request.GET.get("minutes", "")) or resource.min_minutes,
        "people": min(number(request.GET.get("people", "")) or 1, resource.capacity),
    }


def _asked(request: HttpRequest, resource: Resource, form: PatternForm, wish: WishForm | None) -> SeriesRequest:
    user, cleaned = request.user, form.cleaned_data
    assert isinstance(user, User)
    begin = datetime.combine(cleaned["first"], cleaned["time"], UTC)
    typed = wish.cleaned_data if wish else {}
    wanted = HoldRequest(
        period=Period(begin, begin + timedelta(minutes=cleaned["minutes"])),
        resource_id=resource.pk,
        participants=cleaned["people"],
        notes=typed.get("notes", ""),
        answers=given(typed) if wish else None,
        customer=user,
        contact=Contact(user.name, user.email, user.phone, speech.asked_for(request)),
    )
    return SeriesRequest(wanted, form.pattern, cleaned["minutes"], wish.way if wish else None)


def _previewed(
    request: HttpRequest, resource: Resource, form: PatternForm, wish: WishForm, refusal: Refused | None = None
) -> HttpResponse:
    try:
        found = series.preview(_asked(request, resource, form, None))
    except Refused as no:
        if isinstance(no, Away | Busy | TooMany):
            raise
        return _page(request, resource, form, refusal=refusal or no)
    return _page(request, resource, form, found, wish, refusal)


def _book(request: HttpRequest, resource: Resource) -> HttpResponse:
    form, wish = PatternForm(resource, request.POST), WishForm(resource, request.POST)
    if not form.is_valid():
        return _page(request, resource, form)
    if not wish.is_valid():
        return _previewed(request, resource, form, wish)
    asked, shown = _asked(request, resource, form, wish), request.POST.get("shown", "")
    since = _moment(request.POST.get("since", ""))

    def act() -> Made:
        made = series.create(asked, Mode.SKIP)
        # Made under the lock of its customer, it sees what another click has made; where there is room for both.
        if series.alike(asked, since) != made.series:
            raise Conflict("booked_already", _("Dates or prices have changed since you looked. Nothing was booked."))
        if figures_of(made.occurrences) != shown:
            raise Conflict("price_changed", _("Dates or prices have changed since you looked. Nothing was booked."))
        return made

    try:
        made = transact(act)
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        if twin := series.alike(asked, since):
            return redirect("series", twin.pk)
        return _previewed(request, resource, form, wish, refusal)
    actor = Actor.of(asked.wish.customer)
    wanted = series_instead.chosen(request.POST.getlist("take"), resource)
    taken = [series_instead.take(made.series, each, actor) for each in wanted]
    _say(request, made, taken)
    return redirect("series", made.series.pk)


def _moment(text: str) -> datetime:
    """When a page was shown that is sent now; this moment for nonsense."""
    now = database_now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return now
    return min(found, now) if found.tzinfo else now


def _say(request: HttpRequest, made: Made, taken: list[bool]) -> None:
    """What became of it; dates that are paid online are only kept so far."""
    booked, failed = len(made.bookings) + sum(taken), taken.count(False)
    if any(booking.state == State.HELD for booking in made.bookings):
        said = ngettext("%(count)d date is kept for you.", "%(count)d dates are kept for you.", booked)
    else:
        said = ngettext("%(count)d date is yours.", "%(count)d dates are yours.", booked)
    messages.success(request, said % {"count": booked})
    if failed:
        messages.warning(request, series_instead.gone(failed))


def _page(
    request: HttpRequest,
    resource: Resource,
    form: PatternForm,
    found: list[Occurrence] | None = None,
    wish: WishForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    shown = lines(found or [])
    context = {
        "resource": resource,
        "venue": resource.venue,
        "form": form,
        "wish": wish,
        "lines": shown,
        "total": total_of(found or []),
        "figures": figures_of(found or []),
        "free": sum(not line.why_not for line in shown),
        "taken": sum(bool(line.why_not) for line in shown),
        "refusal": refusal,
        "can_be_booked": can_be_booked(resource),
        "is_online": resource.pays_online and not resource.pays_on_site and not resource.needs_approval,
        "since": database_now().isoformat() if found else "",
    }
    has_errors = bool(form.errors or (wish and wish.errors))
    status = 400 if has_errors else 200
    if refusal:
        status = CONFLICT if refusal.code in {"series_conflicts", "price_changed"} else status_of(refusal)
    return render(request, "bookings/series_new.html", context, status=status)
