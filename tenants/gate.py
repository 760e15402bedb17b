"""The last look at the tenant's own state, inside a booking's transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from kernel import failpoints
from kernel.errors import Forbidden
from schemas.current import current_schema
from schemas.keys import lock_key
from tenants.models import Tenant

QUESTION = (
    "SELECT CASE WHEN %s THEN pg_advisory_xact_lock(%s)::text END, clock_timestamp(),"
    " (SELECT state FROM public.tenants_tenant WHERE schema_name = %s)"
)


def open_now(alone: str = "") -> datetime:
    """The database's clock, read after the caller's locks, if the tenant takes bookings (R34).

    With a name in `alone`, nobody else passes here under that name until the commit: for what is counted
    per customer. The lock comes in the same statement, before the clock.

    Raises `Forbidden("tenant_closed")` for a tenant that was suspended since the request began.
    """
    if failpoints.hit("gate.alone"):  # the negative control counts without it
        alone = ""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [bool(alone), lock_key("alone", alone), current_schema()])
        _waited, now, state = cursor.fetchone()
    if state != Tenant.State.READY:
        raise Forbidden("tenant_closed", _("This venue takes no bookings at the moment."))
    instant: datetime = now
    return instant


def wait_for_all(names: Iterable[str]) -> None:
    """As `alone` of `open_now`, for several names at once: in one order, so that callers cannot wait in a circle."""
    keys = sorted(lock_key("alone", name) for name in set(names) - {""})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])
