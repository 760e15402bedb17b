"""What somebody booked as a guest, with the address that their account has: theirs once the mailbox is proved."""

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from accounts.models import User
from bookings import barred, limits, moves
from bookings.models import Booking, BookingEvent, Series
from bookings.records import Actor, event
from bookings.states import State
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate

TAKEN_OVER = "added to the account"
SOMETHING = (State.PENDING, State.CONFIRMED, State.CANCELLED, State.COMPLETED, State.NO_SHOW)


def of_address(email: str) -> QuerySet[Booking]:
    """What was booked without an account with an address, in any spelling of case."""
    return Booking.objects.filter(Exact(Lower("email"), email.lower()), customer=None).exclude(email="")


def to_add(user: User) -> QuerySet[Booking]:
    """Those that somebody can add to their account: none before they proved that the address is theirs."""
    if user.verified_at is None:
        return Booking.objects.none()
    return of_address(user.email).filter(state__in=SOMETHING)


def add(user: User) -> int:
    """Make them the account's own; answers how many. As often as it is called, and each booking by one account.

    The price and what was agreed stay as they are; nobody is told, but the record and calendars.
    """
    wanted = list(to_add(user).order_by("pk").values_list("pk", flat=True))

    def act() -> int:
        gate.wait_for_all([limits.account_key(user.pk), barred.email_key(user.email)])
        barred.check_is_open(user.pk)
        now, count = database_now(), 0
        for booking_id in wanted:
            booking = moves.locked(booking_id)
            if booking.customer_id is not None or booking.email.lower() != user.email:
                continue
            booking.customer, booking.updated_at = user, now
            happened = event(
                booking, booking.state, Actor.customer(user), now, why=TAKEN_OVER, act=BookingEvent.Act.CHANGED
            )
            moves.save(booking, happened)
            count += 1
        Series.objects.filter(bookings__in=wanted, bookings__customer=user, customer=None).update(customer=user)
        return count

    return transact(act) if wanted else 0
