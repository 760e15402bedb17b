"""The door to venues and what is in them. Every view and API call comes through here.

"Not yours" and "does not exist" are the same answer for things that are not public.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Role, User
from kernel.errors import Forbidden, NotFound
from venues.models import Closure, Product, Rate, Resource, Venue
from venues.offered import with_offers

Anyone = User | AnonymousUser

SEES_EVERY_VENUE = frozenset({Role.OWNER, Role.FRONT_DESK, Role.ACCOUNTANT})


def public_venues() -> QuerySet[Venue]:
    """Venues that anyone may see."""
    return Venue.objects.filter(is_active=True)


def public_resources() -> QuerySet[Resource]:
    """Resources that anyone may see, with venue, prices and offers: those without a price cannot be booked."""
    priced = Exists(Rate.objects.filter(resource=OuterRef("pk")))
    return with_offers(Resource.objects.filter(priced, is_active=True, venue__is_active=True)).select_related("venue")


def public_products() -> QuerySet[Product]:
    """Services and extras that anyone may book."""
    return Product.objects.filter(is_active=True)


def public_venue(slug: str) -> Venue:
    """A venue by its slug; raises `NotFound`."""
    venue = public_venues().filter(slug=slug).first()
    if venue is None:
        raise NotFound("not_found", "There is no such venue.")
    return venue


def public_resource(venue_slug: str, slug: str) -> Resource:
    """A resource by the slugs of its address; raises `NotFound`."""
    resource = public_resources().filter(venue__slug=venue_slug, slug=slug).first()
    if resource is None:
        raise NotFound("not_found", "There is no such resource.")
    return resource


def check_staff(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller works for the tenant."""
    if not user.is_authenticated or not user.is_staff_member:
        raise Forbidden("permission_denied", "Only staff may do that.")


def venues_seen_by(user: Anyone) -> QuerySet[Venue]:
    """Venues whose bookings a member of staff may read: all, or a manager's own."""
    if not user.is_authenticated or not user.is_staff_member:
        return Venue.objects.none()
    if user.role in SEES_EVERY_VENUE:
        return Venue.objects.all()
    return Venue.objects.filter(assignments__user=user)


def venues_run_by(user: Anyone) -> QuerySet[Venue]:
    """Venues in which a member of staff may change things; an accountant only reads."""
    if not user.is_authenticated or not user.is_staff_member or user.role == Role.ACCOUNTANT:
        return Venue.objects.none()
    return venues_seen_by(user)


def venue_run_by(user: Anyone, venue_id: int) -> Venue:
    """A venue that the caller may change; `Forbidden` for non-staff, `NotFound` for other venues."""
    check_staff(user)
    venue = venues_run_by(user).filter(pk=venue_id).first()
    if venue is None:
        raise NotFound("not_found", "There is no such venue.")
    return venue


def closures_seen_by(user: Anyone) -> QuerySet[Closure]:
    """Closures at the venues that a member of staff may read."""
    return Closure.objects.filter(venue__in=venues_seen_by(user))


def closures_run_by(user: Anyone) -> QuerySet[Closure]:
    """Closures that a member of staff may take back."""
    return Closure.objects.filter(venue__in=venues_run_by(user))
