"""What a refusal says to a person. The codes are `availability.Reason`'s and the lifecycle's own."""

from django.utils.translation import gettext as _

from bookings.facts import Reason
from bookings.models import Booking
from kernel.errors import Refused
from venues.models import Product


def unavailable(reason: Reason) -> Refused:
    """The refusal for a wish that cannot be had; its code is the reason."""
    sentence = {
        Reason.CLOSED: _("The venue is closed at that time."),
        Reason.LEAD_TIME: _("That is too soon, or in the past."),
        Reason.TOO_FAR: _("Bookings are not open that far ahead yet."),
        Reason.GRANULARITY: _("Bookings cannot start at that minute."),
        Reason.DURATION: _("Bookings of that length are not possible."),
        Reason.CAPACITY: _("That is more people than there is room for."),
        Reason.CLOSURE: _("The venue has taken this time out."),
        Reason.BOOKED: _("Somebody else has booked this time."),
        Reason.HELD: _("Somebody else is booking this time just now."),
        Reason.EXTERNAL_CALENDAR: _("The venue's calendar is busy at that time."),
        Reason.BUFFER: _("There is too little time to the next booking."),
        Reason.NO_PRICE: _("There is no price for that time."),
    }[reason]
    return Refused(str(reason), sentence)


def own_booking(booking: Booking) -> Refused:
    """It is you who has the slot: here is your booking (R12)."""
    return Refused(
        "held_by_you",
        _("This time is yours already."),
        {"booking": str(booking.pk), "reference_code": booking.reference_code},
    )


def sold_out(extra: Product, left: int) -> Refused:
    """There are fewer of an extra than were asked for."""
    return Refused(
        "extra_sold_out",
        _("Of %(extra)s there are only %(left)d left at that time.") % {"extra": extra.name, "left": left},
        {"product": extra.pk, "left": left},
    )
