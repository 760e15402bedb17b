"""Changing a series: cancelling or moving some of its dates, and adding one; each is shown first, then confirmed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import signed_in
from bookings import scopes, shifts
from bookings import series as making
from bookings.cancelling import Cancellation
from bookings.models import Series
from bookings.occurrences import Occurrence
from bookings.scopes import Given, Reach, Scope
from bookings.series import Adding, Mode
from bookings.shifts import Shift, Shifted
from bookings.views.consent import number
from bookings.views.series_forms import day_of, time_of
from bookings.views.series_pages import series_for
from bookings.views.series_shown import cancel_context, given_figures, move_context, shift_figures
from bookings.views.series_words import figures_of, lines
from kernel.errors import Away, Busy, Conflict, Refused, TooMany
from rest.errors import status_of
from schemas.transactions import transact
from tenants import speech
from venues.access import public_resources
from venues.models import Resource

CONFLICT = 409
MOST_PLACES = 30
T = TypeVar("T")


def reach_of(query: Mapping[str, str]) -> Reach:
    """Which dates an address means."""
    scope = query.get("scope", "")
    return Reach(Scope(scope) if scope in set(Scope) else Scope.ALL, day_of(query.get("from", "")))


def as_shown(act: Callable[[], T], figures: Callable[[T], str], shown: str) -> T:
    """Do it if it still does what was shown; else `Conflict` and nothing is done."""

    def checked() -> T:
        done = act()
        if figures(done) != shown:
            raise Conflict("price_changed", _("What this costs has changed since you looked. Please look at it again."))
        return done

    return transact(checked)


def or_raise(refusal: Refused) -> Refused:
    """A refusal that the page itself says."""
    if isinstance(refusal, Away | Busy | TooMany):
        raise refusal
    return refusal


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, series_id: int) -> HttpResponse:
    """One date, that and those that follow, or all: what comes back of each first, then it is done."""
    found, actor = series_for(request, series_id)
    reach = reach_of(request.POST if request.method == "POST" else request.GET)
    why, refusal = Cancellation(), None
    if request.method == "POST":
        shown = request.POST.get("shown", "")
        try:
            done = as_shown(lambda: scopes.cancel(found, reach, actor, why), given_figures, shown)
        except Refused as no:
            refusal = or_raise(no)
        else:
            _say_cancelled(request, found, done)
            return redirect("series", found.pk)
    try:
        given = scopes.preview_cancel(found, reach, actor, why)
    except Refused as no:
        given, refusal = [], refusal or or_raise(no)
    if request.method == "POST" and given and not given_figures(given):  # the first of two clicks has done it
        return redirect("series", found.pk)
    return render(
        request, "bookings/series_cancel.html", cancel_context(found, reach, given, refusal), status=status_for(refusal)
    )


def _say_cancelled(request: HttpRequest, found: Series, done: Sequence[Given]) -> None:
    settled = [one.settlement for one in done if one.settlement]
    said = ngettext("%(count)d date is cancelled.", "%(count)d dates are cancelled.", len(settled))
    told = said % {"count": len(settled)}
    refund = sum(one.refund_minor for one in settled)
    if refund:
        amount = {"amount": speech.money(refund, found.resource.venue.currency)}
        back = _("You get %(amount)s back the way you paid.") % amount
        told = f"{told} {back}"
    messages.success(request, told)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, series_id: int) -> HttpResponse:
    """Another time of the day or another place for one date, those that follow, or all."""
    found, actor = series_for(request, series_id)
    sent = request.POST if request.method == "POST" else request.GET
    reach, places = reach_of(sent), _places(found)
    place = number(sent.get("resource", ""), most=2**63 - 1)
    shift = Shift(time_of(sent.get("time", "")), place if place in {one.pk for one in places} else None)
    done: list[Shifted] = []
    refusal = None
    if request.method == "POST":
        mode = Mode.SKIP if request.POST.get("mode") == Mode.SKIP else Mode.ATOMIC
        try:
            act = as_shown(lambda: shifts.move(found, reach, shift, mode, actor), shift_figures, sent.get("shown", ""))
        except Refused as no:
            refusal = or_raise(no)
        else:
            moved = sum(one.preview is not None for one in act)
            said = ngettext("%(count)d date is moved.", "%(count)d dates are moved.", moved)
            messages.success(request, said % {"count": moved})
            return redirect("series", found.pk)
    if shift != Shift():
        try:
            done = shifts.preview(found, reach, shift, actor)
        except Refused as no:
            refusal = refusal or or_raise(no)
    context = {**move_context(found, done), "reach": reach, "shift": shift, "places": places, "refusal": refusal}
    return render(request, "bookings/series_move.html", context, status=status_for(refusal))


def _places(found: Series) -> list[Resource]:
    """Where else it could be: of its kind at its venue."""
    main = found.resource
    rows = public_resources().filter(kind=main.kind, venue=main.venue).order_by("position", "name", "pk")
    return list(rows[:MOST_PLACES])


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def dates(request: HttpRequest, series_id: int) -> HttpResponse:
    """Try a date again that was left out or given up, or add another one: its price first, then it is booked."""
    found, actor = series_for(request, series_id)
    sent = request.POST if request.method == "POST" else request.GET
    day, refusal = day_of(sent.get("day", "")), None
    place = number(sent.get("resource", ""), most=2**63 - 1)
    adding = Adding((day,) if day else (), place, time_of(sent.get("time", "")))
    if request.method == "POST" and day:
        try:
            as_shown(
                lambda: making.add_dates(found, adding, actor),
                lambda done: figures_of(done.occurrences),
                request.POST.get("shown", ""),
            )
        except Refused as no:
            if no.code == "date_booked":  # by the first of two clicks
                return redirect("series", found.pk)
            refusal = or_raise(no)
        else:
            messages.success(request, _("The date is booked."))
            return redirect("series", found.pk)
    occurrences: list[Occurrence] = []
    if day:
        try:
            occurrences = making.preview_dates(found, adding, actor)
        except Refused as no:
            refusal = refusal or or_raise(no)
    context = {
        "series": found,
        "resource": found.resource,
        "day": day,
        "adding": adding,
        "lines": lines(occurrences),
        "figures": figures_of(occurrences),
        "refusal": refusal,
        "instead": _instead(occurrences),
    }
    return render(request, "bookings/series_dates.html", context, status=status_for(refusal))


def _instead(found: Sequence[Occurrence]) -> dict[str, object]:
    """Another place or time for a date that cannot be had, as the address of this page has it."""
    one = next((one for one in found if one.alternative), None)
    if one is None or one.alternative is None:
        return {}
    plan = one.alternative
    start = plan.request.period.start.astimezone(plan.basket.zone)
    return {"day": _iso(one.wall.date()), "time": f"{start:%H:%M}", "resource": plan.basket.main.pk}


def _iso(day: date) -> str:
    return day.isoformat()


def status_for(refusal: Refused | None) -> int:
    """The HTTP status of a page that says a refusal, or none."""
    if refusal is None:
        return 200
    return CONFLICT if refusal.code == "series_conflicts" else status_of(refusal)
