"""The list of bookings: searched, narrowed, leafed through; and views of it by name."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings.access import EXPORTS
from bookings.models import Booking
from bookings.views.settled import Money, money_of
from bookings.views.words import Words, words_for
from desk.bookings import finding, saved
from desk.bookings.finding import MOST
from desk.bookings.saved import ViewForm
from desk.bookings.wanted import WantedForm
from desk.callers import staff
from desk.navigation import works_on_site
from kernel.errors import Refused
from rest.fields import whole
from schemas.clock import database_now
from venues.access import MANAGES

MOST_PAGES = 99_999


@dataclass(frozen=True, slots=True)
class Row:
    """A booking in the list."""

    booking: Booking
    words: Words
    money: Money


@staff_only
@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    """The bookings of the venues that somebody looks after, from today on unless something else is asked for."""
    return render(request, "desk/bookings/list.html", _listed(request, ViewForm(staff(request))))


def _listed(request: HttpRequest, form: ViewForm) -> dict[str, object]:
    user, now = staff(request), database_now()
    filters = WantedForm(user, request.GET)
    wanted = filters.wanted
    rows = finding.found(user, wanted, now)
    page = finding.page_of(rows, _number(request.GET.get("page", "")))
    views = saved.views_for(user, wanted)
    return {
        "filters": filters,
        "several": len(filters.fields["venue"].choices) > len(("any", "one")),  # type: ignore[attr-defined]
        "wanted": wanted,
        "page": page,
        "rows": [_row(booking, now) for booking in page.rows],
        "number": finding.number_of(rows) if page.is_full or page.page > 1 else page.last,
        "most": MOST,
        "views": views,
        "current": next((view for view in views if view.is_current), None),
        "form": form,
        "runs": works_on_site(user),
        "exports": user.role in EXPORTS,
        "shares": user.role in MANAGES,
    }


def _row(booking: Booking, now: datetime) -> Row:
    return Row(booking, words_for(booking, now), money_of(booking))


def _number(text: str) -> int:
    return whole(text, MOST_PAGES) or 1


@staff_only
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filter under a name."""
    user = staff(request)
    form = ViewForm(user, request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
        return redirect(f"{reverse('desk-bookings')}?{request.POST.get('query', '')[:500]}")
    try:
        view = saved.keep(user, form.keeping)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect(f"{reverse('desk-bookings')}?{form.keeping.query}")
    messages.success(request, _("“%(name)s” is kept.") % {"name": view.name})
    return redirect(f"{reverse('desk-bookings')}?{view.query}")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Another name for a view, sharing it, or giving it up."""
    user = staff(request)
    found = saved.view_of(user, view_id)
    sent = request.method == "POST"
    form = ViewForm(user, request.POST if sent else None, initial={"name": found.name, "shared": found.is_shared})
    if sent and "delete" in request.POST:
        found.delete()
        messages.success(request, _("“%(name)s” is gone.") % {"name": found.name})
        return redirect("desk-bookings")
    if sent and form.is_valid():
        try:
            saved.rename(user, found, form.keeping)
        except Refused as refusal:
            form.add_error("name", refusal.detail)
        else:
            return redirect(f"{reverse('desk-bookings')}?{found.query}")
    context = {"view": found, "form": form, "shares": user.role in MANAGES}
    return render(request, "desk/bookings/view.html", context, status=HTTPStatus.BAD_REQUEST if sent else 200)
