"""The last look at the tenant's own state, inside a booking's transaction."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from kernel.errors import Forbidden
from schemas.current import current_schema
from tenants.models import Tenant

QUESTION = "SELECT clock_timestamp(), (SELECT state FROM public.tenants_tenant WHERE schema_name = %s)"


def open_now() -> datetime:
    """The database's clock, read after the caller's locks, if the tenant takes bookings (R34).

    Raises `Forbidden("tenant_closed")` for a tenant that was suspended since the request began.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [current_schema()])
        now, state = cursor.fetchone()
    if state != Tenant.State.READY:
        raise Forbidden("tenant_closed", _("This venue takes no bookings at the moment."))
    instant: datetime = now
    return instant
