"""What the tenant's plan lets in: whether the public may book, and how many bookings a calendar month has room for.

Bookings made this month on the tenant's clocks count, whenever they take place; those that were cancelled, and
holds that are over, do not. Tenants without a limit are asked nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from bookings.models import Booking
from bookings.records import Actor
from bookings.states import WAITING, State
from kernel.errors import Forbidden
from kernel.periods import midnight
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import gate, limits
from tenants.models import Tenant
from tenants.zones import zone

GONE = frozenset({State.CANCELLED, State.EXPIRED})
PLENTY = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """Who was let in when, and the limit that new bookings are to be held against."""

    now: datetime
    actor: Actor
    most: int | None

    def take(self, more: int = 1) -> None:
        """Refuse so many new bookings more than the month has room for.

        Staff hear `Forbidden("plan_limit")` with the figures, customers `tenant_closed`.
        """
        try:
            limits.check(limits.Thing.BOOKINGS, self.most, more)
        except Forbidden as refusal:
            raise refusal if self.actor.is_staff else gate.closed() from refusal


def admitted(actor: Actor, alone: str) -> Allowance:
    """Pass the gate to make new bookings, with the locks that it takes to count them.

    Raises `Forbidden("tenant_closed")` where the tenant takes none, or none of the public.
    """
    entry = gate.enter(alone)
    if entry.most_bookings is not None:
        limits.alone(limits.Thing.BOOKINGS)
        entry = gate.enter()  # it may have been a long wait
    entry.check_takes_new(is_staff=actor.is_staff)
    return Allowance(entry.now, actor, entry.most_bookings)


def offers() -> int | None:
    """How many holds those who wait may be given now; None where somebody else counts in this moment."""
    fields = ("state", "takes_public_bookings", "most_bookings", "closing__final_at")
    tenant = Tenant.objects.only(*fields).select_related("closing").get(schema_name=current_schema())
    if not tenant.takes_new_bookings:
        return 0
    if tenant.most_bookings is None:
        return PLENTY
    if not limits.is_alone(limits.Thing.BOOKINGS):
        return None
    left: int = tenant.most_bookings - made_this_month()
    return max(0, left)


@limits.counts(limits.Thing.BOOKINGS)
def made_this_month() -> int:
    """Bookings that count for the plan."""
    now = database_now()
    in_zone = zone(Tenant.objects.values_list("time_zone", flat=True).get(schema_name=current_schema()))
    first = midnight(now.astimezone(in_zone).date().replace(day=1), in_zone)
    over = Q(state__in=WAITING, hold_expires_at__lte=now)
    made = Booking.objects.filter(created_at__gte=first, resource__venue__is_sample=False)
    return made.exclude(state__in=GONE).exclude(over).count()
