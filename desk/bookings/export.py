"""The list of bookings as a file."""

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings import looks
from bookings.access import check_exports
from bookings.exports import bookings as exporting
from bookings.exports.writing import MEDIA_TYPES, Form, Style, stream
from bookings.models import Look
from desk.bookings import finding
from desk.bookings.wanted import WantedForm
from desk.callers import staff
from schemas.clock import database_now
from schemas.current import current_tenant


@staff_only
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What is asked for as a CSV file, the earliest start first; owner, managers and accountants."""
    user, now = staff(request), database_now()
    check_exports(user)
    looks.at_all(user, Look.What.EXPORT)
    sheet = exporting.sheet(finding.found(user, WantedForm(user, request.GET).wanted, now), now)
    rows = sheet.rows()
    answer = StreamingHttpResponse(
        stream(current_tenant(), sheet, rows.each, Style()), content_type=MEDIA_TYPES[Form.CSV]
    )
    answer["Content-Disposition"] = f'attachment; filename="{sheet.name}.{Form.CSV}"'
    answer["X-Accel-Buffering"] = "no"
    return answer
