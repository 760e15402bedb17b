"""Telling a customer once more what holds, because staff ask for it: at most once a minute."""

from datetime import datetime

from django.utils.translation import gettext as _

from bookings.letters.kinds import Kind
from bookings.models import Booking, Channel, Notice
from bookings.notices import planning
from bookings.notices.rules import Route
from bookings.states import PendingReason, State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact

SAYS = {
    State.CONFIRMED: Kind.CONFIRMATION,
    State.COMPLETED: Kind.CONFIRMATION,
    State.PENDING: Kind.REQUEST,
    State.CANCELLED: Kind.CANCELLATION,
}


def kind_of(booking: Booking) -> Kind | None:
    """Which message says how a booking stands; None where there is none."""
    if booking.pending_reason == PendingReason.PAYMENT:
        return Kind.REQUEST_ACCEPTED
    return SAYS.get(State(booking.state))


def tell(booking: Booking) -> Notice:
    """Mail it once more, whatever the rules for messages say. Raises `Refused("wrong_state" | "no_address")`."""

    def act() -> Notice:
        current = Booking.objects.select_related("resource__venue", "customer").get(pk=booking.pk)
        kind = kind_of(current)
        if kind is None:
            raise Refused("wrong_state", _("There is nothing to tell about this booking."))
        now = database_now()
        notice = planning.plan(current, kind, Route(Channel.MAIL), _minute(now), now)
        if not notice.to:
            raise Refused("no_address", _("There is no mail address to write to."))
        return notice

    return transact(act)


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
