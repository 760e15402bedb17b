"""Closures: what is closed and will be, closing something, and settling the bookings that stand in the way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings import cancelling, clearing, closures
from bookings.cancelling import Cancellation
from bookings.clearing import MOST_BOOKINGS, Fate
from bookings.closures import ClosureRequest
from bookings.models import Booking, Clearing, Displacement
from bookings.records import Actor
from bookings.refuges import Refuge, is_other_day, refuges
from bookings.states import CancelReason
from desk.callers import staff
from desk.places.closure_forms import ClosureForm
from kernel.errors import NotFound, Refused
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import check_manager, closures_run_by, venues_managed_by
from venues.models import Venue

PER_PAGE = 50
Way = Displacement.Way
State = Displacement.State


@staff_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What is closed now and will be, or was; by venue where one is asked for."""
    check_manager(request.user)
    venues = list(venues_managed_by(request.user).order_by("position", "name"))
    venue = next((each for each in venues if each.slug == request.GET.get("venue")), None)
    is_past, now = request.GET.get("when") == "past", database_now()
    rows = closures_run_by(request.user).filter(venue__in=[venue] if venue else venues)
    rows = rows.filter(end__lte=now).order_by("-start") if is_past else rows.filter(end__gt=now).order_by("start", "pk")
    page = Paginator(rows.select_related("venue", "resource", "created_by"), PER_PAGE).get_page(request.GET.get("page"))
    open_rows = Clearing.objects.filter(venue__in=venues, displaced__state__in=[State.WAITING, State.REFUSED])
    context = {
        "venues": venues,
        "venue": venue,
        "is_past": is_past,
        "page": page,
        "query": "".join(
            f"{name}={value}&"
            for name, value in (("venue", venue and venue.slug), ("when", is_past and "past"))
            if value
        ),
        "unsettled": list(open_rows.distinct().select_related("venue")[:5]),
    }
    return render(request, "desk/places/closures.html", context)


@dataclass
class Standing:
    """A booking in the way: what cancelling gives back, where it can go, and what somebody chose."""

    booking: Booking
    refund_minor: int
    credit_minor: int
    figures: str
    options: list[Refuge] = field(default_factory=list)
    chosen: str = ""
    detail: str = ""

    @property
    def choices(self) -> list[tuple[str, Refuge, bool]]:
        """Places to go, each with the value that stands for it, and whether it is on another day."""
        return [
            (f"move:{to.resource.pk}:{to.period.start.isoformat()}", to, is_other_day(self.booking, to.period.start))
            for to in self.options
        ]

    @property
    def goes_to(self) -> Refuge | None:
        """Where it goes, if it was chosen to move."""
        return next((to for value, to, _is_other in self.choices if value == self.chosen), None)

    @property
    def goes_to_another_day(self) -> bool:
        """Whether it was chosen to move, and not within its day."""
        return any(is_other for value, _to, is_other in self.choices if value == self.chosen)

    @property
    def fate(self) -> Fate | None:
        """What was chosen; None where nothing was, or what cannot be had."""
        if self.chosen == Way.KEEP:
            return Fate(Way.KEEP)
        if self.chosen == Way.CANCEL and self.figures:
            return Fate(Way.CANCEL, shown=self.figures)
        refuge = self.goes_to
        return None if refuge is None else Fate(Way.MOVE, refuge.resource.pk, refuge.period.start)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Close something. Where bookings stand in the way, decide on each; see what it comes to; then do it."""
    check_manager(request.user)
    venues = list(venues_managed_by(request.user).order_by("position", "name"))
    asked = request.POST.get("venue") or request.GET.get("venue", "")
    if not venues:
        return render(request, "desk/nothing.html")
    venue = next((each for each in venues if each.slug == asked), venues[0])
    if request.method != "POST":
        today = database_now().astimezone(zone(venue.time_zone)).date()
        form = ClosureForm(venue, initial={"first_day": today, "last_day": today, **_initial(request)})
        return _form_page(request, venues, venue, form)
    form = ClosureForm(venue, request.POST)
    if not form.is_valid():
        return _form_page(request, venues, venue, form, HTTPStatus.BAD_REQUEST)
    requests = form.requests(staff(request))
    return _decided(request, form, requests, standing(request, requests))


def _initial(request: HttpRequest) -> dict[str, Any]:
    ids = [text for text in request.GET.getlist("resource") if text.isdecimal()]
    return {"resources": [int(text) for text in ids]} if ids else {}


def _form_page(
    request: HttpRequest, venues: list[Venue], venue: Venue, form: ClosureForm, status: int = 200
) -> HttpResponse:
    context = {"venues": venues, "venue": venue, "form": form}
    return render(request, "desk/places/closure_new.html", context, status=status)


def standing(request: HttpRequest, requests: Sequence[ClosureRequest]) -> list[Standing]:
    """The bookings in the way with all that one needs to decide, and what was chosen already."""
    found = clearing.in_the_way(requests)[: MOST_BOOKINGS + 1]
    places = refuges(found, requests)
    rows = told(found, staff(request), places)
    everything = request.POST.get("all", "")
    for row in rows:
        row.chosen = _chosen(request, row, everything)
    return rows


def told(found: Sequence[Booking], user: Any, places: Mapping[UUID, list[Refuge]]) -> list[Standing]:
    """Each booking with what cancelling it gives back."""
    actor, now = Actor.of(user), database_now()
    ids = [booking.pk for booking in found]
    whole = Booking.objects.filter(pk__in=ids).select_related("resource__venue", "policy", "customer")
    rows = []
    for booking in whole.prefetch_related("policy__steps").order_by("start", "pk"):
        try:
            done = cancelling.preview(booking, actor, Cancellation(CancelReason.OTHER), now)
            money = (done.refund_minor, done.credit_back_minor, done.figures)
        except Refused:
            money = (0, 0, "")
        rows.append(Standing(booking, *money, options=places.get(booking.pk, [])))
    return rows


def _chosen(request: HttpRequest, row: Standing, everything: str) -> str:
    if everything == Way.MOVE:
        return row.choices[0][0] if row.choices else Way.KEEP
    if everything in {Way.CANCEL, Way.KEEP}:
        return everything if everything == Way.KEEP or row.figures else Way.KEEP
    return request.POST.get(f"fate-{row.booking.pk}", "")


def _decided(
    request: HttpRequest, form: ClosureForm, requests: list[ClosureRequest], rows: list[Standing]
) -> HttpResponse:
    step = request.POST.get("step", "")
    if rows and (step == "" or len(rows) > MOST_BOOKINGS):
        return _settle_page(request, form, rows, HTTPStatus.CONFLICT)
    undecided = [row for row in rows if row.fate is None]
    if undecided:
        return _settle_page(request, form, rows, HTTPStatus.BAD_REQUEST, undecided)
    if rows and (step != "do" or request.POST.get("seen") != seen(rows)):
        return render(request, "desk/places/closure_sure.html", {"form": form, "rows": rows, **_sums(rows)})
    fates = {row.booking.pk: row.fate for row in rows if row.fate is not None}
    try:
        made = clearing.close(requests, fates, staff(request))
    except Refused as refusal:
        if refusal.code != "closure_conflicts":
            form.add_error(None, refusal.detail)
            return _form_page(request, [form.venue], form.venue, form, HTTPStatus.BAD_REQUEST)
        rows = standing(request, requests)
        messages.warning(request, _("Somebody booked meanwhile. Please decide on that, too; nothing has changed yet."))
        return _settle_page(request, form, rows, HTTPStatus.CONFLICT)
    if made is None:
        messages.success(request, _("The time is closed."))
        return redirect("desk-closures")
    clearing.work_now(made)
    return redirect("desk-clearing", made.pk)


def seen(rows: Sequence[Standing]) -> str:
    """What somebody says yes to: each booking with its fate and figures, as a few characters."""
    text = "|".join(f"{row.booking.pk}{row.chosen}{row.figures}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _settle_page(
    request: HttpRequest, form: ClosureForm, rows: list[Standing], status: int, undecided: Sequence[Standing] = ()
) -> HttpResponse:
    context = {
        "form": form,
        "rows": rows,
        "too_many": len(rows) > MOST_BOOKINGS,
        "undecided": {row.booking.pk for row in undecided},
        "is_back": request.POST.get("step") in {"back", "all"},
    }
    return render(request, "desk/places/closure_settle.html", context, status=status)


def _sums(rows: Sequence[Standing]) -> dict[str, Any]:
    cancelled = [row for row in rows if row.chosen == Way.CANCEL]
    money: dict[str, int] = {}
    for row in cancelled:
        money[row.booking.currency] = money.get(row.booking.currency, 0) + row.refund_minor + row.credit_minor
    return {
        "cancelled": len(cancelled),
        "moved": sum(row.goes_to is not None for row in rows),
        "other_day": sum(row.goes_to_another_day for row in rows),
        "kept": sum(row.chosen == Way.KEEP for row in rows),
        "money": [(minor, currency) for currency, minor in sorted(money.items())],
        "seen": seen(rows),
    }


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def settled(request: HttpRequest, clearing_id: int) -> HttpResponse:
    """How far settling is, and what was not possible: to be decided on again."""
    check_manager(request.user)
    found = Clearing.objects.filter(pk=clearing_id, venue__in=venues_managed_by(request.user))
    one = found.select_related("venue").first()
    if one is None:
        raise NotFound("not_found", _("There is no such closure."))
    rows = list(one.displaced.select_related("booking__resource__venue", "resource").order_by("booking__start", "pk"))
    if request.method == "POST":
        return _again(request, one, [row.booking for row in rows if row.state == State.REFUSED])
    waiting = sum(row.state == State.WAITING for row in rows)
    context: dict[str, Any] = {"one": one, "rows": rows, "waiting": waiting, "done": len(rows) - waiting}
    if request.headers.get("HX-Request"):
        answer = render(request, "desk/places/clearing_progress.html", context)
        if not waiting:
            answer["HX-Refresh"] = "true"
        return answer
    refused = {row.booking_id: row for row in rows if row.state == State.REFUSED}
    again = told([row.booking for row in refused.values()], request.user, {})
    for each in again:
        each.detail = refused[each.booking.pk].detail
    context["refused"] = again
    return render(request, "desk/places/clearing.html", context)


def _again(request: HttpRequest, one: Clearing, bookings: Sequence[Booking]) -> HttpResponse:
    fates: dict[UUID, Fate] = {}
    for row in told(bookings, request.user, {}):
        row.chosen = request.POST.get(f"fate-{row.booking.pk}", "")
        fate = row.fate
        if fate is not None and fate.way != Way.MOVE:
            fates[row.booking.pk] = fate
    clearing.decide_again(one, fates)
    clearing.work_now(one)
    return redirect("desk-clearing", one.pk)


@staff_only
@require_POST
def remove(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Open the time again."""
    check_manager(request.user)
    closure = closures_run_by(request.user).filter(pk=closure_id).first()
    if closure is None:
        raise NotFound("not_found", _("There is no such closure."))
    closures.reopen(closure)
    messages.success(request, _("The time is open again."))
    return redirect("desk-closures")
