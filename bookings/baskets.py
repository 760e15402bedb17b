"""What somebody wants and what they pay it with, as `bookings.prices` needs to know it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kernel.periods import Period
from venues.models import Product, Resource, Voucher
from venues.pricelists import Standing, wall_clock


@dataclass(frozen=True, slots=True)
class Extra:
    """So many of an extra; the product was read `with_prices`."""

    product: Product
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What is wanted. Resources (the main one first) and products were read `with_prices`."""

    resources: tuple[Resource, ...]
    period: Period
    zone: ZoneInfo
    participants: int = 1
    product: Product | None = None
    extras: tuple[Extra, ...] = ()
    standings: tuple[Standing, ...] = ()
    booked_at: datetime | None = None
    """When it is booked: a balance that would be due before that is due at once."""

    @property
    def main(self) -> Resource:
        """The resource that the booking is named for."""
        return self.resources[0]

    @property
    def in_force(self) -> tuple[Standing, ...]:
        """The memberships that hold on the local day of the start."""
        day = wall_clock(self.period.start, self.zone).date()
        return tuple(standing for standing in self.standings if standing.holds_on(day))

    @property
    def groups(self) -> frozenset[int]:
        """Their groups."""
        return frozenset(standing.group_id for standing in self.in_force)


@dataclass(frozen=True, slots=True)
class Means:
    """What makes it cheaper or pays for it: a voucher, prepaid minutes, gift credit in minor units."""

    voucher: Voucher | None = None
    pack_minutes: int = 0
    pack_name: str = ""
    credit_minor: int = 0
    agreed_minor: int | None = None
    """A total that staff agreed on with the customer."""
