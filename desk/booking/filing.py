"""Files that the team keeps with a booking: brought, downloaded, removed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from bookings import keeping
from bookings.keeping import Brought
from desk.booking import found
from desk.booking.forms import KeepForm
from desk.callers import staff
from kernel.errors import Refused


@staff_only
@require_POST
def keep(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Keep a file with the booking."""
    booking = found.run(request.user, booking_id)
    form = KeepForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(_place(booking_id))
    file = form.cleaned_data["file"]
    try:
        kept = keeping.keep(booking, Brought(file.name, file.read()), staff(request))
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("%(name)s is kept.") % {"name": kept.name})
    return redirect(_place(booking_id))


@staff_only
@never_cache
@require_safe
def file(request: HttpRequest, booking_id: UUID, file_id: int) -> HttpResponse:
    """The file, to be downloaded: never shown, whatever is in it."""
    kept = keeping.file_of(found.seen(request.user, booking_id), file_id)
    answer = HttpResponse(bytes(kept.content), content_type=keeping.TYPES[keeping.Kind(kept.kind)])
    answer["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, booking_id: UUID, file_id: int) -> HttpResponse:
    """Ask once, then remove it for good."""
    booking = found.run(request.user, booking_id)
    kept = keeping.file_of(booking, file_id)
    if request.method != "POST":
        return render(request, "desk/booking/remove_file.html", {"booking": booking, "file": kept})
    keeping.remove(booking, file_id, staff(request))
    messages.success(request, _("%(name)s is removed.") % {"name": kept.name})
    return redirect(_place(booking_id))


def _place(booking_id: UUID) -> str:
    return reverse("desk-booking", args=[booking_id]) + "#files"
