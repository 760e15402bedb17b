"""One rate: changing it, ending it, taking it away."""

from copy import copy
from datetime import date
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from desk.prices.rate_forms import OneRateForm
from desk.prices.sellers import Place, place_of
from desk.prices.showing import Proposal, proposed, today_of
from kernel.errors import NotFound
from venues.access import check_manager, rates_managed_by
from venues.models import Rate
from venues.repricing import Change, changed_meanwhile


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, rate_id: int) -> HttpResponse:
    """Change a rate, or give it a last day: shown first, then made."""
    found, place = _rate(request, rate_id)
    if request.method != "POST":
        return _page(request, found, place, OneRateForm(place, initial=OneRateForm.known(found)))
    form = OneRateForm(place, request.POST)
    if not form.is_valid() or not form.check_same(form.known(found)):
        return _page(request, found, place, form)
    put = form.put(copy(found))

    def plan() -> Change:
        now = Rate.objects.select_related("group").filter(pk=found.pk).first()
        if now is not None and form.known(now) != form.known(found):
            raise changed_meanwhile()
        return Change(changed=(put,)) if now is not None else Change()

    proposal = Proposal(
        title=_("Change a price of %(name)s") % {"name": place.row.name},
        places=[place],
        plan=plan,
        first_day=_first_day(found, put, today_of(place)),
        back=place.url,
        done=_("The price is changed. What is booked already stays as it was agreed."),
        button=_("Change this price"),
    )
    return proposed(request, proposal)


@staff_only
@require_POST
def remove(request: HttpRequest, rate_id: int) -> HttpResponse:
    """Take a rate away: shown first, then made."""
    found, place = _rate(request, rate_id)
    proposal = Proposal(
        title=_("Remove a price of %(name)s") % {"name": place.row.name},
        places=[place],
        plan=lambda: Change(removed=tuple(Rate.objects.filter(pk=found.pk).select_related("group"))),
        first_day=max(found.valid_from or date.min, today_of(place)),
        back=place.url,
        done=_("The price is removed. What is booked already stays as it was agreed."),
        button=_("Remove this price"),
    )
    return proposed(request, proposal)


def _rate(request: HttpRequest, rate_id: int) -> tuple[Rate, Place]:
    check_manager(request.user)
    found = rates_managed_by(request.user).select_related("group").filter(pk=rate_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such price."))
    return found, place_of(request.user, found)


def _first_day(before: Rate, after: Rate, today: date) -> date:
    """A day from which the change can be seen: where the rate ends, the day after that."""
    if after.valid_until and after.valid_until != before.valid_until:
        return max(after.valid_until, today)
    return max(after.valid_from or today, today)


def _page(request: HttpRequest, found: Rate, place: Place, form: OneRateForm) -> HttpResponse:
    context = {"rate": found, "place": place, "form": form}
    return render(request, "desk/prices/rate.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)
