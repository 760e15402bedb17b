"""The desk's inbox of conflicts between bookings and calendars elsewhere."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings.access import link_token
from bookings.calendars import conflicts, health, pulling
from bookings.calendars.access import connection_managed_by, connections_managed_by
from bookings.models import CalendarConflict, Connection
from schemas.clock import database_now
from tenants.zones import zone

PER_PAGE = 50
LIST = "conflicts"


@staff_only
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What is to be decided, the next to come first, and how fresh what we know is."""
    open_ones = conflicts.open_of(conflicts.seen_by(request.user))
    page = Paginator(open_ones, PER_PAGE).get_page(request.GET.get("page"))
    read = connections_managed_by(request.user).filter(pulls=True).exclude(state=Connection.State.LEAVING)
    context = {
        "page": page,
        "rows": [_row(conflict) for conflict in page],
        "calendars": [_calendar(connection) for connection in read.order_by("pk")],
        "now": database_now(),
    }
    return render(request, "calendars/conflicts.html", context)


@staff_only
@require_POST
def dismiss(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Keep both."""
    assert isinstance(request.user, User)
    conflict = conflicts.dismiss(request.user, conflict_id)
    messages.success(request, _("%(code)s stays, and the event too.") % {"code": conflict.booking.reference_code})
    return redirect(LIST)


@staff_only
@require_POST
def sync(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Have a calendar read now."""
    connection = connection_managed_by(request.user, connection_id)
    if connection.pulls and connection.state in health.ASKED:
        pulling.now(connection)
        messages.success(request, _("%(name)s is being read.") % {"name": connection.name})
    else:
        messages.error(request, _("%(name)s is not read at the moment.") % {"name": connection.name})
    return redirect(LIST)


def _row(conflict: CalendarConflict) -> dict[str, Any]:
    booking = conflict.booking
    return {
        "conflict": conflict,
        "booking": booking,
        "token": link_token(booking),
        "day": booking.start.astimezone(zone(booking.time_zone)).date(),
        "zone": booking.time_zone,
    }


def _calendar(connection: Connection) -> dict[str, Any]:
    venue = connection.venue or (connection.resource.venue if connection.resource else None)
    return {
        "connection": connection,
        "zone": venue.time_zone if venue else "UTC",
        "trouble": health.words_of(connection.last_error),
        "may_sync": connection.state in health.ASKED,
    }
