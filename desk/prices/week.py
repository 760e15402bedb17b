"""The prices of one thing by the week: a grid, a form to set a price for some of its times, and all rates below."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from desk.prices import words
from desk.prices.deposits import deposit_cases
from desk.prices.overview import changes
from desk.prices.rate_forms import PaintForm
from desk.prices.sellers import Place, product_place, resource_place
from desk.prices.showing import Proposal, proposed, today_of
from desk.prices.weekgrid import WEEK, Shown, grid, monday_of, shown_hours
from kernel.periods import days
from rest.fields import whole
from venues.access import check_manager
from venues.models import CustomerGroup, Rate
from venues.pricelists import PriceList
from venues.repricing import painted, rates_of, tariff

ONE_WEEK, SIX_DAYS = timedelta(days=7), timedelta(days=6)
YEARS = range(2000, 2200)


@staff_only
@require_safe
def resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """The prices of a resource."""
    check_manager(request.user)
    return _week(request, resource_place(request.user, resource_id))


@staff_only
@require_safe
def service(request: HttpRequest, product_id: int) -> HttpResponse:
    """The prices of a service or an extra."""
    check_manager(request.user)
    return _week(request, product_place(request.user, product_id))


@staff_only
@require_POST
def paint_resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Set a price of a resource for some times: shown first, then made."""
    check_manager(request.user)
    return _paint(request, resource_place(request.user, resource_id))


@staff_only
@require_POST
def paint_service(request: HttpRequest, product_id: int) -> HttpResponse:
    """The same of a service or an extra."""
    check_manager(request.user)
    return _paint(request, product_place(request.user, product_id))


def _paint(request: HttpRequest, place: Place) -> HttpResponse:
    form = PaintForm(place, today_of(place), request.POST)
    if not form.is_valid() or not place.currency:
        return _week(request, place, form)
    new = form.put(place.new_rate())
    day: date = form.cleaned_data["valid_from"]
    seen = next(each for each in days(day, WEEK) if not new.weekdays or each.weekday() in new.weekdays)
    proposal = Proposal(
        title=_("Set a price for %(name)s") % {"name": place.row.name},
        places=[place],
        plan=lambda: painted(rates_of([place.row])[place.row], new),
        first_day=day,
        back=f"{place.url}?{urlencode({'day': seen.isoformat(), 'group': new.group_id or ''})}",
        done=_("The price is set. What is booked already stays as it was agreed."),
        button=_("Set this price"),
    )
    return proposed(request, proposal)


def _week(request: HttpRequest, place: Place, form: PaintForm | None = None) -> HttpResponse:
    today = today_of(place)
    rates = rates_of([place.row])[place.row]
    monday, group = _day(request, today), _group(request)
    first = max(monday, today)
    context: dict[str, Any] = {
        "place": place,
        "form": form or PaintForm(place, today, initial=_initial(rates, first, group)),
        "lines": [words.line(rate, place.currency, today) for rate in sorted(rates, key=_order)],
        "changes": changes(rates, today),
        "today": today,
        "group": group,
        "groups": list(CustomerGroup.objects.all()),
        "deposit": deposit_cases(place, rates, today),
        "none": words.none_of_its_own(place),
        **_grid(request, place, rates, monday, group),
    }
    return render(request, "desk/prices/week.html", context, status=HTTPStatus.BAD_REQUEST if form else 200)


def _grid(
    request: HttpRequest, place: Place, rates: list[Rate], monday: date, group: CustomerGroup | None
) -> dict[str, Any]:
    hours = shown_hours(place.spans(monday, monday + SIX_DAYS))
    is_whole = bool(request.GET.get("all"))
    prices = PriceList(tariff(rate, rate.pk) for rate in rates)
    shown = grid(
        prices, frozenset({group.pk} if group else ()), monday, place.zone, Shown() if is_whole else Shown(hours)
    )
    names = {rate.pk: rate.name for rate in rates}
    return {
        "grid": shown,
        "keys": [
            (key, names[key.tariff.rate_id], words.price(key.tariff, place.currency), words.when(key.tariff))
            for key in shown.keys
        ],
        "monday": monday,
        "sunday": monday + SIX_DAYS,
        "before": monday - ONE_WEEK,
        "after": monday + ONE_WEEK,
        "is_whole": is_whole,
        "can_be_whole": hours != Shown().hours,
    }


def _initial(rates: list[Rate], first: date, group: CustomerGroup | None) -> dict[str, Any]:
    unit = rates[0].unit if rates else Rate.Unit.HOUR
    return {"valid_from": first, "group": group, "unit": unit}


def _order(rate: Rate) -> tuple[bool, int, date, int]:
    """Usual prices first, then what comes before them."""
    return (rate.group_id is not None, rate.priority, rate.valid_from or date.min, rate.pk)


def _day(request: HttpRequest, today: date) -> date:
    """The Monday of the week that is asked for; this week's for anything that is no day."""
    try:
        found = parse_date(request.GET.get("day", ""))
    except ValueError:
        found = None
    return monday_of(found if found and found.year in YEARS else today)


def _group(request: HttpRequest) -> CustomerGroup | None:
    known = whole(request.GET.get("group", ""))
    return CustomerGroup.objects.filter(pk=known).first() if known else None
