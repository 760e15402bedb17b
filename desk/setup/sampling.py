"""The page of the sample data: made, looked at, and taken away; the owner."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from desk.setup import samples as acts
from kernel.errors import Refused
from venues.access import check_owner


@staff_only
@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """What there is, what would go, and whether bookings are still being made."""
    check_owner(request.user)
    venue = acts.venue_of_samples()
    context: dict[str, object] = {"venue": venue}
    if venue is not None:
        is_filling = acts.is_filling(venue)
        context |= {"is_filling": is_filling, "percent": acts.percent_filled(venue)}
        if request.headers.get("HX-Request"):
            answer = render(request, "desk/setup/samples_progress.html", context)
            if not is_filling:
                answer["HX-Refresh"] = "true"
            return answer
        context["counted"] = acts.counted(venue)
    return render(request, "desk/setup/samples.html", context)


@staff_only
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make them."""
    check_owner(request.user)
    try:
        acts.begin()
    except Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("setup-samples")


@staff_only
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take them away."""
    check_owner(request.user)
    acts.remove()
    messages.success(request, _("The sample data are gone."))
    return redirect("setup-samples")
