"""Choosing a slot and taking it."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import open_to_all
from accounts.models import User
from bookings import availability, lifecycle
from bookings.access import holds_of, link_token
from bookings.facts import Reason, Window, Wish
from bookings.forms import SlotForm
from bookings.models import Booking
from bookings.prices import price_of_time
from bookings.requests import HoldRequest
from bookings.views.browser import adopt, holder_of, new_holder
from bookings.views.catalogue import described
from bookings.views.choice import Choice, lengths
from bookings.views.links import is_embedded, path_of, remember
from bookings.views.owing import can_be_booked
from bookings.views.timetable import Timetable, timetable
from kernel.errors import Refused
from kernel.periods import Period
from rest import decoy, limits
from rest.origins import origin_of
from tenants import speech
from tenants.zones import zone
from venues.access import public_resource, public_resources
from venues.models import Resource
from venues.pricing import Use

CONFLICT, NONSENSE = 409, 400
REASONS = frozenset(Reason)


@open_to_all("what is free is public")
@require_safe
def resource(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """A resource with its calendar; HTMX gets the choosing part alone."""
    found = public_resource(venue, resource)
    table = timetable(found, Choice.read(request.GET, found), _own_holds(request), request.user.pk)
    in_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = _page(request, table, template="bookings/choosing.html" if in_part else "bookings/resource.html")
    patch_vary_headers(response, ["HX-Request"])
    return response


@open_to_all("guests may book")
@require_POST
def hold(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """Take a slot for a quarter of an hour and ask for details; where it is gone, show what is near.

    The slot that this visitor holds already leads to that hold (R12); other holds of theirs are let go.
    """
    decoy.check(request)
    found = public_resource(venue, resource)
    form = SlotForm(request.POST)
    if not form.is_valid() or not can_be_booked(found):
        return render(request, "400.html", status=NONSENSE)
    period = Period(form.cleaned_data["start"], form.cleaned_data["start"] + _minutes(form))
    people = form.cleaned_data["people"]
    holder = adopt(request, form.cleaned_data["holder"])
    own = list(_own_holds(request))
    for held in own:
        if (held.resource_id, held.start, held.end, held.participants) == (found.pk, period.start, period.end, people):
            return _to_details(request, held.pk)
    limits.admit_visitor(request, limits.HOLD)
    user = request.user if isinstance(request.user, User) else None
    wanted = HoldRequest(
        period=period,
        resource_id=found.pk,
        participants=people,
        answers=None,
        customer=user,
        holder=holder,
        origin="" if user else origin_of(request),
        replaces=frozenset(held.pk for held in own),
    )
    try:
        return _to_details(request, lifecycle.hold(wanted).pk)
    except Refused as refusal:
        if refusal.code == "held_by_you":
            return _to_details(request, UUID(str(refusal.extra["booking"])))
        if refusal.code not in REASONS:
            raise
        return _refused(request, found, Wish(period, people), refusal)


def _minutes(form: SlotForm) -> timedelta:
    return timedelta(minutes=form.cleaned_data["minutes"])


def _own_holds(request: HttpRequest) -> list[Booking]:
    return list(holds_of(request.user, holder_of(request)))


def _to_details(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    if is_embedded(request):
        return redirect(path_of("booking-details", booking_id, link_token(Booking(pk=booking_id))))
    remember(request, booking_id)
    return redirect(path_of("booking-details", booking_id))


def _page(
    request: HttpRequest, table: Timetable, template: str = "bookings/resource.html", **more: object
) -> HttpResponse:
    described([table.resource])
    context = {
        **table.context(),
        "lengths": lengths(table.resource),
        "can_be_booked": can_be_booked(table.resource),
        "holder": holder_of(request) or new_holder(),
        **more,
    }
    return render(request, template, context)


def _refused(request: HttpRequest, resource: Resource, wish: Wish, refusal: Refused) -> HttpResponse:
    query = {
        "minutes": str(wish.period.minutes),
        "people": str(wish.participants),
        "day": wish.period.start.astimezone(zone(resource.venue.time_zone)).date().isoformat(),
    }
    table = timetable(resource, Choice.read(query, resource), _own_holds(request), request.user.pk)
    response = _page(
        request,
        table,
        refusal=refusal,
        nearest=table.nearest(wish.period.start),
        elsewhere=_elsewhere(table, wish),
        wanted=wish,
    )
    response.status_code = CONFLICT
    return response


def _elsewhere(table: Timetable, wish: Wish) -> list[tuple[Resource, str]]:
    """Others of the same kind at the same venue, free for the very same wish, with the price: four queries.

    Of those that are paid by card alone, if this one is: then cards are taken.
    """
    own = table.resource
    siblings = public_resources().filter(venue=own.venue_id, kind=own.kind).exclude(pk=own.pk)
    alike = Q(pays_on_site=True) | Q(pays_on_site=own.pays_on_site)
    ids = list(siblings.filter(alike).values_list("pk", flat=True))
    facts = availability.read(ids, Window.around(wish.period, {table.zone}), table.facts.now)
    free = [facts[pk].resource for pk in ids if pk in facts and facts[pk].reason(wish) is None]
    return [(resource, _price(resource, wish, table)) for resource in free]


def _price(resource: Resource, wish: Wish, table: Timetable) -> str:
    total = price_of_time(resource, Use(wish.period, wish.participants, table.zone), table.facts.standings)
    return speech.money(total, resource.venue.currency)
