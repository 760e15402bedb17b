"""What the platform announces to those who work here (`tenants.announcements`), and putting it away."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from accounts.doors import staff_only

PUT_AWAY = "announcements_put_away"
MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement in the reader's language."""

    pk: int
    tone: str
    text: str


def told(request: HttpRequest) -> list[Told]:
    """What is to be shown to this person: read with the tenant, so it costs nothing."""
    away = set(request.session.get(PUT_AWAY, []))
    language = (get_language() or "en").partition("-")[0]
    return [
        Told(int(each["pk"]), each["tone"], each.get(language) or each["en"])
        for each in request.tenant.told  # type: ignore[attr-defined]
        if int(each["pk"]) not in away
    ]


@staff_only
@require_POST
def put_away(request: HttpRequest, told_id: int) -> HttpResponse:
    """Show one no more in this session; back to where somebody was."""
    away = [*request.session.get(PUT_AWAY, []), told_id]
    request.session[PUT_AWAY] = sorted(set(away))[-MOST_KEPT:]
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return redirect(before if is_ours else "desk")
