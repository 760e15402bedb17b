"""Choosing a slot and taking it."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all
from accounts.models import User
from bookings import availability, lifecycle
from bookings.access import link_token
from bookings.facts import Reason, Window, Wish
from bookings.forms import SlotForm
from bookings.models import Booking
from bookings.requests import HoldRequest
from bookings.views.browser import adopt, holder_of, new_holder
from bookings.views.catalogue import private
from bookings.views.choice import Choice, lengths
from bookings.views.frame import framed
from bookings.views.held import held_by
from bookings.views.links import is_embedded, path_of, remember
from bookings.views.owing import can_be_booked
from bookings.views.search import searched
from bookings.views.tags import Tag, Tags, required
from bookings.views.timetable import Timetable, timetable
from bookings.views.wanted import SERVICE, Wanted, clock_text
from kernel.errors import Refused
from kernel.periods import Period
from rest import decoy, limits
from rest.csrf import own_origin_suffices
from rest.origins import origin_of
from tenants.zones import zone
from venues.access import public_place, public_products, public_resource, public_resources, public_space
from venues.models import Resource

CONFLICT, NONSENSE = 409, 400
REASONS = frozenset(Reason)
MAY_COME_FREE = frozenset({Reason.BOOKED, Reason.HELD, Reason.BUFFER, Reason.CAPACITY})
"""Why it cannot be had now, and perhaps later: for these there is a waiting list."""


@open_to_all("what is free is public")
@require_safe
@private
def resource(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """A resource with its calendar; HTMX gets the choosing part alone."""
    found = public_place(venue, resource)
    table = timetable(found, Choice.read(request.GET, found), held_by(request), request.user.pk)
    in_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = _page(request, table, template="bookings/choosing.html" if in_part else "bookings/resource.html")
    patch_vary_headers(response, ["HX-Request"])
    return response


@own_origin_suffices
@open_to_all("guests may book")
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, venue: str, resource: str) -> HttpResponse:
    """Take a slot for a quarter of an hour and ask for details; where it is gone, show what is near.

    The slot that this visitor holds already leads to that hold (R12); other holds of theirs are let go. Looked at, it
    is the page of the resource: a refusal has this address, and links to other days on it.
    """
    if request.method != "POST":
        return redirect(f"{reverse('resource', args=[venue, resource])}?{request.GET.urlencode()}".rstrip("?"))
    decoy.check(request)
    form = SlotForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=NONSENSE)
    service = form.cleaned_data["service"]
    found = public_space(venue, resource) if service else public_resource(venue, resource)
    if not service and not can_be_booked(found):
        return render(request, "400.html", status=NONSENSE)
    period = Period(form.cleaned_data["start"], form.cleaned_data["start"] + _minutes(form))
    people = form.cleaned_data["people"]
    holder = adopt(request, form.cleaned_data["holder"])
    own = held_by(request)
    for held in own.holds:
        # That of a guest who has signed in since is made anew in their name by the page of details.
        if _slot_of(held) == (found.pk, service, period.start, period.end, people):
            return _to_details(request, held.pk)
    limits.admit_visitor(request, limits.HOLD)
    user = request.user if isinstance(request.user, User) else None
    wanted = HoldRequest(
        period=period,
        resource_id=found.pk,
        product_id=service,
        participants=people,
        answers=None,
        customer=user,
        holder=holder,
        origin="" if user else origin_of(request),
        replaces=own.passing,
    )
    try:
        return _to_details(request, lifecycle.hold(wanted).pk)
    except Refused as refusal:
        if refusal.code == "held_by_you":
            return _to_details(request, UUID(str(refusal.extra["booking"])))
        if refusal.code not in REASONS:
            raise
        wish = Wish(period, people)
        if service:
            return searched(request, _search_for(found, service, wish), refusal=refusal)
        return _refused(request, found, wish, refusal)


def _slot_of(held: Booking) -> tuple[object, ...]:
    return (held.resource_id, held.product_id, held.start, held.end, held.participants)


def _search_for(resource: Resource, service_id: int, wish: Wish) -> Wanted:
    """What else there is of a service, on the day on which it could not be had."""
    local = wish.period.start.astimezone(zone(resource.venue.time_zone))
    slug = public_products().filter(pk=service_id).values_list("slug", flat=True).first()
    return Wanted(day=local.date(), kind=f"{SERVICE}{slug or ''}", people=wish.participants, earliest=local.time())


def _minutes(form: SlotForm) -> timedelta:
    return timedelta(minutes=form.cleaned_data["minutes"])


def _to_details(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    if is_embedded(request):
        return redirect(path_of("booking-details", booking_id, link_token(Booking(pk=booking_id))))
    remember(request, booking_id)
    return redirect(path_of("booking-details", booking_id))


def _page(
    request: HttpRequest, table: Timetable, template: str = "bookings/resource.html", **more: object
) -> HttpResponse:
    context = {
        **(framed(request, table) if template == "bookings/resource.html" else {}),
        **table.context(),
        "lengths": lengths(table.resource),
        "can_be_booked": can_be_booked(table.resource),
        "holder": holder_of(request) or new_holder(),
        "in_part": template == "bookings/choosing.html",
        **more,
    }
    return render(request, template, context)


def _refused(request: HttpRequest, resource: Resource, wish: Wish, refusal: Refused) -> HttpResponse:
    query = {
        "minutes": str(wish.period.minutes),
        "people": str(wish.participants),
        "day": wish.period.start.astimezone(zone(resource.venue.time_zone)).date().isoformat(),
    }
    table = timetable(resource, Choice.read(query, resource), held_by(request), request.user.pk)
    close = table.around(wish.period.start)
    response = _page(
        request,
        table,
        refusal=refusal,
        nearest=close.nearest(wish.period.start),
        other_days=close.other_days(wish.period.start),
        wanted_from=clock_text(wish.period.start.astimezone(table.zone).time()),
        may_come_free=refusal.code in MAY_COME_FREE,
        elsewhere=_elsewhere(table, wish, request.user.pk),
        wanted=wish,
    )
    response.status_code = CONFLICT
    return response


def _elsewhere(table: Timetable, wish: Wish, customer_id: int | None) -> list[tuple[Resource, Tag]]:
    """Others of the same kind at the same venue, free for the very same wish, with the price: four queries.

    Of those that are paid by card alone, if this one is: then cards are taken.
    """
    own = table.resource
    siblings = public_resources().filter(venue=own.venue_id, kind=own.kind).exclude(pk=own.pk)
    alike = Q(pays_on_site=True) | Q(pays_on_site=own.pays_on_site)
    ids = list(siblings.filter(alike).values_list("pk", flat=True))
    facts = availability.read(ids, Window.around(wish.period, {table.zone}), table.facts.now)
    free = [facts[pk] for pk in ids if pk in facts and facts[pk].reason(wish) is None]
    products = required([each.resource for each in free], customer_id)
    return [(each.resource, Tags(each, products=products).of(wish)) for each in free]
