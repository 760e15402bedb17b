"""What was told about one booking, and what is planned."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings.notices import log
from bookings.views.notices import PER_PAGE, shown
from desk.booking import found


@staff_only
@require_safe
def of_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What was told about one booking, and what is planned."""
    booking = found.seen(request.user, booking_id)
    rows = log.of_booking(request.user, booking)[: PER_PAGE * 4]
    return render(request, "desk/booking/notices.html", {"booking": booking, "rows": [shown(row) for row in rows]})
