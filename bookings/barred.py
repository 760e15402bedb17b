"""Who may not book any more, by account and by e-mail address (`CustomerFile`). Staff may book for them all the same.

What somebody has booked or holds already stays theirs: to pay, to move and to give up. Asked under the lock that
`bookings.customers` takes to block, and `bookings.own.erasing` to erase: after its commit nobody who was let in before
is still on the way, and an account that is erased books nothing more.
"""

from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import CustomerFile
from bookings.requests import HoldRequest
from kernel.errors import Conflict, Forbidden
from tenants import gate
from venues.models import Resource

WELCOME = ~Q(customer__file__blocked_at__isnull=False) & Q(customer__is_active=True)
"""Of rows with a `customer`: those whose customer may book."""
OUT = Q(is_active=False) | Q(file__blocked_at__isnull=False)
"""Of people with an account: those who may not."""


def email_key(email: str) -> str:
    """Whom what is booked without an account counts for."""
    return f"email:{email.lower()}"


def is_blocked(customer_id: int) -> Exists:
    """Whether somebody with an account may not book any more, as an expression."""
    return Exists(User.objects.filter(OUT, pk=customer_id))


def is_closed(customer_id: int) -> Exists:
    """Whether an account is there no more, as an expression."""
    return Exists(User.objects.filter(is_active=False, pk=customer_id))


def check(request: HoldRequest) -> None:
    """Raise `Forbidden("customer_blocked")` for a customer, who is locked, or a guest's address, who may not book."""
    if request.customer_id is not None:
        check_account(request.customer_id)
    check_address(request)


def check_account(customer_id: int) -> None:
    """As `check`, for somebody with an account, who is locked and buys what is no booking."""
    if User.objects.filter(OUT, pk=customer_id).exists():
        raise _refusal()


def check_read(request: HoldRequest, main: Resource) -> None:
    """As `check`, where the resource was read for the customer after the lock: no query for an account."""
    if request.customer_id is not None and main.is_barred:  # type: ignore[attr-defined]
        raise _refusal()
    check_address(request)


def check_address(request: HoldRequest) -> None:
    """As `check`, for the address that somebody without an account gives; it is locked here."""
    if request.customer_id is None and request.contact.email:
        gate.wait_for_all([email_key(request.contact.email)])
        check_guest(request.contact.email)


def check_guest(email: str) -> None:
    """As `check`, for an address that is locked under `email_key`."""
    if CustomerFile.objects.filter(email=email.lower(), blocked_at__isnull=False).exists():
        raise _refusal()


def check_open(request: HoldRequest, main: Resource) -> None:
    """Refuse the team a booking for an account that was erased or merged meanwhile; blocked ones they may book for."""
    if request.customer_id is not None and main.is_closed:  # type: ignore[attr-defined]
        raise closed()


def check_is_open(customer_id: int) -> None:
    """As `check_open`, for what is no booking; the customer is locked."""
    if not User.objects.filter(pk=customer_id, is_active=True).exists():
        raise closed()


def closed() -> Conflict:
    """How the team is told."""
    return Conflict("customer_closed", _("This account was closed meanwhile. Please look the customer up again."))


def _refusal() -> Forbidden:
    return Forbidden("customer_blocked", _("You cannot book here online. Please ask the venue."))
