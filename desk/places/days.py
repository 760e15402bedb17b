"""Days with other hours: exceptions on a date, and public holidays by region."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, time
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.forms import DressedForm
from bookings import premises
from bookings.forms import calendar_days
from bookings.premises import Span
from desk.inputs import day_input
from desk.places.doors import resource_of, venue_of
from desk.places.rows import CheckField, TimeField
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.zones import zone
from venues import publicdays
from venues.models import Resource, Venue

LONGEST_NOTE = 80
MOST_DAYS = 61
YEARS_AHEAD = 3
Place = Venue | Resource
Day = date


class OtherHoursForm(DressedForm):
    """Other hours on a date, or none."""

    date = forms.DateField(label=gettext_lazy("Date"), validators=calendar_days, widget=day_input())
    last = forms.DateField(
        label=gettext_lazy("until (optional)"),
        required=False,
        validators=calendar_days,
        widget=day_input(),
    )
    is_closed = CheckField(label=gettext_lazy("Closed all day"))
    opens = TimeField(label=gettext_lazy("Opens"))
    closes = TimeField(label=gettext_lazy("Closes"))
    opens_again = TimeField(label=gettext_lazy("Opens again (optional)"))
    closes_again = TimeField(label=gettext_lazy("Closes again"))
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=gettext_lazy("Customers read it: “Christmas Eve”"),
    )

    def clean(self) -> dict[str, Any]:
        """Times, or closed."""
        data = super().clean() or {}
        pairs = [(data.get("opens"), data.get("closes")), (data.get("opens_again"), data.get("closes_again"))]
        if any((first is None) != (last is None) for first, last in pairs):
            self.add_error("closes", _("Give both times, such as 08:00 and 22:00."))
        data["spans"] = [] if data.get("is_closed") else [pair for pair in pairs if None not in pair]
        if not data["spans"] and not data.get("is_closed"):
            self.add_error("opens", _("Say from when to when it is open, or that it is closed."))
        first, last = data.get("date"), data.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last", _("At most 61 days, and the last is not before the first."))
        return data

    def dates(self) -> list[Day]:
        """Of a valid form: every day of it."""
        first, last = self.cleaned_data["date"], self.cleaned_data["last"] or self.cleaned_data["date"]
        return [Day.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


class HolidaysForm(DressedForm):
    """Where and when; what becomes of the days that are ticked."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int)

    def __init__(self, *args: Any, this_year: int, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["country"].choices = publicdays.countries(language)  # type: ignore[attr-defined]
        self.fields["region"].choices = [("", _("All of it")), *publicdays.regions(country)]  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, str(year)) for year in range(this_year, this_year + YEARS_AHEAD)]  # type: ignore[attr-defined]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def venue_days(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Days of a venue with other hours."""
    return _days(request, venue_of(request, venue_id))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def resource_days(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Days of a resource with other hours."""
    return _days(request, resource_of(request, resource_id))


@staff_only
@require_POST
def drop_venue_day(request: HttpRequest, venue_id: int) -> HttpResponse:
    """A date is as every other again."""
    return _dropped(request, venue_of(request, venue_id))


@staff_only
@require_POST
def drop_resource_day(request: HttpRequest, resource_id: int) -> HttpResponse:
    """A date is as every other again."""
    return _dropped(request, resource_of(request, resource_id))


def put_dates(place: Place, spans: Iterable[Span]) -> None:
    """Have these hours on their dates, in place of what was there; other dates stay."""
    new = list(spans)
    dates = {span.date for span in new}
    premises.change_hours(
        place, lambda before: [*(span for span in before if span.date not in dates or span.date is None), *new]
    )


def _days(request: HttpRequest, place: Place) -> HttpResponse:
    form = OtherHoursForm(request.POST if request.method == "POST" else None, initial={"is_closed": True})
    if request.method == "POST" and form.is_valid():
        note, pairs = form.cleaned_data["note"], form.cleaned_data["spans"] or [(None, None)]
        spans = [Span(date=day, opens=first, closes=last, note=note) for day in form.dates() for first, last in pairs]
        try:
            put_dates(place, spans)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect(_address(place))
    context = {**_context(place), "form": form, "listed": _listed(place)}
    status = HTTPStatus.BAD_REQUEST if request.method == "POST" else 200
    return render(request, "desk/places/days.html", context, status=status)


def _listed(place: Place) -> list[tuple[date, list[Span]]]:
    today = _today(place)
    by_date: dict[date, list[Span]] = defaultdict(list)
    for span in premises.spans_of(place):
        if span.date is not None and span.date >= today:
            by_date[span.date].append(span)
    return sorted(by_date.items())


def _today(place: Place) -> date:
    venue = place if isinstance(place, Venue) else place.venue
    return database_now().astimezone(zone(venue.time_zone)).date()


def _dropped(request: HttpRequest, place: Place) -> HttpResponse:
    gone = request.POST.get("date", "")
    premises.change_hours(place, lambda before: [span for span in before if f"{span.date}" != gone])
    messages.success(request, _("That day is as every other again."))
    return redirect(_address(place))


def _address(place: Place) -> str:
    return reverse("desk-venue-days" if isinstance(place, Venue) else "desk-resource-days", args=[place.pk])


def _context(place: Place) -> dict[str, Any]:
    venue = place if isinstance(place, Venue) else place.venue
    return {"place": place, "venue": venue, "address": _address(place)}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Public holidays of a region: those that are ticked become days with other hours, none of them twice."""
    venue = venue_of(request, venue_id)
    asked = request.POST if request.method == "POST" else request.GET
    country, year = asked.get("country") or venue.country or "DE", asked.get("year") or f"{_today(venue).year}"
    region = asked.get("region", "")
    if region not in {code for code, _name in publicdays.regions(country)}:
        region = ""
    form = HolidaysForm(
        {"country": country, "region": region, "year": year}, this_year=_today(venue).year, country=country
    )
    found = publicdays.days(country, region, [int(year)], get_language() or "en") if form.is_valid() else []
    there = {span.date for span in premises.spans_of(venue) if span.date is not None}
    if request.method == "POST" and form.is_valid():
        made = _brought(request, venue, found, there)
        if made is not None:
            messages.success(request, made)
            return redirect(_address(venue))
    context = {
        **_context(venue),
        "form": form,
        "found": [(each, each.date in there, each.date < _today(venue)) for each in found],
        "query": {"country": country, "region": region, "year": year},
    }
    return render(
        request,
        "desk/places/holidays.html",
        context,
        status=HTTPStatus.BAD_REQUEST if request.method == "POST" else 200,
    )


def _brought(request: HttpRequest, venue: Venue, found: Sequence[publicdays.PublicDay], there: set[date]) -> str | None:
    ticked = set(request.POST.getlist("day"))
    times: tuple[time | None, time | None] = (None, None)
    if request.POST.get("becomes") == "open":
        try:
            times = (
                time.fromisoformat(request.POST.get("opens", "")),
                time.fromisoformat(request.POST.get("closes", "")),
            )
        except ValueError:
            messages.error(request, _("Give both times, such as 08:00 and 22:00."))
            return None
    new = [
        Span(date=each.date, opens=times[0], closes=times[1], note=each.name[:LONGEST_NOTE])
        for each in found
        if each.date.isoformat() in ticked and each.date not in there
    ]
    if not new:
        messages.error(request, _("Tick at least one day that is not there yet."))
        return None
    put_dates(venue, new)
    return _("%(count)d days have hours of their own now.") % {"count": len(new)}
