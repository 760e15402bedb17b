"""The door to connections with calendars elsewhere: owners and managers, and managers only at their venues."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.models.calendars import Connection
from kernel.errors import Invalid, NotFound
from venues.access import Anyone, check_manager, resources_managed_by, venues_managed_by
from venues.models import Resource, Venue


def connections_managed_by(user: Anyone) -> QuerySet[Connection]:
    """Connections that the caller may see and change; `Forbidden` for all but owners and managers."""
    check_manager(user)
    venues = venues_managed_by(user)
    return Connection.objects.filter(Q(venue__in=venues) | Q(resource__venue__in=venues)).select_related(
        "venue", "resource__venue"
    )


def connection_managed_by(user: Anyone, connection_id: int) -> Connection:
    """One of them; `NotFound` for others."""
    connection = connections_managed_by(user).filter(pk=connection_id).first()
    if connection is None:
        raise NotFound("not_found", _("There is no such calendar."))
    return connection


def place_managed_by(
    user: Anyone, venue_id: int | None, resource_id: int | None
) -> tuple[Venue | None, Resource | None]:
    """What a calendar is to be for: one venue or one resource of the caller's.

    Raises `Forbidden`, `Invalid("one_place")` for neither or both, `NotFound` for one that is not theirs.
    """
    check_manager(user)
    if (venue_id is None) == (resource_id is None):
        raise Invalid("one_place", _("Choose one venue or one resource."))
    venue = venues_managed_by(user).filter(pk=venue_id).first() if venue_id is not None else None
    resource = resources_managed_by(user).filter(pk=resource_id).first() if resource_id is not None else None
    if venue is None and resource is None:
        raise NotFound("not_found", _("There is no such place."))
    return venue, resource
