"""All venues with what can be booked there, its state, and its order."""

from collections import defaultdict

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import Role
from desk.callers import staff
from desk.places.doors import venue_of
from kernel.errors import Invalid
from rest.fields import whole
from schemas.transactions import transact
from venues.access import check_manager, check_owner, venues_managed_by
from venues.models import OpeningHours, Product, Rate, Resource, Venue

A_PAGE_FULL = 100
MOST_ORDERED = 1000


@staff_only
@require_safe
def venues(request: HttpRequest) -> HttpResponse:
    """What the caller looks after: venues with their resources, a page full at a time."""
    check_manager(request.user)
    managed = venues_managed_by(request.user)
    rows = _with_state(Resource.objects.filter(venue__in=managed, stock_of=None))
    page = Paginator(rows, A_PAGE_FULL).get_page(request.GET.get("page"))
    by_venue: dict[int, list[Resource]] = defaultdict(list)
    for resource in page:
        by_venue[resource.venue_id].append(resource)
    has_hours = Exists(OpeningHours.objects.filter(venue=OuterRef("pk")))
    known = list(managed.annotate(has_hours=has_hours).order_by("position", "name"))
    listed = [(venue, by_venue[venue.pk]) for venue in known if by_venue[venue.pk] or page.number == 1]
    context = {
        "listed": listed,
        "page": page,
        "owns": staff(request).role == Role.OWNER,
        "is_whole": page.paginator.num_pages == 1,
    }
    return render(request, "desk/places/venues.html", context)


def _with_state(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    own_price = Exists(Rate.objects.filter(resource=OuterRef("pk")))
    service = Product.objects.filter(kind=Product.Kind.BOOKING, is_active=True, resources=OuterRef("pk"))
    own_hours = Exists(OpeningHours.objects.filter(resource=OuterRef("pk")))
    shared = Exists(OpeningHours.objects.filter(venue=OuterRef("venue")))
    found = rows.select_related("venue", "parent").annotate(
        has_price=own_price | Exists(service), has_hours=own_hours | shared
    )
    return found.order_by("venue__position", "venue__name", "venue", "position", "name", "pk")


@staff_only
@require_POST
def order(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Put the resources of a venue in an order: one up or down, or all as they were dragged."""
    venue = venue_of(request, venue_id)
    wanted = [pk for text in request.POST.getlist("order")[:MOST_ORDERED] if (pk := whole(text)) is not None]
    step = {"up": -1, "down": 1}.get(request.POST.get("step", ""))
    moved = whole(request.POST.get("resource", ""))

    def act() -> None:
        rows = {
            row.pk: row
            for row in Resource.objects.filter(venue=venue, stock_of=None).order_by("position", "name", "pk")
        }
        _arrange(rows, _stepped(list(rows), moved, step) if step and moved is not None else wanted)

    transact(act)
    if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return redirect("desk-venues")


def _stepped(ids: list[int], moved: int, step: int) -> list[int]:
    if moved in ids:
        at = ids.index(moved)
        ids.insert(min(max(at + step, 0), len(ids) - 1), ids.pop(at))
    return ids


def _arrange(rows: dict[int, Resource] | dict[int, Venue], wanted: list[int]) -> None:
    """Positions in the order that is wanted; what is not named comes after, as it was."""
    if not set(wanted) <= rows.keys():
        raise Invalid("invalid", _("Something in this order is not there."))
    ids = [*dict.fromkeys(wanted), *(pk for pk in rows if pk not in wanted)]
    for number, pk in enumerate(ids):
        if rows[pk].position != number:
            type(rows[pk]).objects.filter(pk=pk).update(position=number)


@staff_only
@require_POST
def order_venues(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Put a venue one up or down; the owner."""
    check_owner(request.user)
    venue = venue_of(request, venue_id)
    step = {"up": -1, "down": 1}.get(request.POST.get("step", ""), 0)

    def act() -> None:
        rows = {row.pk: row for row in Venue.objects.order_by("position", "name", "pk")}
        _arrange(rows, _stepped(list(rows), venue.pk, step))

    transact(act)
    messages.success(request, _("The order is changed."))
    return redirect("desk-venues")
