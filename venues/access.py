"""The door to venues and what is in them. Every view and API call comes through here.

"Not yours" and "does not exist" are the same answer for things that are not public.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import STAFF_ROLES, Role, User
from kernel.errors import Forbidden, NotFound
from venues.currencies import places_sold
from venues.models import Closure, CustomField, ExtraOffer, Product, Quota, Rate, Resource, Venue
from venues.offered import with_offers

Anyone = User | AnonymousUser

SEES_EVERY_VENUE = frozenset({Role.OWNER, Role.FRONT_DESK, Role.ACCOUNTANT})
MANAGES = frozenset({Role.OWNER, Role.MANAGER})


def public_venues() -> QuerySet[Venue]:
    """Venues that anyone may see."""
    return Venue.objects.filter(is_active=True)


def public_resources() -> QuerySet[Resource]:
    """Resources that anyone may see, with venue, prices and offers: those without a price cannot be booked."""
    return with_offers(_public_rows())


def _public_rows() -> QuerySet[Resource]:
    priced = Exists(Rate.objects.filter(resource=OuterRef("pk")))
    return Resource.objects.filter(priced, is_active=True, venue__is_active=True).select_related("venue")


def public_spaces() -> QuerySet[Resource]:
    """Resources at which anyone may book a service, with venue, prices and offers: a service may bring the price."""
    sold = public_products().filter(kind=Product.Kind.BOOKING, resources=OuterRef("pk"))
    rows = Resource.objects.filter(Exists(sold), is_active=True, venue__is_active=True)
    return with_offers(rows).select_related("venue")


def public_products() -> QuerySet[Product]:
    """Services and extras that anyone may book."""
    return Product.objects.filter(is_active=True)


def public_venue(slug: str) -> Venue:
    """A venue by its slug; raises `NotFound`."""
    venue = public_venues().filter(slug=slug).first()
    if venue is None:
        raise NotFound("not_found", _("There is no such venue."))
    return venue


def public_resource(venue_slug: str, slug: str) -> Resource:
    """A resource by the slugs of its address; raises `NotFound`."""
    resource = public_resources().filter(venue__slug=venue_slug, slug=slug).first()
    if resource is None:
        raise NotFound("not_found", _("There is no such resource."))
    return resource


def public_place(venue_slug: str, slug: str) -> Resource:
    """As `public_resource`, without prices and offers: for whoever reads those with its kin. Raises `NotFound`."""
    resource = _public_rows().filter(venue__slug=venue_slug, slug=slug).first()
    if resource is None:
        raise NotFound("not_found", _("There is no such resource."))
    return resource


def public_space(venue_slug: str, slug: str) -> Resource:
    """A resource at which a service can be booked, by the slugs of its address; raises `NotFound`."""
    resource = public_spaces().filter(venue__slug=venue_slug, slug=slug).first()
    if resource is None:
        raise NotFound("not_found", _("There is no such resource."))
    return resource


def check_staff(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller works for the tenant."""
    if not user.is_authenticated or not user.is_staff_member:
        raise Forbidden("permission_denied", _("Only staff may do that."))


def sees_every_venue(user: Anyone) -> bool:
    """Whether somebody may read of all venues, so that no query has to ask of which."""
    return user.is_authenticated and user.is_staff_member and user.role in SEES_EVERY_VENUE


def venues_seen_by(user: Anyone) -> QuerySet[Venue]:
    """Venues whose bookings a member of staff may read: all, or a manager's own."""
    if not user.is_authenticated or not user.is_staff_member:
        return Venue.objects.none()
    if sees_every_venue(user):
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
        raise NotFound("not_found", _("There is no such venue."))
    return venue


def closures_seen_by(user: Anyone) -> QuerySet[Closure]:
    """Closures at the venues that a member of staff may read."""
    return Closure.objects.filter(venue__in=venues_seen_by(user))


def closures_run_by(user: Anyone) -> QuerySet[Closure]:
    """Closures that a member of staff may take back."""
    return Closure.objects.filter(venue__in=venues_run_by(user))


def check_manager(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller may change what the tenant offers: owner and managers.

    Enough by itself for what belongs to no venue: groups, vouchers, packs, policies, gift credit.
    """
    check_staff(user)
    if not user.is_authenticated or user.role not in MANAGES:
        raise Forbidden("permission_denied", _("Only the owner and managers may change this."))


def check_owner(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller is the owner, who alone adds venues and gives them up."""
    check_staff(user)
    if not user.is_authenticated or user.role != Role.OWNER:
        raise Forbidden("permission_denied", _("Only the owner may change this."))


def team_seen_by(user: Anyone) -> QuerySet[User]:
    """Who works here, by name, for the owner and managers; `Forbidden` for everybody else."""
    check_manager(user)
    return User.objects.filter(role__in=STAFF_ROLES).order_by("name", "pk")


def venues_managed_by(user: Anyone) -> QuerySet[Venue]:
    """Venues whose offer the caller may change: all for the owner, a manager's own."""
    if not user.is_authenticated or user.role not in MANAGES:
        return Venue.objects.none()
    return venues_seen_by(user)


def resources_seen_by(user: Anyone) -> QuerySet[Resource]:
    """Resources whose settings a member of staff may read."""
    if sees_every_venue(user):
        return Resource.objects.all()
    return Resource.objects.filter(venue__in=venues_seen_by(user))


def resources_managed_by(user: Anyone) -> QuerySet[Resource]:
    """Resources whose settings and prices the caller may change."""
    return Resource.objects.filter(venue__in=venues_managed_by(user))


def products_seen_by(user: Anyone) -> QuerySet[Product]:
    """Services and extras that a member of staff may read: all, as customers do."""
    return Product.objects.all() if user.is_authenticated and user.is_staff_member else Product.objects.none()


def products_managed_by(user: Anyone) -> QuerySet[Product]:
    """Services and extras that the caller may change: those that no venue sells which is not the caller's to manage."""
    if not user.is_authenticated or user.role not in MANAGES:
        return Product.objects.none()
    if user.role == Role.OWNER:
        return Product.objects.all()
    return Product.objects.exclude(Exists(places_sold(OuterRef("pk")).exclude(venue__in=venues_managed_by(user))))


def _sold_by(resources: QuerySet[Resource], products: QuerySet[Product]) -> Q:
    return Q(resource__in=resources) | Q(product__in=products)


def rates_seen_by(user: Anyone) -> QuerySet[Rate]:
    """Rates of resources and products that a member of staff may read."""
    return Rate.objects.filter(_sold_by(resources_seen_by(user), products_seen_by(user)))


def rates_managed_by(user: Anyone) -> QuerySet[Rate]:
    """Rates that the caller may change."""
    return Rate.objects.filter(_sold_by(resources_managed_by(user), products_managed_by(user)))


def offers_seen_by(user: Anyone) -> QuerySet[ExtraOffer]:
    """Offers of extras with resources and services that a member of staff may read."""
    return ExtraOffer.objects.filter(_sold_by(resources_seen_by(user), products_seen_by(user)))


def offers_managed_by(user: Anyone) -> QuerySet[ExtraOffer]:
    """Offers that the caller may change; that the extra is sold elsewhere too does not matter."""
    return ExtraOffer.objects.filter(_sold_by(resources_managed_by(user), products_managed_by(user)))


def questions_seen_by(user: Anyone) -> QuerySet[CustomField]:
    """Questions of resources and services that a member of staff may read."""
    return CustomField.objects.filter(_sold_by(resources_seen_by(user), products_seen_by(user)))


def questions_managed_by(user: Anyone) -> QuerySet[CustomField]:
    """Questions that the caller may change."""
    return CustomField.objects.filter(_sold_by(resources_managed_by(user), products_managed_by(user)))


def quotas_seen_by(user: Anyone) -> QuerySet[Quota]:
    """Quotas of venues that a member of staff may read."""
    return Quota.objects.filter(venue__in=venues_seen_by(user))


def quotas_managed_by(user: Anyone) -> QuerySet[Quota]:
    """Quotas that the caller may change."""
    return Quota.objects.filter(venue__in=venues_managed_by(user))
