"""The day at the desk as one page: what needs an answer, who is here and who comes, and what is free."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings.forms import BlockOutForm
from bookings.models import Booking
from desk.today import free, lanes, needs
from desk.today.board import FILTERS, PARTS, Asked, Board, fingerprint
from desk.today.scope import Scope, scope_of
from rest.fields import whole
from schemas.clock import database_now
from venues.access import Anyone, closures_seen_by
from venues.models import Closure, Resource

SEEN = "X-Seen"
UNCHANGED = 204


@dataclass(frozen=True)
class Refusal:
    """A form that was sent and not taken, with the bookings that stand in its way."""

    form: BlockOutForm
    conflicts: list[Booking]
    status: int


@staff_only
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The day of a venue, or of all of them; whoever has seen it as it is gets nothing new."""
    return page(request, scope_of(request, database_now()))


def page(request: HttpRequest, scope: Scope | None, refusal: Refusal | None = None) -> HttpResponse:
    """It, with a form that was refused."""
    if scope is None:
        return render(request, "desk/nothing.html")
    board = Board(request.user, scope, _asked(request))
    waiting = needs.needs_of(request.user, scope.now)
    places = free.places_of(scope) if scope.is_today else None
    closures = list(_closures(request.user, scope))
    by_resource, find = request.GET.get("by") == "resource", request.GET.get("find", "")[: free.LONGEST_NAME]
    print_of = fingerprint(request.get_full_path(), waiting, places, closures, board.rows, scope.now.minute)
    if request.headers.get(SEEN) == print_of and refusal is None:
        return HttpResponse(status=UNCHANGED)
    context = {
        "scope": scope,
        "board": board,
        "needs": waiting,
        "places": places,
        "closures": closures,
        "lanes": lanes.lanes_of(board, places, find) if by_resource else [],
        "lanes_base": _lanes_base(scope, find),
        "only_resource": _resource(scope, board.asked.resource),
        "part_base": _part_base(scope, board.asked),
        "seen": print_of,
        "here": request.get_full_path() if request.method == "GET" else scope.address(scope.day),
        "form": refusal.form if refusal else _form(scope),
        "conflicts": refusal.conflicts if refusal else [],
    }
    return render(request, "desk/today/day.html", context, status=refusal.status if refusal else 200)


def _asked(request: HttpRequest) -> Asked:
    only, part, resource = (request.GET.get(name, "") for name in ("only", "part", "resource"))
    return Asked(
        only=only if only in FILTERS else "",
        resource=whole(resource),
        part=part if part in PARTS else "",
        page=request.GET.get("page", ""),
    )


def _part_base(scope: Scope, asked: Asked) -> str:
    """The address of a part of the day but for its name."""
    more = {"only": asked.only, "resource": asked.resource}
    return scope.address(
        None if scope.is_today else scope.day, **{name: value for name, value in more.items() if value}
    )


def _lanes_base(scope: Scope, find: str) -> str:
    """The query of a page of the lanes, but for its number."""
    address = scope.address(None if scope.is_today else scope.day, by="resource", **({"find": find} if find else {}))
    return f"{address.partition('?')[2]}&"


def _resource(scope: Scope, resource_id: int | None) -> Resource | None:
    if resource_id is None:
        return None
    return Resource.objects.filter(pk=resource_id, venue__in=scope.chosen).first()


def _closures(user: Anyone, scope: Scope) -> QuerySet[Closure]:
    """What is taken out of the day."""
    rows = closures_seen_by(user).filter(venue__in=scope.chosen, start__lt=scope.period.end, end__gt=scope.period.start)
    return rows.select_related("venue", "resource").order_by("start", "pk")


def _form(scope: Scope) -> BlockOutForm | None:
    """To block out time; at one venue, for those who run it."""
    if scope.venue is None or not scope.may_act:
        return None
    return BlockOutForm(scope.venue, initial={"first_day": scope.day, "last_day": scope.day})
