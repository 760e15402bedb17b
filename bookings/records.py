"""Who did what: actors, and the append-only record of a booking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from bookings.models import Booking, BookingEvent
from bookings.states import WAITING
from tenants import due

IMPORTED = "imported"
"""Why a booking is there, or money was noted, that came with a file: nobody is told of it."""
REDEEMED = "redeemed"
"""The kind of due work that receipts the gift credit of a booking."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for the record."""

    kind: BookingEvent.ActorKind
    user_id: int | None = None
    look_in: int = 0
    """Of whom the platform looks in as; the record then has its number below zero in place of the person's."""

    @classmethod
    def of(cls, user: User | None) -> "Actor":
        """The actor that a signed-in person is, or a guest."""
        if user is None:
            return cls(BookingEvent.ActorKind.GUEST)
        kind = BookingEvent.ActorKind.STAFF if user.is_staff_member else BookingEvent.ActorKind.CUSTOMER
        return cls(kind, user.pk, user.look_in)

    @classmethod
    def customer(cls, user: User) -> "Actor":
        """Somebody who acts for themselves, whoever they work for."""
        return cls(BookingEvent.ActorKind.CUSTOMER, user.pk, user.look_in)

    @property
    def is_staff(self) -> bool:
        """Whether the act is the venue's."""
        return self.kind == BookingEvent.ActorKind.STAFF


SYSTEM = Actor(BookingEvent.ActorKind.SYSTEM)


def event(
    booking: Booking,
    before: str,
    actor: Actor,
    now: datetime,
    why: str = "",
    act: BookingEvent.Act = BookingEvent.Act.MOVED,
) -> BookingEvent:
    """What happened to a booking, which is in its new state already; `before` is empty for its beginning."""
    return BookingEvent(
        booking=booking,
        at=now,
        act=act,
        actor_kind=actor.kind,
        actor_id=-actor.look_in or actor.user_id,
        from_state=before,
        to_state=booking.state,
        why=why[:200],
    )


def record(events: Sequence[BookingEvent]) -> None:
    """Write events in the transaction of the change that they tell of; what was paid with gift credit is receipted."""
    BookingEvent.objects.bulk_create(events)
    paid = [each for each in events if each.booking.credit_minor and each.booking.state not in WAITING]
    if paid:
        due.schedule_all(REDEEMED, {each.booking_id: each.at for each in paid}.items())
