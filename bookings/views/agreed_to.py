"""What the page of details shows of rules and terms, as words that are kept with the booking that is made there."""

from django.utils.translation import gettext as _

from bookings.consents import What
from bookings.models import Booking
from bookings.notices import rules
from bookings.views import terms


def shown(booking: Booking, *, has_phone: bool) -> dict[What, str]:
    """What whoever books agrees to; empty where nothing is shown."""
    venue, resource = booking.resource.venue, booking.resource
    house = "\n\n".join(text for text in (venue.house_rules, resource.house_rules) if text)
    found = {What.HOUSE_RULES: house} if house else {}
    if booking.total_minor:
        told = terms.in_words(booking.policy, booking.currency)
        steps = [f"{rung.when}: {rung.cost}" for rung in told.rungs]
        found[What.CANCELLATION] = "\n".join([*steps, *told.notes])
    if has_phone and (hint := of_texts()):
        found[What.TEXTS] = hint
    return found


def of_texts() -> str:
    """What stands below the telephone number; empty where no short messages go."""
    if not (rules.has_sms() and rules.manners().sends_sms):
        return ""
    return _("We send short messages about this booking to it. Leave it empty to get none; answer STOP to end them.")
