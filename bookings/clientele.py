"""Who comes here, as the desk lists them: customers with an account, and guests by address; narrowed, and with figures.

A list is read in two steps: whose turn it is on this page, which an index answers, and the figures of those few.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Lower, Now

from accounts.models import FOUND_BY, Role, User
from bookings import sums
from bookings.access import MADE_UP, customers_seen_by, guests_seen_by
from bookings.dossiers import booked_by, counted
from bookings.models import Booking, CustomerFile
from bookings.models.booking import FOUND_BY as BOOKING_FOUND_BY
from bookings.states import State
from bookings.sums import STOOD
from schemas.finding import matching
from venues.access import Anyone
from venues.models import Membership

LATELY = {"30": 30, "90": 90, "365": 365}
"""Who was here within so many days."""
LONG_AGO = {"not-90": 90, "not-365": 365}
"""Who was here, but not for so many days."""
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; `visited` is a key of `LATELY` or `LONG_AGO`, or `NEVER`."""

    q: str = ""
    group: int | None = None
    is_blocked: bool | None = None
    owes: bool = False
    no_shows: bool = False
    visited: str = ""

    @property
    def has_booked(self) -> bool:
        """Whether only those are meant who have a booking."""
        return self.owes or self.no_shows or self.visited in {*LATELY, *LONG_AGO}


@dataclass(slots=True)
class Entry:
    """Somebody in the list; `booking_id` is the last booking of a guest. Owed: minor units by currency, not nothing."""

    name: str
    email: str
    phone: str
    customer: User | None = None
    booking_id: UUID | None = None
    bookings: int = 0
    no_shows: int = 0
    last_visit: datetime | None = None
    is_blocked: bool = False
    owed: list[tuple[int, str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    @property
    def is_made_up(self) -> bool:
        """Whether it is somebody of the sample data."""
        return self.email.endswith(MADE_UP)


def customers(user: Anyone, wanted: Wanted) -> QuerySet[User]:
    """Customers whom a member of staff may see, by name; those who were erased or merged are not among them.

    People of sample data are found by who looks for them, and do not stand among the others.
    """
    # Whoever has such a booking at the venues that are seen is seen for that alone.
    people = User.objects.filter(role=Role.CUSTOMER) if wanted.has_booked else customers_seen_by(user)
    found = people.filter(erased_at=None)
    found = found.filter(matching(FOUND_BY, wanted.q)) if wanted.q else found.exclude(email__endswith=MADE_UP)
    if wanted.group is not None:
        found = found.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), group=wanted.group)))
    if wanted.is_blocked is not None:
        blocked = Exists(CustomerFile.objects.filter(customer=OuterRef("pk"), blocked_at__isnull=False))
        found = found.filter(blocked if wanted.is_blocked else ~blocked)
    theirs = counted(booked_by(user)).annotate(who=F("customer_id"))
    return found.filter(*_conditions(theirs, "pk", wanted)).order_by("name", "pk")


def guests(user: Anyone, wanted: Wanted) -> QuerySet[Any, Any]:
    """Addresses that booked without an account at the venues that a member of staff may see, in their order."""
    found = counted(guests_seen_by(user)).annotate(address=Lower("email"))
    if wanted.q:
        found = found.filter(matching(BOOKING_FOUND_BY, wanted.q))
    if wanted.is_blocked is not None:
        blocked = CustomerFile.objects.filter(blocked_at__isnull=False).values("email")
        found = found.filter(address__in=blocked) if wanted.is_blocked else found.exclude(address__in=blocked)
    theirs = counted(guests_seen_by(user)).annotate(who=Lower("email"))
    return found.filter(*_conditions(theirs, "address", wanted)).order_by("address").values("address").distinct()


def _conditions(bookings: QuerySet[Any, Any], name: str, wanted: Wanted) -> list[Any]:
    """About the bookings of somebody, whose `who` is their `name`, as conditions on them."""
    told: list[Any] = []
    theirs = bookings.filter(who=OuterRef(name))
    if wanted.owes:
        told.append(Exists(theirs.annotate(owed_minor_sql=sums.owed()).filter(sums.in_debt())))
    if wanted.no_shows:
        told.append(Exists(theirs.filter(state=State.NO_SHOW)))
    visits = theirs.filter(state__in=STOOD, start__lte=Now())
    if wanted.visited in LATELY:
        told.append(Exists(visits.filter(start__gt=Now() - timedelta(days=LATELY[wanted.visited]))))
    elif wanted.visited in LONG_AGO:
        since = Now() - timedelta(days=LONG_AGO[wanted.visited])
        last = bookings.filter(state__in=STOOD, start__lte=Now()).order_by().values("who").annotate(last=Max("start"))
        told.append(Q((f"{name}__in", last.filter(last__lte=since).values("who"))))
    elif wanted.visited == NEVER:
        told.append(~Exists(visits))
    return told


def entries(user: Anyone, found: Sequence[User]) -> list[Entry]:
    """Customers with their figures at the venues that a member of staff may see: three queries, however many."""
    ids = [each.pk for each in found]
    known = {each.pk: Entry(each.name, each.email, each.phone, customer=each) for each in found}
    theirs = counted(booked_by(user)).filter(customer__in=ids)
    for row in _figures(theirs.values(who=F("customer_id"))):
        _add(known[row["who"]], row)
    for pk in CustomerFile.objects.filter(customer__in=ids, blocked_at__isnull=False).values_list(
        "customer", flat=True
    ):
        known[pk].is_blocked = True
    members = Membership.objects.filter(user__in=ids).order_by("group__position", "group__name")
    for pk, name in members.values_list("user_id", "group__name"):
        known[pk].groups.append(name)
    return list(known.values())


def guest_entries(user: Anyone, addresses: Collection[str]) -> list[Entry]:
    """The same of addresses, called as in their last booking."""
    theirs = counted(guests_seen_by(user)).annotate(address=Lower("email")).filter(address__in=addresses)
    latest = theirs.order_by("address", "-start", "pk").distinct("address")
    known = {each.address: Entry(each.name, each.address, each.phone, booking_id=each.pk) for each in latest}
    for row in _figures(theirs.values(who=F("address"))):
        _add(known[row["who"]], row)
    blocked = CustomerFile.objects.filter(email__in=known, blocked_at__isnull=False)
    for email in blocked.values_list("email", flat=True):
        known[email].is_blocked = True
    return [known[address] for address in addresses if address in known]


def shut_out() -> QuerySet[CustomerFile]:
    """Addresses that may not book, of which nothing else is known any more."""
    booked = Booking.objects.filter(customer=None).exclude(email="").annotate(own=Lower("email"))
    files = CustomerFile.objects.filter(customer=None, blocked_at__isnull=False).select_related("blocked_by")
    return files.exclude(Exists(booked.filter(own=OuterRef("email")))).order_by("email")


def _figures(theirs: Any) -> Any:
    return (
        theirs.order_by()
        .values("who", "currency")
        .annotate(
            number=Count("pk"),
            missed=Count("pk", filter=Q(state=State.NO_SHOW)),
            last=Max("start", filter=Q(state__in=STOOD, start__lte=Now())),
            owed=Sum(sums.owed()),
        )
        .order_by("who", "currency")
    )


def _add(entry: Entry, row: dict[str, Any]) -> None:
    entry.bookings += row["number"]
    entry.no_shows += row["missed"]
    last = row["last"]
    if isinstance(last, datetime):
        entry.last_visit = max(entry.last_visit or last, last)
    if row["owed"]:
        entry.owed.append((row["owed"], row["currency"]))
