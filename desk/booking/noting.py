"""Notes of the team about a booking: written once, never changed, with who and when."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import staff_only
from bookings.models import StaffNote
from desk.booking import found
from desk.booking.forms import NoteForm
from desk.callers import staff
from schemas.clock import database_now


@staff_only
@require_POST
def note(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Add a note. Customers never see it."""
    booking = found.run(request.user, booking_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        StaffNote.objects.create(
            booking=booking, author=staff(request), text=form.cleaned_data["note"], at=database_now()
        )
        messages.success(request, _("The note is kept."))
    else:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    return redirect("desk-booking", booking.pk)
