"""The bookings that somebody asks for, as one query that an index serves.

| asked for | served by |
|---|---|
| a stretch of time, or all from a day on, by their start | `booking_start` |
| what was made last | `booking_created` |
| beginnings of words, ends of numbers | `booking_found_by` |
| what waits for the venue | `booking_pending` |
| money to be returned | `booking_to_return` |
| a message that waits for an answer | `message_unanswered` |

Nothing is counted: a page reads one row more than it shows, and what is done to all that match is bounded by `MOST`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from bookings import sums
from bookings.access import bookings_for_staff
from bookings.models import Booking, BookingEvent, BookingMessage
from bookings.models.booking import FOUND_BY
from bookings.states import WAITING, PaymentState, PendingReason, State
from desk.bookings.wanted import Wanted
from kernel.periods import local_day
from schemas.current import current_tenant
from schemas.finding import matching
from tenants.zones import zone

PER_PAGE = 50
MOST = 500
"""So many bookings at most are done something to in one go."""
UNANSWERED = BookingMessage.objects.filter(side=BookingMessage.Side.CUSTOMER, answered_at=None)
LAST_PAGE = 100
"""Further down nobody leafs: they narrow."""


@dataclass(frozen=True)
class Found:
    """A page of the list. `is_full`: there are more behind it."""

    rows: list[Booking]
    page: int
    is_full: bool

    @property
    def first(self) -> int:
        """The place of the first row in the list, counted from one."""
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last."""
        return (self.page - 1) * PER_PAGE + len(self.rows)

    @property
    def following(self) -> int | None:
        """The next page, as far as one leafs."""
        return self.page + 1 if self.is_full and self.page < LAST_PAGE else None

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.page - 1 if self.page > 1 else None


def found(user: User, wanted: Wanted, now: datetime) -> QuerySet[Booking]:
    """The bookings at the venues that somebody sees, narrowed and in order; those that are alike in it by their id."""
    rows = bookings_for_staff(user).filter(_in_time(wanted, now), _columns(wanted), _in_state(wanted, now))
    if wanted.q:
        rows = rows.filter(matching(FOUND_BY, wanted.q))
    rows = _about_money(rows, wanted.money)
    if wanted.unread:
        rows = rows.filter(Exists(UNANSWERED.filter(booking=OuterRef("pk"))))
    if wanted.source:
        rows = rows.filter(_booked_by(wanted.source))
    return rows.order_by(*_order(wanted))


def page_of(rows: QuerySet[Booking], number: int) -> Found:
    """A page, with all that its rows show."""
    number = max(1, min(number, LAST_PAGE))
    first = (number - 1) * PER_PAGE
    seen = list(rows.select_related("resource__venue", "product")[first : first + PER_PAGE + 1])
    return Found(seen[:PER_PAGE], number, len(seen) > PER_PAGE)


def number_of(rows: QuerySet[Booking]) -> int:
    """How many they are, counted no further than one beyond `MOST`."""
    return rows.order_by()[: MOST + 1].count()


def _order(wanted: Wanted) -> tuple[str, str]:
    if wanted.order == "newest":
        return "-created_at", "-id"
    backwards = wanted.order == "latest" or wanted.when in {"past", "all"} or (wanted.q and not wanted.when)
    return ("-start", "-id") if backwards else ("start", "id")


def _in_time(wanted: Wanted, now: datetime) -> Q:
    in_zone = zone(current_tenant().time_zone)
    first, last = wanted.days(now.astimezone(in_zone).date())
    condition = Q()
    if first:
        condition &= Q(start__gte=local_day(first, in_zone).start)
    if last:
        condition &= Q(start__lt=local_day(last, in_zone).end)
    if wanted.when == "past" and not (wanted.since or wanted.until):
        condition &= Q(end__lte=now)
    return condition


def _columns(wanted: Wanted) -> Q:
    columns = {"venue": "resource__venue", "resource": "resource", "service": "product", "series": "series"}
    return Q(**{column: getattr(wanted, name) for name, column in columns.items() if getattr(wanted, name)})


def _in_state(wanted: Wanted, now: datetime) -> Q:
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=now)
    unanswered = Q(state=State.PENDING, start__lte=now)
    conditions = {
        "approval": awaiting(now),
        "payment": Q(state=State.PENDING, pending_reason=PendingReason.PAYMENT, hold_expires_at__gt=now),
        "confirmed": Q(state=State.CONFIRMED, end__gt=now),
        "completed": Q(state=State.COMPLETED) | Q(state=State.CONFIRMED, end__lte=now),
        "no_show": Q(state=State.NO_SHOW),
        "cancelled": Q(state=State.CANCELLED),
        "unfinished": Q(state__in=[State.EXPIRED, State.HELD]) | lapsed | unanswered,
    }
    if wanted.state:
        return conditions[wanted.state]
    return Q() if wanted.q else ~Q(state=State.EXPIRED) & ~lapsed


def awaiting(now: datetime) -> Q:
    """What waits for the venue's yes or no: what was not answered by its start is over."""
    return Q(state=State.PENDING, pending_reason=PendingReason.APPROVAL, start__gt=now)


def _about_money(rows: QuerySet[Booking], asked: str) -> QuerySet[Booking]:
    if asked == "unpaid":
        return rows.alias(owed_minor_sql=sums.owed()).filter(sums.in_debt())
    conditions = {
        "deposit": Q(payment_state=PaymentState.DEPOSIT_PAID),
        "paid": Q(payment_state=PaymentState.PAID),
        "back": Q(refund_due_minor__gt=0) | Q(refunding_minor__gt=0),
    }
    return rows.filter(conditions[asked]) if asked else rows


def _booked_by(source: str) -> Q:
    if source == "app":
        return ~Q(agent="")
    begun = BookingEvent.objects.filter(booking=OuterRef("pk"), from_state="")
    by_team = Q(Exists(begun.filter(actor_kind=BookingEvent.ActorKind.STAFF)))
    return Q(agent="") & (by_team if source == "desk" else ~by_team)
