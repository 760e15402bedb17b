"""How many there are of an extra: the pool behind it, from which bookings take units for their time.

Every act is called under the lock of all places where the extra is sold, and of its pool (`claims.lock`).
"""

from copy import copy
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import alterations, claims, closures
from bookings.dealing import Stay, TooFew, dealt, most_at_once
from bookings.models import BookingExtra, Occupancy
from bookings.states import LIVE, WAITING
from kernel.errors import Conflict
from kernel.periods import Period
from schemas.clock import database_now
from venues.currencies import places_sold
from venues.models import Product, Resource, Venue

SLUG_LONGEST = 60


def lock_places(product_id: int) -> None:
    """Lock what every booking of a product takes time from."""
    claims.lock(list(places_sold(product_id).values_list("pk", flat=True)))


def set_stock(pool: Resource, units: int) -> None:
    """Have so many of an extra that has a pool; `Conflict("units_booked")` where more are booked already."""
    before = copy(pool)
    pool.units = units
    alterations.alter(before, pool)


def limit(product: Product, venue: Venue, units: int) -> None:
    """Give an extra a pool. Bookings to come take theirs from it; `Conflict("units_booked")` where it is too small."""
    now = database_now()
    pool = Resource.objects.create(
        venue=venue,
        name=product.name,
        slug=f"stock-{product.pk}-{product.slug}"[:SLUG_LONGEST].rstrip("-"),
        kind=Resource.Kind.EQUIPMENT,
        units=units,
    )
    product.stock = pool
    product.save(update_fields=["stock"])
    _take_what_is_booked(product, pool, now)
    closures.cover_new_units(pool, now)


def _take_what_is_booked(product: Product, pool: Resource, now: datetime) -> None:
    over = Q(booking__state__in=WAITING, booking__hold_expires_at__lte=now)
    booked = BookingExtra.objects.filter(product=product, booking__state__in=LIVE, booking__end__gt=now).exclude(over)
    stays = [
        Stay(Period(extra.booking.start, extra.booking.end), (extra.booking_id, number))
        for extra in booked.select_related("booking")
        for number in range(extra.quantity)
    ]
    try:
        places = dealt(stays, pool.units)
    except TooFew:
        most = most_at_once([stay.period for stay in stays])
        raise Conflict("units_booked", _("More than that are booked already."), {"most": most}) from None
    claims.occupy(
        Occupancy(
            resource=pool,
            unit=places[stay.key],
            during=claims.range_of(stay.period),
            kind=Occupancy.Kind.BOOKING,
            booking_id=stay.key[0],
        )
        for stay in stays
    )


def unlimit(product: Product) -> None:
    """Take the pool of an extra away: there are always enough."""
    pool = product.stock
    if pool is None:
        return
    product.stock = None
    product.save(update_fields=["stock"])
    discard(pool)


def discard(pool: Resource) -> None:
    """Delete a pool that belongs to no extra any more, with the record of what was taken from it."""
    Occupancy.objects.filter(resource=pool).delete()
    pool.delete()
