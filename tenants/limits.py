"""What a tenant's plan allows, counted under a lock where the thing is made (R34).

Whoever knows how many there are registers with `counts`; whoever makes one calls `take` in the transaction
that makes it, after the locks of the thing itself. A tenant without a limit pays one query and no lock.
Nothing is taken away where there is more than a smaller plan allows: only making more is refused.
"""

from collections.abc import Callable
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import STAFF_ROLES, User
from kernel import failpoints
from kernel.errors import Forbidden
from schemas.current import current_schema
from schemas.keys import lock_key
from tenants.models import Tenant


class Thing(StrEnum):
    """What plans limit; `Tenant.most_<thing>` and `Plan.most_<thing>` hold the number, None without limit."""

    VENUES = "venues"
    RESOURCES = "resources"
    STAFF = "staff"
    BOOKINGS = "bookings"


Counter = Callable[[], int]
_counters: dict[Thing, Counter] = {}


def counts(thing: Thing) -> Callable[[Counter], Counter]:
    """Register the function that counts a thing in the current tenant, as its plan does."""

    def register(counter: Counter) -> Counter:
        _counters[thing] = counter
        return counter

    return register


def used(thing: Thing) -> int:
    """How many the current tenant has; this calendar month, for bookings."""
    return _counters[thing]()


def take(thing: Thing, more: int = 1) -> None:
    """Refuse so many more than the plan allows; what was counted stays true until the caller's commit.

    Raises `Forbidden("plan_limit")` with `limit` and `used`.
    """
    if _most(thing) is None:
        return
    alone(thing)
    check(thing, _most(thing), more)


def alone(thing: Thing) -> None:
    """Nobody else makes such a thing in this tenant until the caller's commit."""
    if failpoints.hit("limits.alone"):  # the negative control counts without it
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("limit", thing)])


def is_alone(thing: Thing) -> bool:
    """As `alone`, for those who hold locks that come later: False, without waiting, where somebody else counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key("limit", thing)])
        return bool(cursor.fetchone()[0])


def check(thing: Thing, most: int | None, more: int) -> None:
    """Refuse so many more than `most`, under the lock; nothing where there is no limit."""
    if most is None:
        return
    found = used(thing)
    failpoints.hit("limits.counted")
    if found + more > most:
        raise Forbidden("plan_limit", _("The plan of this business allows no more."), {"limit": most, "used": found})


def _most(thing: Thing) -> int | None:
    column = f"most_{thing}"
    most: int | None = Tenant.objects.filter(schema_name=current_schema()).values_list(column, flat=True).first()
    return most


@counts(Thing.STAFF)
def _staff() -> int:
    return User.objects.filter(role__in=STAFF_ROLES, is_active=True).count()
