"""Who of the team saw what is kept of whom (GDPR art. 5(2)): noted when a page, a detail or a file of it is opened.

One insert that says nothing where the hour has it already. For the owner and managers on the customer's page, and for
the person in the own file. Kept for `KEPT`. Nobody is noted for looking at what is their own.
"""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now, TruncHour

from accounts.models import User
from bookings.customers import Whom
from bookings.models import Booking, Look
from schemas.clock import database_now
from tenants import cleaning
from venues.access import Anyone

KEPT = timedelta(days=365)
PLATFORM = "Forecourt"
"""Who looked where the number is below zero: somebody of the platform, as one of the team."""
What = Look.What


def at_customer(viewer: Anyone, whom: Whom, what: What = What.PAGE) -> None:
    """Note that somebody of the team opened all that is known of somebody, or took it away."""
    account = whom.customer.pk if whom.customer else None
    _note(viewer, account, "" if account else whom.email, what)


def at_booking(viewer: Anyone, booking: Booking) -> None:
    """The same of one booking, which names whoever booked it; one that names nobody is not noted."""
    if booking.customer_id or booking.email:
        _note(viewer, booking.customer_id, "" if booking.customer_id else booking.email.lower(), What.BOOKING)


def at_all(viewer: Anyone, what: What) -> None:
    """The same of a list or a table that names many."""
    _note(viewer, None, "", what)


def of(whom: Whom) -> QuerySet[Look]:
    """Who looked at somebody, the latest first: by account, and by its address as long as there was none."""
    address = Q(account_id=None, email=whom.email)
    return Look.objects.filter(Q(account_id=whom.customer.pk) | address if whom.customer else address)


def told(email: str, user: User | None) -> list[Mapping[str, Any]]:
    """The same for the person: when and what, in what role, and no names of the team."""
    found = list(of(Whom(email, user)).values("viewer_id", "what", "at"))
    roles = dict(User.objects.filter(pk__in={row["viewer_id"] for row in found}).values_list("pk", "role"))
    return [
        {
            "at": row["at"],
            "what": row["what"],
            "who": PLATFORM if row["viewer_id"] < 0 else roles.get(row["viewer_id"], ""),
        }
        for row in found
    ]


def _note(viewer: Anyone, account_id: int | None, email: str, what: What) -> None:
    if not viewer.is_authenticated or not viewer.is_staff_member:
        return
    if not viewer.look_in and (viewer.pk == account_id or viewer.email == email):
        return
    hour = TruncHour(Now(), tzinfo=UTC)
    look = Look(
        viewer_id=-viewer.look_in or viewer.pk, account_id=account_id, email=email, what=what, hour=hour, at=Now()
    )
    Look.objects.bulk_create([look], ignore_conflicts=True)


@cleaning.of_tenants("looks")
def old_looks() -> int:
    """What is older than `KEPT`."""
    return cleaning.sweep(Look.objects.filter(at__lt=database_now() - KEPT))
