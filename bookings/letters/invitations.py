"""A booking's calendar entry as letters carry it: an invitation, accepted already, or its withdrawal (RFC 6047)."""

from uuid import UUID

from django.utils.translation import override

from bookings import ics
from bookings.ics import GONE, Method
from bookings.letters.composing import ICS, language_of
from bookings.models import Booking
from tenants.mail import File, attaches


@attaches(ICS)
def invitation(reference: str) -> File | None:
    """The file of `<booking id>:<method>`, as the booking is now.

    None for an invitation to what was given up meanwhile: its withdrawal is on its way, and must be the last word.
    """
    booking_id, _colon, said = reference.partition(":")
    method = Method(said)
    found = Booking.objects.select_related("resource__venue", "product", "customer").filter(pk=UUID(booking_id)).first()
    if found is None or (method == Method.REQUEST and found.state in GONE):
        return None
    with override(language_of(found)):
        entry = ics.event(found, zone=found.time_zone, method=method)
    content = ics.calendar([entry], name="", method=method)
    return File(f"{found.reference_code}.ics", content, f"text/calendar; method={method.value}; charset=utf-8")
