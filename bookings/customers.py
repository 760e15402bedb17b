"""What the team does about customers: makes an account for somebody who calls, corrects it, notes, blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings import barred, limits
from bookings.models import Booking, CustomerFile
from kernel.errors import Conflict
from schemas.clock import database_now
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate, transact
from tenants import gate

PERSONAL = ("name", "phone")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody with an account, or an e-mail address alone, in lower case."""

    email: str
    customer: User | None = None

    @classmethod
    def of(cls, customer: User) -> "Whom":
        """Somebody with an account."""
        return cls(customer.email, customer)

    @classmethod
    def at(cls, email: str) -> "Whom":
        """Whoever has the address, with the account of a customer who signs in with it."""
        return cls(email, User.objects.filter(email=email, role=Role.CUSTOMER).first())

    @property
    def locks(self) -> list[str]:
        """Under which names their bookings are counted."""
        own = [limits.account_key(self.customer.pk)] if self.customer else []
        return [*own, barred.email_key(self.email)]


def make(email: str, fields: Mapping[str, Any]) -> User:
    """An account without a password for somebody who calls; `notes` of the team may come with it.

    What is known about the address is known about the account, a block included.

    Raises `Conflict("customer_exists")` for an address that has one; `customer` is its id where it is a customer's.
    """

    def act() -> User:
        known = User.objects.filter(email=email.strip().lower()).first()
        if known is not None:
            found = known.pk if known.role == Role.CUSTOMER else None
            raise Conflict("customer_exists", _("There is an account with this address."), {"customer": found})
        personal = {name: fields[name] for name in PERSONAL if name in fields}
        try:
            customer = User.objects.create_user(email, None, **personal)
        except IntegrityError as error:
            if sqlstate(error) == UNIQUE_VIOLATION:
                raise Again from error
            raise
        CustomerFile.objects.filter(email=customer.email, customer=None).update(customer=customer)
        if fields.get("notes"):
            alter(Whom.of(customer), {"notes": fields["notes"]}, None)
        return customer

    return transact(act)


def alter(whom: Whom, changes: Mapping[str, Any], by: User | None) -> None:
    """Write `name` and `phone` of an account, and of the file `notes`, `blocked` (yes or no) and `block_reason`.

    Who is blocked books nothing more online from the commit on: `bookings.barred`. Raises
    `Conflict("customer_closed")` for an account or an address that was erased or merged meanwhile: nothing of it is
    known again.
    """

    def act() -> None:
        gate.wait_for_all(whom.locks)
        if whom.customer is not None:
            barred.check_is_open(whom.customer.pk)
            _correct(whom.customer, changes)
        elif not _is_known(whom.email):
            raise barred.closed()
        about = {name: changes[name] for name in ("notes", "blocked", "block_reason") if name in changes}
        if about:
            _file(whom, about, by)

    transact(act)


def alone(whom: Whom, act: Callable[[], Result]) -> Result:
    """Do something for somebody for whom nobody books, and whom nobody changes, merges or erases meanwhile.

    Raises `Conflict("customer_closed")` for an account that is there no more.
    """

    def still() -> Result:
        gate.wait_for_all(whom.locks)
        if whom.customer is not None:
            barred.check_is_open(whom.customer.pk)
        return act()

    return transact(still)


def file_of(whom: Whom) -> CustomerFile | None:
    """What the team knows about somebody: the account's own file, or the one of the address."""
    named = Q(email=whom.email) if whom.customer is None else Q(email=whom.email) | Q(customer=whom.customer)
    found = list(CustomerFile.objects.filter(named).select_related("blocked_by"))
    own = [each for each in found if whom.customer and each.customer_id == whom.customer.pk]
    return next(iter(own or found), None)


def _is_known(email: str) -> bool:
    """Whether an address stands anywhere by itself: with what was booked without an account, or in a file."""
    booked = Booking.objects.filter(Exact(Lower("email"), email), customer=None).exclude(email="")
    return booked.exists() or CustomerFile.objects.filter(email=email).exists()


def _correct(customer: User, changes: Mapping[str, Any]) -> None:
    said = {name: changes[name] for name in PERSONAL if name in changes}
    if said:
        User.objects.filter(pk=customer.pk).update(**said)


def _file(whom: Whom, about: dict[str, Any], by: User | None) -> None:
    file = file_of(whom) or CustomerFile(email=whom.email)
    if whom.customer is not None:
        file.customer = whom.customer
    file.notes = about.get("notes", file.notes)
    if about.get("blocked") is True and file.blocked_at is None:
        file.blocked_at, file.blocked_by = database_now(), by
    if about.get("blocked") is False:
        file.blocked_at, file.blocked_by, file.block_reason = None, None, ""
    elif file.blocked_at is not None:
        file.block_reason = about.get("block_reason", file.block_reason)
    file.save()
