"""The door to a customer's pages, and the ways on from there. A guest is found by a booking: no address in the URL."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.access import customers_seen_by, guests_seen_by
from bookings.customers import Whom
from bookings.models import Booking, Merge
from bookings.own.wiping import Whose
from desk.callers import staff
from kernel.errors import NotFound
from rest.fields import BIGINT_MAX


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody whom the caller may see, and the start of their pages' names and what fills in the addresses."""

    whom: Whom
    page: str
    pages: tuple[object, ...]

    def way(self, act: str = "") -> str:
        """The address of their page, or of what is done there."""
        return reverse(f"{self.page}-{act}" if act else self.page, args=self.pages)

    @property
    def home(self) -> str:
        """Their page."""
        return self.way()

    @property
    def notes(self) -> str:
        """Where notes are written."""
        return self.way("notes")

    @property
    def block(self) -> str:
        """Where they are blocked or let in."""
        return self.way("block")

    @property
    def file(self) -> str:
        """The file with everything."""
        return self.way("file")

    @property
    def erase(self) -> str:
        """Where they are erased."""
        return self.way("erase")

    def whose(self, by: User | None = None) -> Whose:
        """Whose data that is."""
        return Whose(self.whom.email, self.whom.customer, by)


def found(request: HttpRequest, customer_id: int | None = None, booking_id: UUID | None = None) -> Found:
    """A customer by the account, or a guest by a booking. `NotFound` for those whom the caller may not see."""
    if customer_id is not None:
        customer = one(staff(request), customer_id)
        return Found(Whom.of(customer), "desk-customer", (customer.pk,))
    booking = guests_seen_by(staff(request)).filter(pk=booking_id).first() if booking_id else None
    if booking is None:
        raise NotFound("not_found", _("There is no such guest."))
    return Found(Whom(booking.email.lower()), "desk-guest", (booking.pk,))


def one(user: User, customer_id: int) -> User:
    """A customer whom the caller may see and who was neither erased nor merged; else `NotFound`."""
    found = customers_seen_by(user).filter(erased_at=None)
    customer = found.filter(pk=customer_id).first() if customer_id <= BIGINT_MAX else None
    if customer is None:
        raise NotFound("not_found", _("There is no such customer."))
    return customer


def kept_of(user: User, customer_id: int) -> User | None:
    """Whom an account became that was merged, for old addresses of pages."""
    merge = Merge.objects.filter(gone=customer_id).first() if customer_id <= BIGINT_MAX else None
    return customers_seen_by(user).filter(pk=merge.kept_id, erased_at=None).first() if merge else None


def account_of(user: User, booking_id: UUID) -> User | None:
    """The account that a guest's booking was added to meanwhile."""
    booking = Booking.objects.filter(pk=booking_id).first()
    if booking is None or booking.customer_id is None:
        return None
    return customers_seen_by(user).filter(pk=booking.customer_id, erased_at=None).first()
