"""Whoever was erased after a backup was made is erased again when it is put back, before anybody can look.

Only by the numbers that were noted (`tenants.erasures`), so nobody else is touched: of an address everything goes once
no booking of another one's stands under it. Nothing is asked this time: they had cancelled what was ahead and paid what
was open, which the backup does not know. Bookings that it has ahead of them stand without a name, for the desk to look
at: what they cost went back then, and only Stripe knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from accounts.models import Role, User
from bookings.models import Booking, CustomerFile, Participant
from bookings.own.wiping import AT_ONCE, Whose, empty, forget_address, wipe
from bookings.records import SYSTEM
from bookings.states import LIVE
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.erasures import Erasure


@dataclass(slots=True)
class Erased:
    """How many accounts and bookings were erased again, and which bookings of theirs are ahead."""

    accounts: int = 0
    bookings: int = 0
    ahead: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For operators, in English."""
        said = f"{_counted(self.accounts, 'account')} and {_counted(self.bookings, 'booking')} erased again."
        if self.ahead:
            said += f" {_counted(len(self.ahead), 'booking')} ahead without a name: {', '.join(self.ahead)}"
        return said


def erase(noted: QuerySet[Erasure]) -> Erased:
    """Do again what was noted of the current tenant, as often as it is called; what is erased stays as it is."""
    done = Erased()
    theirs = list(noted.order_by("pk").values_list("table", "row", "at"))
    # Addresses of lists and files first: erasing bookings takes the lists along.
    addresses = set()
    for model in (CustomerFile, Participant):
        for rows in _pages(_of(model, theirs)):
            known = model._default_manager.filter(pk__in=rows).exclude(email="")
            addresses |= set(known.annotate(address=Lower("email")).values_list("address", flat=True))
    for row, at in _of(User, theirs):
        done.accounts += transact(partial(_account, row, at))
    for rows in _pages(_of(Booking, theirs)):
        number, found = transact(partial(_bookings, [UUID(row) for row in rows]))
        done.bookings += number
        addresses |= found
    for address in sorted(addresses):
        transact(partial(_address, address))
    done.ahead = _ahead([row for row, _at in _of(Booking, theirs)])
    return done


def ahead(noted: QuerySet[Erasure]) -> tuple[str, ...]:
    """Reference codes of bookings that stand and are not over, of whoever was erased."""
    return _ahead([row for row, _at in _of(Booking, list(noted.values_list("table", "row", "at")))])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _of(model: type, noted: Iterable[tuple[str, str, datetime]]) -> list[tuple[str, datetime]]:
    label = model._meta.label  # type: ignore[attr-defined]
    return [(row, at) for table, row, at in noted if table == label]


def _pages(noted: list[tuple[str, datetime]]) -> list[list[str]]:
    rows = [row for row, _at in noted]
    return [rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)]


def _account(row: str, at: datetime) -> int:
    """A number that somebody else has got since is nobody's who was erased: they came after.

    Who worked here at the time of the backup does not any more. An owner stays: the business needs one.
    """
    found = User.objects.select_for_update().filter(pk=int(row), created_at__lte=at, erased_at=None)
    user = found.exclude(role=Role.OWNER).first()
    if user is None:
        return 0
    User.objects.filter(pk=user.pk).exclude(role=Role.CUSTOMER).update(role=Role.CUSTOMER)
    wipe(Whose(user.email, user, is_due=True), database_now())
    return 1


def _bookings(ids: list[UUID]) -> tuple[int, set[str]]:
    """How many still named somebody, and the addresses of those that were booked without an account."""
    theirs = Booking.objects.filter(pk__in=ids)
    named = theirs.exclude(name="", email="", phone="", notes="", cancel_notes="", holder="", origin="")
    found = set(
        named.filter(customer=None).exclude(email="").annotate(address=Lower("email")).values_list("address", flat=True)
    )
    left = list(named.order_by("pk").values_list("pk", flat=True))
    if left:
        empty(left, SYSTEM, database_now())
    return len(left), found


def _address(address: str) -> None:
    """All of it, unless it is somebody's who was not erased: a booking or an account has it still."""
    booked = Booking.objects.filter(Exact(Lower("email"), address), customer=None)
    if not booked.exists() and not User.objects.filter(email=address, erased_at=None).exists():
        forget_address(address, database_now())


def _ahead(rows: list[str]) -> tuple[str, ...]:
    standing = Booking.objects.filter(pk__in=rows, state__in=LIVE, end__gt=database_now())
    return tuple(standing.order_by("start").values_list("reference_code", flat=True))
