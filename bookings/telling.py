"""What happened to a booking, handed to all who tell of it: people, calendars, other systems."""

from bookings import crediting
from bookings.calendars import fitting, pushing
from bookings.hooks import messages
from bookings.models import BookingEvent
from bookings.notices import planning
from tenants import outbox

TOPIC = "booking_event"
"""What the trigger on `bookings_bookingevent` writes; the reference is the event's number."""


@outbox.handles(TOPIC)
def tell(event_id: str) -> None:
    """Hand an event on, in one transaction with the end of its outbox message; nobody hears of sample data."""
    event = BookingEvent.objects.select_related("booking__resource__venue").get(pk=event_id)
    if event.booking.resource.venue.is_sample:
        return
    planning.on_event(event)
    pushing.on_event(event)
    fitting.on_event(event)
    messages.on_event(event)


@outbox.handles(crediting.REFUSED)
def tell_of_refusal(reference: str) -> None:
    """Hand on that a payment was refused; the reference is the payment and how often it was."""
    payment_id, _colon, number = reference.partition(":")
    messages.on_refusal(payment_id, int(number))
