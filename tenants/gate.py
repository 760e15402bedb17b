"""The last look at the tenant's own state, inside a booking's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from kernel import failpoints
from kernel.errors import Forbidden
from schemas.current import current_schema
from schemas.keys import lock_key
from tenants.models import Tenant

QUESTION = (
    "SELECT CASE WHEN %s THEN pg_advisory_xact_lock(%s)::text END, clock_timestamp(),"
    " tenant.state, tenant.takes_public_bookings, tenant.most_bookings, closing.final_at"
    " FROM (VALUES (1)) AS always LEFT JOIN public.tenants_tenant AS tenant ON tenant.schema_name = %s"
    " LEFT JOIN public.tenants_closing AS closing ON closing.tenant_id = tenant.id"
)
LAST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the gate says: the database's clock, and what the tenant's plan lets in. None: as many as they like.

    `final_at`: its owner has closed the business, which ends then.
    """

    now: datetime
    takes_public_bookings: bool
    most_bookings: int | None
    final_at: datetime | None = None

    def check_goes_on(self) -> None:
        """Raise `Forbidden("tenant_closed")` where the owner has closed the business: nothing new, of nobody."""
        if self.final_at is not None:
            raise ended()

    def check_takes_new(self, is_staff: bool) -> None:
        """As `check_goes_on`, and where the plan lets none of the public in."""
        self.check_goes_on()
        if not (is_staff or self.takes_public_bookings):
            raise closed()

    def check_is_there(self, end: datetime) -> None:
        """Raise `Forbidden("tenant_closed")` for money that is to be taken for a visit which will not be any more.

        Nor is any taken on the last day: what is under way then must have come before everything is deleted.
        """
        if self.final_at is not None and (end > self.final_at or self.now > self.final_at - LAST_DAY):
            text = _("This business has closed. Please do not pay any more, and ask there about your booking.")
            raise Forbidden("tenant_closed", text)


def open_now(alone: str = "") -> datetime:
    """The database's clock, as `enter` reads it."""
    return enter(alone).now


def enter(alone: str = "") -> Entry:
    """The database's clock, read after the caller's locks, if the tenant takes bookings (R34).

    With a name in `alone`, nobody else passes here under that name until the commit: for what is counted
    per customer. The lock comes in the same statement, before the clock.

    Raises `Forbidden("tenant_closed")` for a tenant that was suspended since the request began.
    """
    if failpoints.hit("gate.alone"):  # the negative control counts without it
        alone = ""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [bool(alone), lock_key("alone", alone), current_schema()])
        _waited, now, state, takes_public_bookings, most_bookings, final_at = cursor.fetchone()
    if state != Tenant.State.READY:
        raise closed()
    return Entry(now, takes_public_bookings, most_bookings, final_at)


def is_suspended() -> bool:
    """Whether the current tenant is suspended: then its customers are told nothing (decision 0029)."""
    return bool(Tenant.objects.filter(schema_name=current_schema(), state=Tenant.State.SUSPENDED).exists())


def closed() -> Forbidden:
    """How people are told that nothing new is booked here now, whatever the reason."""
    return Forbidden("tenant_closed", _("This venue takes no bookings at the moment."))


def ended() -> Forbidden:
    """How people are told that the business has closed for good."""
    return Forbidden("tenant_closed", _("This business has closed and takes no new bookings."))


def wait_for_all(names: Iterable[str]) -> None:
    """As `alone` of `open_now`, for several names at once: in one order, so that callers cannot wait in a circle."""
    keys = sorted(lock_key("alone", name) for name in set(names) - {""})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])
