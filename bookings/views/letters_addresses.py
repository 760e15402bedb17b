"""Addresses that mail did not reach, or that called it spam: owners see them, and may write there again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from bookings.letters import standing
from bookings.letters.links import digest
from venues.access import check_manager


@staff_only
@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    """The latest addresses that came back, with whether they are written to now."""
    check_manager(request.user)
    return render(request, "messages/addresses.html", {"rows": standing.troubled()})


@staff_only
@require_POST
def allow(request: HttpRequest) -> HttpResponse:
    """Write to an address again."""
    check_manager(request.user)
    standing.allow(digest(request.POST.get("address", "")))
    messages.success(request, _("Mail goes to this address again."))
    return redirect("letters-addresses")
