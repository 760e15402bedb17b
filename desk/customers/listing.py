"""The lists of customers and of guests: searched, narrowed, leafed through."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings import clientele, looks
from bookings.access import EXPORTS
from bookings.models import Look
from desk.callers import staff
from desk.customers.forms import VISITED, WantedForm
from desk.customers.leafing import Leaf, leaf
from venues.access import MANAGES, venues_run_by
from venues.models import CustomerGroup


@staff_only
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """People with an account, by name."""
    user, wanted = staff(request), WantedForm(request.GET).wanted
    page = leaf(request, clientele.customers(user, wanted))
    return _shown(request, page, {"entries": clientele.entries(user, page.rows), "wanted": wanted})


@staff_only
@require_safe
def guests(request: HttpRequest) -> HttpResponse:
    """People who booked without one, by address."""
    user, wanted = staff(request), WantedForm(request.GET).wanted
    page = leaf(request, clientele.guests(user, wanted))
    context = {
        "entries": clientele.guest_entries(user, [row["address"] for row in page.rows]),
        "wanted": wanted,
        "is_guests": True,
        "shut_out": clientele.shut_out()[:100] if wanted.is_blocked and not wanted.q else [],
    }
    return _shown(request, page, context)


def _shown(request: HttpRequest, page: Leaf, context: dict[str, object]) -> HttpResponse:
    user = staff(request)
    looks.at_all(user, Look.What.LIST)
    more = {
        "page": page,
        "groups": list(CustomerGroup.objects.all()),
        "visited": VISITED.items(),
        "narrows": bool(page.query),
        "runs": venues_run_by(user).exists(),
        "exports": user.role in EXPORTS,
        "manages": user.role in MANAGES,
    }
    return render(request, "desk/customers/list.html", {**more, **context})
