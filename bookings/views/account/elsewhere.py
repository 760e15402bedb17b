"""Where one is signed in, and the end of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import whereabouts
from accounts.doors import signed_in
from bookings.views.account import ways


@signed_in
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """Every browser in which one is signed in."""
    return render(request, "account/sessions.html", {"sessions": whereabouts.of(ways.member(request), request)})


@signed_in
@require_POST
def end(request: HttpRequest, session: str) -> HttpResponse:
    """One of them is over at once; one's own, too."""
    whereabouts.end(ways.member(request), session)
    messages.success(request, _("It is signed out there."))
    return redirect("own-sessions")
