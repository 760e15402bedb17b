"""The page behind "No more mails like this one": one button, nothing happens before it is pressed (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all
from bookings.letters import links, standing
from bookings.models import NoMail

ONE_CLICK = "One-Click"


@open_to_all("the link's token is the permission")
@never_cache
@csrf_exempt  # RFC 8058, 3.2: programs for mail send the POST, without a cookie; the token is what is checked
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, whose: str, token: str) -> HttpResponse:
    """Stop optional mail to the address of the link, or take it back. A GET changes nothing: scanners follow links."""
    links.check_unsubscribe(whose, token)
    if request.method == "POST":
        if "undo" in request.POST:
            standing.resume(whose)
        else:
            standing.stop(whose, NoMail.Reason.UNSUBSCRIBED)
        if request.POST.get("List-Unsubscribe") == ONE_CLICK:
            return HttpResponse(status=204)
        return redirect(request.path)
    return render(request, "letters/off.html", {"is_off": standing.reason_of(whose) is not None})
