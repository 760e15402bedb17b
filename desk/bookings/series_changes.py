"""Cancelling or moving dates of a series for the venue; each is shown first, then confirmed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from accounts.models import User
from bookings import scopes, shifts
from bookings.access import check_desk, series_for_staff
from bookings.models import Series
from bookings.records import Actor
from bookings.series import Mode
from bookings.shifts import Shift, Shifted
from bookings.states import CancelReason
from bookings.views import series_acts
from bookings.views.consent import number
from bookings.views.series_acts import as_shown, reach_of, status_for
from bookings.views.series_forms import time_of
from bookings.views.series_shown import cancel_context, given_figures, move_context, shift_figures
from desk.bookings.batch_forms import CancelForm
from desk.callers import staff
from kernel.errors import NotFound, Refused
from rest.fields import BIGINT_MAX
from venues.access import venues_run_by
from venues.models import Resource


def _series(user: User, series_id: int) -> Series:
    check_desk(user)
    found = series_for_staff(user).select_related("resource__venue").filter(pk=series_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such series."))
    return found


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, series_id: int) -> HttpResponse:
    """One date, that and those that follow, or all: what goes back of each first, then it is done."""
    user = staff(request)
    found, actor = _series(user, series_id), Actor.of(user)
    sent = request.POST if request.method == "POST" else request.GET
    reach, refusal = reach_of(sent), None
    form = CancelForm({"reason": sent.get("reason", CancelReason.OTHER), "notes": sent.get("notes", "")})
    why = form.why if form.is_valid() else None
    given: list[scopes.Given] = []
    if request.method == "POST" and why:
        wanted = why
        try:
            done = as_shown(lambda: scopes.cancel(found, reach, actor, wanted), given_figures, sent.get("shown", ""))
        except Refused as no:
            refusal = series_acts.or_raise(no)
        else:
            count = sum(one.settlement is not None for one in done)
            said = ngettext("%(count)d date is cancelled.", "%(count)d dates are cancelled.", count)
            messages.success(request, said % {"count": count})
            return redirect("desk-series-one", found.pk)
    if why:
        try:
            given = scopes.preview_cancel(found, reach, actor, why)
        except Refused as no:
            refusal = refusal or series_acts.or_raise(no)
    context = {**cancel_context(found, reach, given, refusal), "form": form}
    return render(request, "desk/bookings/series_cancel.html", context, status=status_for(refusal))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, series_id: int) -> HttpResponse:
    """Another time of the day or another place for one date, those that follow, or all."""
    user = staff(request)
    found, actor = _series(user, series_id), Actor.of(user)
    sent = request.POST if request.method == "POST" else request.GET
    places = list(
        Resource.objects.filter(venue__in=venues_run_by(user), venue=found.resource.venue, is_active=True).order_by(
            "position", "name"
        )
    )
    place = number(sent.get("resource", ""), most=BIGINT_MAX)
    shift = Shift(time_of(sent.get("time", "")), place if place in {one.pk for one in places} else None)
    reach, refusal, done = reach_of(sent), None, list[Shifted]()
    if request.method == "POST":
        mode = Mode.SKIP if sent.get("mode") == Mode.SKIP else Mode.ATOMIC
        try:
            act = as_shown(lambda: shifts.move(found, reach, shift, mode, actor), shift_figures, sent.get("shown", ""))
        except Refused as no:
            refusal = series_acts.or_raise(no)
        else:
            moved = sum(one.preview is not None for one in act)
            said = ngettext("%(count)d date is moved.", "%(count)d dates are moved.", moved)
            messages.success(request, said % {"count": moved})
            return redirect("desk-series-one", found.pk)
    if shift != Shift():
        try:
            done = shifts.preview(found, reach, shift, actor)
        except Refused as no:
            refusal = refusal or series_acts.or_raise(no)
    context = {**move_context(found, done), "reach": reach, "shift": shift, "places": places}
    return render(
        request, "desk/bookings/series_move.html", {**context, "refusal": refusal}, status=status_for(refusal)
    )
