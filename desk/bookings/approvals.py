"""What waits for the venue's yes or no, the oldest request first; many are answered by way of a draft."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings.access import bookings_for_staff
from bookings.facts import has_lapsed
from bookings.models import Answer, Booking, BookingExtra, CalendarConflict
from bookings.views.settled import Money, money_of
from desk.bookings.batch_forms import DeclineForm
from desk.bookings.finding import awaiting
from desk.callers import staff
from desk.navigation import works_on_site
from rest.fields import whole
from schemas.clock import database_now

PER_PAGE = 50
MOST_PAGES = 999


@dataclass(frozen=True, slots=True)
class Request:
    """A request: what they ask, what they said, and what stands in its way."""

    booking: Booking
    money: Money
    extras: Sequence[BookingExtra]
    answers: Sequence[Answer]
    is_in_conflict: bool


@staff_only
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """The requests at the venues that somebody looks after; the same few queries for any number of them."""
    user, now = staff(request), database_now()
    number = _number(request.GET.get("page", ""))
    rows = waiting(user).order_by("created_at", "id").select_related("resource__venue", "product")
    first = (number - 1) * PER_PAGE
    seen = list(rows[first : first + PER_PAGE + 1])
    shown = [each for each in seen[:PER_PAGE] if not has_lapsed(each.state, each.hold_expires_at, now)]
    context = {
        "requests": _requests(shown),
        "page": number,
        "following": number + 1 if len(seen) > PER_PAGE else None,
        "form": DeclineForm(),
        "runs": works_on_site(user),
        "here": request.get_full_path(),
    }
    return render(request, "desk/bookings/approvals.html", context)


def waiting(user: User) -> QuerySet[Booking]:
    """What waits for an answer at the venues that somebody sees."""
    return bookings_for_staff(user).filter(awaiting(database_now()))


def _requests(bookings: Sequence[Booking]) -> list[Request]:
    extras: dict[UUID, list[BookingExtra]] = defaultdict(list)
    for extra in BookingExtra.objects.filter(booking__in=bookings).select_related("product"):
        extras[extra.booking_id].append(extra)
    answers: dict[UUID, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(booking__in=bookings).select_related("field"):
        answers[answer.booking_id].append(answer)
    rows = CalendarConflict.objects.filter(booking__in=bookings, settled_at=None)
    conflicts = set(rows.values_list("booking_id", flat=True))
    return [Request(each, money_of(each), extras[each.pk], answers[each.pk], each.pk in conflicts) for each in bookings]


def _number(text: str) -> int:
    return whole(text, MOST_PAGES) or 1
