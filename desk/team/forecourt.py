"""When somebody of the platform saw the pages here, as whom and why; its end, and whether they are to ask first."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.models import User
from bookings.team.words import role_name
from bookings.views.account import ways
from desk.models import LookedIn, LookInRule
from kernel.errors import NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import check_owner

AT_ONCE = 50
WINDOW = timedelta(hours=24)
ASK, LET, OPEN, SHUT = "ask", "let", "open", "shut"
DEFAULTS: dict[str, dict[str, Any]] = {
    ASK: {"asks_first": True, "open_until": None},
    LET: {"asks_first": False, "open_until": None},
    SHUT: {"open_until": None},
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def forecourt(request: HttpRequest) -> HttpResponse:
    """The look-ins, the newest first, and the rule, which one button changes."""
    check_owner(ways.member(request))
    if request.method == "POST":
        _change(request.POST.get("rule", ""))
        messages.success(request, _("Saved."))
        return redirect("team-forecourt")
    now = database_now()
    page = Paginator(LookedIn.objects.all(), AT_ONCE).get_page(request.GET.get("page"))
    names = User.objects.in_bulk({seen.user_id for seen in page})
    rule = LookInRule.objects.first()
    context = {
        "page": page,
        "rows": [_row(seen, names, is_on=seen.ended_at is None and seen.until > now) for seen in page],
        "rule": rule,
        "is_open": bool(rule and rule.open_until and rule.open_until > now),
        "query": "",
    }
    return render(request, "desk/team/forecourt.html", context)


@staff_only
@require_POST
def end(request: HttpRequest, look_in_id: int) -> HttpResponse:
    """It is over from the next request on."""
    check_owner(ways.member(request))
    now = database_now()
    if not transact(lambda: LookedIn.objects.filter(pk=look_in_id, ended_at=None, until__gt=now).update(ended_at=now)):
        raise NotFound("not_found", _("It is over already."))
    messages.success(request, _("It is over."))
    return redirect("team-forecourt")


def _row(seen: LookedIn, names: dict[int, User], *, is_on: bool) -> dict[str, Any]:
    person = names.get(seen.user_id)
    called = (person.name or person.email) if person else _("somebody who is gone")
    return {"seen": seen, "person": called, "role": role_name(seen.role), "is_on": is_on}


def _change(wanted: str) -> None:
    values = {"open_until": database_now() + WINDOW} if wanted == OPEN else DEFAULTS.get(wanted)
    if values is not None:
        transact(lambda: LookInRule.objects.update_or_create(pk=1, defaults=values))
