"""Where the carrier of short messages tells how one ended."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.doors import open_to_all
from bookings.notices import texting

MOST_FIELDS = 60


@csrf_exempt
@require_POST
@open_to_all("Twilio has no account here; what it sends is signed")
def status(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Note what became of a message; 403 for what Twilio has not signed, 204 whether or not it told anything new."""
    fields = {name: str(request.POST[name]) for name in list(request.POST)[:MOST_FIELDS]}
    texting.heard(notice_id, fields, request.headers.get("X-Twilio-Signature", ""))
    return HttpResponse(status=204)
