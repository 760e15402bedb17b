"""Where Google and Microsoft say that a calendar changed. What they say is not believed: the calendar is read."""

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.doors import open_to_all
from bookings.calendars import channels
from bookings.models import Connection
from kernel.errors import NotFound

LONGEST_BODY = 200_000
LONGEST_TOKEN = 2000
MOST_NOTICES = 1000
ACCEPTED = 202


@open_to_all("providers have no account; each message proves itself with what we gave them for one calendar")
@csrf_exempt
@require_POST
def by_google(request: HttpRequest) -> HttpResponse:
    """A message of a channel; everything is in its headers. The first one, `sync`, says that the channel is open."""
    name, token = request.headers.get("X-Goog-Channel-ID", ""), request.headers.get("X-Goog-Channel-Token", "")
    channels.told(Connection.Provider.GOOGLE, name, token)
    return HttpResponse(status=204)


@open_to_all("providers have no account; each message proves itself with what we gave them for one calendar")
@csrf_exempt
@require_POST
def by_microsoft(request: HttpRequest) -> HttpResponse:
    """Notices of subscriptions. A new subscription is proven by sending back a text, as text and nothing else."""
    validation = request.GET.get("validationToken", "")
    if validation:
        return HttpResponse(validation[:LONGEST_TOKEN], content_type="text/plain; charset=utf-8")
    unknown: NotFound | None = None
    for name, state in _notices(request):
        # One that has ended must not keep the others from being heard.
        try:
            channels.told(Connection.Provider.MICROSOFT, name, state)
        except NotFound as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return HttpResponse(status=ACCEPTED)


def _notices(request: HttpRequest) -> set[tuple[str, str]]:
    """Which subscriptions speak, and what they prove themselves with; each once."""
    body = request.read(LONGEST_BODY)
    try:
        rows = json.loads(body)["value"]
        found = {(str(row["subscriptionId"]), str(row.get("clientState", ""))) for row in rows[:MOST_NOTICES]}
    except (AttributeError, KeyError, TypeError, ValueError):
        return set()
    return found
