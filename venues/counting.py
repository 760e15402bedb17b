"""How many places a tenant has, as its plan counts them."""

from tenants.limits import Thing, counts
from venues.models import Product, Resource, Venue


@counts(Thing.VENUES)
def venues() -> int:
    """Those that are open to bookings."""
    return Venue.objects.filter(is_active=True).count()


@counts(Thing.RESOURCES)
def resources() -> int:
    """Those that can be booked; parts count, pools of extras do not."""
    pools = Product.objects.exclude(stock=None).values("stock")
    return Resource.objects.filter(is_active=True, venue__is_sample=False).exclude(pk__in=pools).count()
