"""Where a calendar elsewhere and a booking disagree: the owner's inbox. Nothing here changes a booking.

A conflict goes by itself when the event or the booking does; until then somebody may say that both may stay.
"""

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.calendars.access import connections_managed_by
from bookings.models import CalendarConflict
from kernel.errors import NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import Anyone


def seen_by(user: Anyone) -> QuerySet[CalendarConflict]:
    """Conflicts of calendars that the caller looks after, the next to come first; `Forbidden` for all but managers.

    Those that were dismissed too: `open_of` leaves them out.
    """
    found = CalendarConflict.objects.filter(busy__connection__in=connections_managed_by(user))
    return found.select_related("busy__connection", "booking__resource__venue").order_by("busy__start", "pk")


def open_of(conflicts: QuerySet[CalendarConflict]) -> QuerySet[CalendarConflict]:
    """Those that somebody still has to decide: not dismissed, and not over."""
    return conflicts.filter(settled_at=None, busy__end__gt=Now())


def one(user: Anyone, conflict_id: int) -> CalendarConflict:
    """One of them; raises `NotFound`."""
    conflict = seen_by(user).filter(pk=conflict_id).first()
    if conflict is None:
        raise NotFound("not_found", _("There is no such conflict (any more)."))
    return conflict


def dismiss(user: User, conflict_id: int) -> CalendarConflict:
    """Keep both: the booking and the event elsewhere. As often as it is called; raises `NotFound`."""
    conflict = one(user, conflict_id)

    def act() -> None:
        now = database_now()
        mine = CalendarConflict.objects.filter(pk=conflict.pk, settled_at=None)
        mine.update(settled_at=now, settled_by_id=user.pk)

    transact(act)
    return one(user, conflict_id)
