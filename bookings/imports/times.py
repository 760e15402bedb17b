"""Rows that are closures."""

from django.utils.translation import gettext as _

from bookings import claims, closures
from bookings.availability import family
from bookings.closures import ClosureRequest
from bookings.imports.rows import Found, Run, There, Trade
from bookings.imports.values import Cells, period, wrong, zone_of
from kernel.errors import Refused
from venues.models import Closure, Resource

LONGEST_REASON = 200


def _planned(run: Run, cells: Cells) -> ClosureRequest:
    venue = run.places.venue(cells.get("venue", ""))
    resource = run.places.resource(cells["resource"], str(venue.pk)) if "resource" in cells else None
    if len(cells.get("reason", "")) > LONGEST_REASON:
        raise wrong("reason")
    span = period(cells, zone_of(venue))
    if span.end <= run.now:
        raise in_the_past()
    return ClosureRequest(
        venue=venue,
        period=span,
        resource_id=resource.pk if resource else None,
        reason=cells.get("reason", ""),
        user=run.user,
    )


def in_the_past() -> Refused:
    """What is over is not imported."""
    return Refused("in_the_past", _("This is over already."))


def attempt(run: Run, request: ClosureRequest) -> Found:
    """What closing it would meet."""
    known = _same(request)
    if known:
        return Found(made=str(known.pk))
    places = Resource.objects.filter(venue=request.venue)
    if request.resource_id is not None:
        places = places.filter(family([request.resource_id]))
    if claims.live_bookings(list(places.values_list("pk", flat=True)), request.period, run.now):
        raise Refused("closure_conflicts", _("There are bookings in this time."))
    return Found()


def make(request: ClosureRequest) -> str:
    """Close it; `There` where the same time is closed already."""
    known = _same(request)
    if known:
        raise There(str(known.pk))
    return str(closures.block_out(request).pk)


def _same(request: ClosureRequest) -> Closure | None:
    return Closure.objects.filter(
        venue=request.venue, resource=request.resource_id, start=request.period.start, end=request.period.end
    ).first()


def is_there(made: str) -> bool:
    """Whether it has not been taken back."""
    return Closure.objects.filter(pk=int(made)).exists()


TRADE = Trade(
    lambda run, cells: attempt(run, _planned(run, cells)), lambda run, cells: make(_planned(run, cells)), is_there
)
