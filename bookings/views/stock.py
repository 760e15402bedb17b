"""How many of each extra there are at the time of a booking, for the page that offers them."""

from collections.abc import Iterable

from bookings import availability
from bookings.facts import Window
from bookings.models import Booking
from kernel.periods import Period
from schemas.clock import database_now
from tenants.zones import zone
from venues.models import Product


def left_of(extras: Iterable[Product], booking: Booking) -> dict[int, int]:
    """How many the booking can have, by id of the extra; those without a stock are missing. Three queries, or none."""
    pools = {extra.pk: extra.stock_id for extra in extras if extra.stock_id is not None}
    if not pools:
        return {}
    during = Period(booking.start, booking.end)
    window = Window.around(during, {zone(booking.time_zone)})
    facts = availability.read(set(pools.values()), window, database_now(), [booking.pk])
    return {pk: max(0, facts[pool].units_free(facts[pool].with_buffers(during))) for pk, pool in pools.items()}
