"""The venues and resources that somebody may look after here; not theirs is not there."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kernel.errors import Forbidden, NotFound
from venues.access import check_manager, products_managed_by, products_seen_by, resources_managed_by, venues_managed_by
from venues.models import Product, Resource, Venue


def venue_of(request: HttpRequest, venue_id: int) -> Venue:
    """A venue of the caller's; `Forbidden` for who manages nothing, `NotFound` for other venues."""
    check_manager(request.user)
    found = venues_managed_by(request.user).filter(pk=venue_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such venue."))
    return found


def resource_of(request: HttpRequest, resource_id: int) -> Resource:
    """A resource of the caller's, with its venue."""
    check_manager(request.user)
    found = resources_managed_by(request.user).filter(pk=resource_id).select_related("venue", "parent").first()
    if found is None:
        raise NotFound("not_found", _("There is no such resource."))
    return found


def product_of(request: HttpRequest, product_id: int, kind: str) -> Product:
    """A service or an extra that staff may look at."""
    check_manager(request.user)
    found = products_seen_by(request.user).filter(pk=product_id, kind=kind).select_related("stock__venue").first()
    if found is None:
        raise NotFound("not_found", _("There is nothing like that."))
    return found


def may_change(request: HttpRequest, product: Product) -> bool:
    """Whether it is the caller's to change: sold at no venue that is not theirs."""
    return products_managed_by(request.user).filter(pk=product.pk).exists()


def check_changes(request: HttpRequest, product: Product) -> None:
    """Raise `Forbidden` unless it is."""
    if not may_change(request, product):
        raise Forbidden(
            "permission_denied", _("It is sold at a venue that you do not look after, so you cannot change it.")
        )
