"""What the business is called, by which clock it goes, and in which currency new venues begin."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bookings.models import Booking
from kernel.errors import Invalid
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import hosts
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Named:
    """What may be changed. Venues have a clock and a currency of their own, which this leaves as they are."""

    name: str
    time_zone: str
    currency: str


def has_fixed_currency() -> bool:
    """Whether there is a booking already: from then on sums of the whole business are in its currency."""
    return Booking.objects.exists()


def change(named: Named, is_same: Callable[[Tenant], bool] = lambda _tenant: True) -> bool:
    """Name the current tenant anew; other processes follow within seconds. Answers whether it was done.

    `is_same` is asked under the lock whether it still is as whoever changes it has seen it. Raises
    `Invalid("invalid")` with `errors` by field, and `Invalid("currency_fixed")` once there are bookings.
    """

    def act() -> bool:
        tenant: Tenant = Tenant.objects.select_for_update().get(schema_name=current_schema())
        if not is_same(tenant):
            return False
        if named.currency != tenant.currency and has_fixed_currency():
            raise Invalid("currency_fixed", _("There are bookings already, so the currency stays as it is."))
        tenant.name, tenant.time_zone, tenant.currency = named.name.strip(), named.time_zone, named.currency
        try:
            tenant.clean_fields(exclude=["slug_skeleton"])
        except ValidationError as error:
            raise Invalid("invalid", _("Please check what you typed."), {"errors": error.message_dict}) from error
        tenant.save(update_fields=["name", "time_zone", "currency"])
        return True

    is_changed = transact(act)
    hosts.forget()
    return is_changed
