"""What a refusal says to a person. The codes are `availability.Reason`'s and the lifecycle's own."""

from django.utils.translation import gettext as _

from bookings.facts import Facts, Reason
from bookings.models import Booking
from bookings.requests import HoldRequest
from kernel.errors import Refused
from venues.models import Product, Quota


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
        Reason.QUOTA: _("You have as much as one customer may have."),
    }[reason]
    return Refused(str(reason), sentence)


def quota_used_up(quota: Quota, used: int) -> Refused:
    """One more would be more than a quota allows; `used` of it is what the customer has already."""
    sentence = (
        _("Of %(most)d minutes (%(span)s) you have %(used)d.")
        if quota.measure == Quota.Measure.MINUTES
        else _("Of %(most)d bookings (%(span)s) you have %(used)d.")
    )
    numbers = {"most": quota.most, "span": quota.get_span_display(), "used": used}
    return Refused(
        str(Reason.QUOTA),
        sentence % numbers,
        {"measure": quota.measure, "span": quota.span, "most": quota.most, "used": used},
    )


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


def own_in_the_way(facts: Facts, request: HoldRequest) -> Booking | None:
    """The booking in the way that is the caller's own, if there is one (R12)."""
    blocking = {
        row.booking_id
        for rows in facts.taken.values()
        for row in rows
        if row.booking_id is not None and row.core.overlaps(request.period)
    }
    return next((booking for booking in Booking.objects.filter(pk__in=blocking) if is_own(booking, request)), None)


def is_own(booking: Booking, request: HoldRequest) -> bool:
    """Whether a booking is that of whoever asks: by account, or by the browser's id where there is one."""
    if request.customer_id is not None and booking.customer_id == request.customer_id:
        return True
    return bool(request.holder) and booking.holder == request.holder
