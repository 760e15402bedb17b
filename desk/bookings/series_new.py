"""A series for somebody: how often, every date with its price or what is in the way, then all of it at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import User
from bookings import lifecycle, onbehalf, series
from bookings.access import customers_seen_by
from bookings.models import Series
from bookings.occurrences import Occurrence, SeriesRequest
from bookings.records import Actor
from bookings.requests import HoldRequest
from bookings.series import Mode
from bookings.views import series_instead
from bookings.views.series_forms import PatternForm, day_of, time_of
from bookings.views.series_words import figures_of, lines, total_of
from desk.callers import staff
from desk.contacts import ContactForm
from kernel.errors import Away, Busy, Conflict, Forbidden, Refused
from kernel.periods import Period
from rest.errors import status_of
from rest.fields import whole
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.zones import zone
from venues.access import venues_run_by
from venues.models import Resource

LONGEST_NUMBER = 40


class SeriesForm(ContactForm, PatternForm):
    """When, how often, and for whom."""

    def __init__(self, place: Resource, customer: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(place, *args, **kwargs)
        self.place, self.known = place, customer

    def clean(self) -> dict[str, Any]:
        """A series is somebody's."""
        cleaned = super().clean()
        if not self.known and "name" in cleaned and not cleaned["name"].strip():
            self.add_error("name", _("Say for whom it is."))
        return cleaned

    def asked(self) -> SeriesRequest:
        """Of a valid form."""
        given, known = self.cleaned_data, self.known
        begin = datetime.combine(given["first"], given["time"], UTC)
        wish = HoldRequest(
            period=Period(begin, begin + timedelta(minutes=given["minutes"])),
            resource_id=self.place.pk,
            participants=given["people"],
            notes=given["notes"],
            answers=None,
            customer=known,
            contact=self.contact(known),
        )
        return SeriesRequest(wish, self.pattern, given["minutes"])


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A POST of the form shows every date, and with `do` books those that can be had. What was typed stays."""
    user = staff(request)
    rows = Resource.objects.filter(venue__in=venues_run_by(user), stock_of=None, is_active=True)
    places = list(rows.select_related("venue").order_by("venue__position", "venue__name", "position", "name", "pk"))
    if not places:
        raise Forbidden("permission_denied", _("You may look at bookings, and not make them."))
    sent = request.POST if request.method == "POST" else request.GET
    place = next((each for each in places if str(each.pk) == sent.get("resource")), places[0])
    customer = _customer(user, sent.get("customer", ""))
    if "every" not in request.POST:
        return _page(request, places, SeriesForm(place, customer, initial=_meant(sent, place)))
    form = SeriesForm(place, customer, request.POST)
    if not form.is_valid():
        return _page(request, places, form, status=HTTPStatus.BAD_REQUEST)
    if "do" in request.POST:
        return _booked(request, places, form)
    return _previewed(request, places, form)


def _customer(user: User, chosen: str) -> User | None:
    known = whole(chosen)
    return customers_seen_by(user).filter(pk=known).first() if known else None


def _meant(sent: QueryDict, place: Resource) -> dict[str, object]:
    """What the page that led here knew."""
    tomorrow = (database_now() + timedelta(days=1)).astimezone(zone(place.venue.time_zone)).date()
    return {
        **{name: sent.get(name, "") for name in ("name", "email", "phone", "notes")},
        "first": day_of(sent.get("day", "")) or tomorrow,
        "time": time_of(sent.get("time", "")),
        "minutes": sent.get("minutes") or place.min_minutes,
        "people": whole(sent.get("people", "")) or 1,
    }


def _previewed(
    request: HttpRequest, places: list[Resource], form: SeriesForm, refusal: Refused | None = None
) -> HttpResponse:
    try:
        found = series.preview(form.asked(), Actor.of(staff(request)))
    except Refused as no:
        if isinstance(no, Away | Busy):
            raise
        return _page(request, places, form, refusal=refusal or no)
    return _page(request, places, form, found, refusal)


def _booked(request: HttpRequest, places: list[Resource], form: SeriesForm) -> HttpResponse:
    number = request.POST.get("form", "")[:LONGEST_NUMBER]
    asked, shown = form.asked(), request.POST.get("shown", "")
    asked = replace(asked, wish=replace(asked.wish, holder=onbehalf.holder_of(number)))

    def act() -> tuple[int | None, int]:
        known = onbehalf.booked_with(number)
        if known:
            return known.series_id, 0
        made = series.create(asked, Mode.SKIP, Actor.of(staff(request)))
        if figures_of(made.occurrences) != shown:
            raise Conflict("price_changed", _("Dates or prices have changed since you looked. Nothing was booked."))
        return made.series.pk, len(made.bookings)

    try:
        made, count = transact(act)
    except Refused as refusal:
        if isinstance(refusal, Away | Busy):
            raise
        return _previewed(request, places, form, refusal)
    if made and count:
        _say(request, count, _taken(request, form, made))
    return redirect("desk-series-one", made)


def _taken(request: HttpRequest, form: SeriesForm, series_id: int) -> list[bool]:
    """What was chosen in place of dates that were left out: whether each could still be had."""
    actor, found = Actor.of(staff(request)), Series.objects.select_related("resource").get(pk=series_id)
    left_out = {wall[:10] for wall in found.dates.exclude(skipped="").values_list("wall", flat=True)}
    return [
        series_instead.take(found, wanted, actor, lifecycle.by_staff(actor))
        for wanted in series_instead.chosen(request.POST.getlist("take"), form.place)
        if wanted.day.isoformat() in left_out
    ]


def _say(request: HttpRequest, count: int, taken: list[bool]) -> None:
    booked, failed = count + sum(taken), taken.count(False)
    said = ngettext("%(count)d date is booked.", "%(count)d dates are booked.", booked)
    messages.success(request, said % {"count": booked})
    if failed:
        messages.warning(request, series_instead.gone(failed))


def _page(
    request: HttpRequest,
    places: list[Resource],
    form: SeriesForm,
    found: list[Occurrence] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = lines(found or [])
    context = {
        "places": places,
        "several": len({each.venue_id for each in places}) > 1,
        "form": form,
        "lines": shown,
        "chosen": request.POST.getlist("take"),
        "instead": any(line.instead for line in shown),
        "total": total_of(found or []),
        "figures": figures_of(found or []),
        "free": sum(not line.why_not for line in shown),
        "taken": sum(bool(line.why_not) for line in shown),
        "refusal": refusal,
        "number": request.POST.get("form", "")[:LONGEST_NUMBER] or uuid4().hex,
    }
    return render(request, "desk/bookings/series_new.html", context, status=status_of(refusal) if refusal else status)
