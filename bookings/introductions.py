"""Who comes: contact, wishes and answers, on a hold that is paid next or submitted as it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings import answers, quotas
from bookings.models import Booking, BookingEvent
from bookings.moves import check_live, locked, save
from bookings.records import Actor, event
from bookings.requests import Contact
from bookings.states import State
from kernel.errors import Refused
from schemas.transactions import transact
from tenants import gate

DETAILS = "details"
"""Why of the event by which it is known who comes."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What somebody says about themselves and their visit: `notes` None leaves those of the hold."""

    contact: Contact
    notes: str | None = None
    given: Mapping[int, str] | None = None


def introduce(booking: Booking, told: Introduction, actor: Actor) -> Booking:
    """Note who comes, and keep the hold as it is: it is paid next. `Invalid` where an answer is missing."""

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = gate.open_now(alone=quotas.guest_key(current, told.contact))
        check_live(current, now)
        if current.state != State.HELD:
            raise Refused("wrong_state", _("This booking is not being held any more."))
        if not actor.is_staff:
            quotas.check_guest(current, told.contact, now)
        note(current, told)
        current.updated_at = now
        happened = event(current, current.state, actor, now, why=DETAILS, act=BookingEvent.Act.CHANGED)
        save(current, happened)
        return current

    return transact(act)


def note(booking: Booking, told: Introduction) -> None:
    """Put it on the row, which is locked, and written by the caller; answers are written."""
    contact = told.contact
    booking.name, booking.email, booking.phone = contact.name, contact.email, contact.phone
    booking.language = contact.language or booking.language
    if told.notes is not None:
        booking.notes = told.notes
    answers.complete(booking, told.given or {})
