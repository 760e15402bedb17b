"""What the tests of waiting lists do and look at."""

from bookings import cancelling, joining
from bookings.cancelling import Cancellation
from bookings.joining import Want
from bookings.models import WaitlistEntry
from bookings.records import SYSTEM
from schemas.clock import database_now


def wait(user, place, period=None, **fields):
    """An entry for a slot, or for whatever is said."""
    return joining.join(Want(customer=user, resource_id=place, period=period, **fields))[0]


def states(*entries):
    """Where they are, as shown."""
    now = database_now()
    rows = {row.pk: row for row in WaitlistEntry.objects.select_related("offer")}
    return [joining.state_at(rows[entry.pk], now) for entry in entries]


def offer(entry):
    """The hold that an entry was offered."""
    return WaitlistEntry.objects.select_related("offer").get(pk=entry.pk).offer


def cancel(booking, actor=SYSTEM):
    """Give it back, as staff may at any time."""
    return cancelling.cancel(booking, actor, Cancellation())
