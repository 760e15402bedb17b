"""The operators' page about the clock: what waits, since when, and what was given up, to have it done again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import operators_only
from schemas.clock import database_now
from tenants import backlog
from tenants.models import Tenant

MOST = 100
LONGEST = 80


@operators_only
@require_safe
def clock(request: HttpRequest) -> HttpResponse:
    """What waits by kind, beat's last ticks, and what is dead; `?kind` shows one kind's."""
    kind = _text(request.GET.get("kind", ""))
    now = database_now()
    dead = backlog.dead(MOST, kind)
    schemas = {each.schema_name for each in dead}
    names = dict(Tenant.objects.filter(schema_name__in=schemas).values_list("schema_name", "name"))
    beats = [(name, int((now - at).total_seconds()) if at else None) for name, at in backlog.heartbeats().items()]
    waiting = backlog.waiting()
    told = {
        "waiting": waiting,
        "hidden": sum(each.dead for each in waiting if kind in {"", each.kind}) - len(dead),
        "dead": [(each, names.get(each.schema_name, "")) for each in dead],
        "kind": kind,
        "beats": beats,
        "is_late": any(age is None or age > backlog.LATE_BEAT for _name, age in beats),
    }
    return render(request, "platform/clock.html", told)


@operators_only
@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Have one piece that was given up (`due:17`), or all of a kind, done again."""
    count = backlog.replay(_text(request.POST.get("what", "")))
    if count:
        text = ngettext("%(count)s piece will be done again.", "%(count)s pieces will be done again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.error(request, _("That is not there any more."))
    return redirect("operator-clock")


def _text(sent: str) -> str:
    return sent.strip()[:LONGEST].replace("\0", "")
