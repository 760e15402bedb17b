"""What everything costs, on one page: each resource, service and extra with its price and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from desk.prices import words
from desk.prices.sellers import Place, all_places, unpriced
from schemas.clock import database_now
from venues.access import check_manager
from venues.models import Rate
from venues.pricelists import PriceList
from venues.repricing import rates_of, tariff

PER_PAGE, MOST_UNPRICED = 50, 100
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """A seller with the price on its sign, how many rates it has, and the next day on which something changes."""

    place: Place
    price: str
    count: int
    next_change: date | None


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What everything costs that the caller may put prices on; what cannot be booked for want of one stands on top."""
    check_manager(request.user)
    page: Page[Place] = Paginator(all_places(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rates, now = rates_of([place.row for place in page]), database_now()
    context = {
        "page": page,
        "entries": [_entry(place, rates[place.row], now) for place in page],
        "unpriced": unpriced(request.user)[:MOST_UNPRICED],
    }
    return render(request, "desk/prices/overview.html", context)


def _entry(place: Place, rates: Sequence[Rate], now: datetime) -> Entry:
    base = PriceList(tariff(rate, rate.pk) for rate in rates).base
    price = words.price(base, place.currency) if base else words.none_of_its_own(place)
    days = changes(rates, now.astimezone(place.zone).date())
    return Entry(place, price, len(rates), min(days, default=None))


def changes(rates: Sequence[Rate], today: date) -> list[date]:
    """The days to come on which a price begins to apply or ceases to, in order."""
    begins = {rate.valid_from for rate in rates if rate.valid_from and rate.valid_from > today}
    ends = {rate.valid_until + ONE_DAY for rate in rates if rate.valid_until and rate.valid_until >= today}
    return sorted(begins | ends)
