"""The owner's list of what partners book, with the ids that they need."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from oauth.access import check_owner
from venues.access import public_products, public_spaces
from venues.models import Product


@staff_only
@require_safe
def ids(request: HttpRequest) -> HttpResponse:
    """Services with their spaces, and extras: what `/api/partner/v1/` has, to copy."""
    check_owner(request.user)
    products = public_products()
    context = {
        "services": products.filter(kind=Product.Kind.BOOKING),
        "extras": products.filter(kind=Product.Kind.EXTRA),
        "spaces": public_spaces(),
    }
    return render(request, "desk/partner_ids.html", context)
