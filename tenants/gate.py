"""The last look at the tenant's own state, inside a booking's transaction."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

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
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [bool(alone), lock_key("alone", alone), current_schema()])
        _waited, now, state = cursor.fetchone()
    if state != Tenant.State.READY:
        raise Forbidden("tenant_closed", _("This venue takes no bookings at the moment."))
    instant: datetime = now
    return instant
