"""Who comes along, by name: a list that the customer keeps until the booking is over."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingEvent, Participant
from bookings.moves import check_live, locked, save
from bookings.records import Actor, event
from bookings.states import LIVE
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from schemas.transactions import transact


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who comes along; the e-mail address may be empty."""

    name: str
    email: str = ""


def people_of(booking: Booking) -> list[Person]:
    """The list as it is, in its order."""
    rows = Participant.objects.filter(booking=booking).order_by("pk")
    return [Person(name, email) for name, email in rows.values_list("name", "email")]


def write(booking: Booking, people: Sequence[Person], actor: Actor) -> list[Person]:
    """Put this list in place of the one that is there. The record says how many, never who.

    `Invalid` for more people than were booked for; `Refused` once the booking is over or given up.
    """

    def act() -> list[Person]:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        check_live(current, now)
        if current.state not in LIVE or now >= current.end:
            raise Refused("wrong_state", _("The list of participants can no longer be changed."))
        if len(people) > current.participants:
            raise Invalid(
                "too_many_people",
                _("This booking is for %(count)d people.") % {"count": current.participants},
                {"participant_count": current.participants},
            )
        before = people_of(current)
        if before == list(people):
            return before
        Participant.objects.filter(booking=current).delete()
        Participant.objects.bulk_create(
            Participant(booking=current, name=person.name, email=person.email) for person in people
        )
        current.updated_at = now
        happened = event(current, current.state, actor, now, act=BookingEvent.Act.CHANGED)
        save(current, happened, [("people", len(before), len(people))])
        return list(people)

    return transact(act)
