"""Words of the calendar that several of its pages say."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.letters.kinds import Kind
from bookings.models import Booking
from bookings.models.messages import Channel
from bookings.notices import people, rules
from bookings.states import State
from tenants import speech
from tenants.zones import zone

HOW = {Channel.MAIL: gettext_lazy("by e-mail"), Channel.SMS: gettext_lazy("by text message")}


def span_of(start: datetime, end: datetime, booking: Booking) -> str:
    """`Mon 23 Nov, 18:00–19:30` at the venue."""
    in_zone = zone(booking.resource.venue.time_zone)
    return f"{speech.day(start, in_zone, 'EEE d MMM')}, {speech.span(start, end, in_zone)}"


def is_told(booking: Booking) -> str:
    """Whether the customer gets a message about a change, and how; as the rules for messages stand now."""
    if booking.state == State.HELD:
        return _("Nobody is told: it is still being made.")
    ways = {route.channel for route in rules.routes(Kind.CHANGE)}
    reached = [channel for channel in (Channel.MAIL, Channel.SMS) if channel in ways and people.reach(booking, channel)]
    if not ways:
        return _("Nobody is told: messages about changes are switched off.")
    if not reached:
        return _("Nobody is told: there is no address to write to.")
    how = _("by e-mail and by text message") if len(reached) > 1 else HOW[reached[0]]
    who = booking.name or _("The customer")
    return _("%(name)s is told %(how)s.") % {"name": who, "how": how}
