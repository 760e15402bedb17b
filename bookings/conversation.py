"""What a customer and the team write to each other about a booking, and telling the other side of it.

Each word is a row of its own; what is told of it is a notice due at its instant, so that it goes once however often the
clock comes by. A customer's word waits until the team has answered, or has said that it need not be.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import following
from bookings.letters.kinds import Kind
from bookings.models import Booking, BookingMessage
from bookings.moves import locked
from bookings.notices import planning, rules
from bookings.notices.rules import OwnerKind
from bookings.states import State
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import Anyone, check_staff, venues_seen_by

MOST, MOST_WAITING = 300, 10
"""Of one booking: in all, and of its customer without an answer."""
MUTE = frozenset({State.HELD, State.EXPIRED})
"""What nobody has booked yet is not spoken about."""
Side = BookingMessage.Side


def thread(booking: Booking) -> QuerySet[BookingMessage]:
    """What was written about a booking, the first first."""
    return BookingMessage.objects.filter(booking=booking).select_related("author").order_by("at", "pk")


def can_ask(booking: Booking) -> bool:
    """Whether its customer may write: somebody has booked it, and can be answered."""
    return booking.state not in MUTE and bool(following.address_of(booking))


def ask(booking: Booking, text: str, after: int | None = None) -> BookingMessage:
    """The customer writes. `after` is the last word that they had seen: sent twice from one page, it is there once.

    Raises `Invalid("text_required" | "text_too_long")`, `Refused("wrong_state" | "too_many_messages")`.
    """
    said = _checked(text)

    def act() -> BookingMessage:
        current = locked(booking.pk)
        if not can_ask(current):
            raise Refused("wrong_state", _("Nobody can write about this booking."))
        again = _same(current, Side.CUSTOMER, said, after)
        if again:
            return again
        if _waiting(current).count() >= MOST_WAITING:
            raise Refused("too_many_messages", _("Please wait for an answer before you write again."))
        _check_room(current)
        now = database_now()
        made = BookingMessage.objects.create(booking=current, side=Side.CUSTOMER, text=said, at=now)
        _tell(current, OwnerKind.ASKED, now)
        return made

    return transact(act)


def answer(booking: Booking, text: str, author: User, after: int | None = None) -> BookingMessage:
    """The team writes: the customer gets it by mail, and nothing waits any more. As `ask`, for the rest."""
    said = _checked(text)

    def act() -> BookingMessage:
        current = locked(booking.pk)
        again = _same(current, Side.VENUE, said, after)
        if again:
            return again
        _check_room(current)
        now = database_now()
        made = BookingMessage.objects.create(booking=current, side=Side.VENUE, author=author, text=said, at=now)
        _waiting(current).update(answered_at=now)
        _tell(current, Kind.ANSWER, now)
        return made

    return transact(act)


def announce(booking: Booking, text: str, author: User) -> BookingMessage:
    """As `answer`, of the house's own accord: what the customer has asked still waits."""
    said = _checked(text)

    def act() -> BookingMessage:
        current = locked(booking.pk)
        _check_room(current)
        now = database_now()
        made = BookingMessage.objects.create(booking=current, side=Side.VENUE, author=author, text=said, at=now)
        _tell(current, Kind.ANSWER, now)
        return made

    return transact(act)


def settle(booking: Booking) -> int:
    """What waits needs no answer; how much that was."""
    return transact(lambda: _waiting(locked(booking.pk)).update(answered_at=database_now()))


def unanswered(bookings: Iterable[Booking]) -> dict[UUID, int]:
    """How many words of customers wait for an answer, by booking; without those where none does. One query."""
    ids = [booking.pk for booking in bookings]
    rows = BookingMessage.objects.filter(booking__in=ids, side=Side.CUSTOMER, answered_at=None).order_by()
    return dict(rows.values_list("booking").annotate(Count("pk")))


def waiting_for(user: Anyone) -> QuerySet[BookingMessage]:
    """What waits for an answer at the venues that a member of staff may see, the longest first."""
    check_staff(user)
    rows = BookingMessage.objects.filter(side=Side.CUSTOMER, answered_at=None)
    mine = rows.filter(booking__resource__venue__in=venues_seen_by(user))
    return mine.select_related("booking__resource__venue").order_by("at", "pk")


def _waiting(booking: Booking) -> QuerySet[BookingMessage]:
    return BookingMessage.objects.filter(booking=booking, side=Side.CUSTOMER, answered_at=None)


def _same(booking: Booking, side: str, text: str, after: int | None) -> BookingMessage | None:
    if after is None:
        return None
    rows = BookingMessage.objects.filter(booking=booking, side=side, text=text, pk__gt=after)
    return rows.order_by("pk").first()


def _check_room(booking: Booking) -> None:
    if BookingMessage.objects.filter(booking=booking).count() >= MOST:
        raise Refused("too_many_messages", _("There are too many messages about this booking."))


def _tell(booking: Booking, kind: str, now: datetime) -> None:
    for route in rules.routes(kind):
        planning.plan(booking, kind, route, now, now)


def _checked(text: str) -> str:
    said = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not said:
        raise Invalid("text_required", _("Please write something."))
    if len(said) > BookingMessage.LONGEST:
        most = {"count": BookingMessage.LONGEST}
        raise Invalid("text_too_long", _("Please use at most %(count)d characters.") % most)
    return said
