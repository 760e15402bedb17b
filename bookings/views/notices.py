"""The delivery log: what was told to whom, and what became of it."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings.models import Channel, Notice
from bookings.notices import log
from bookings.notices.log import Wanted
from venues.access import MANAGES

PER_PAGE = 50
TONES = {
    Notice.State.DELIVERED: "success",
    Notice.State.SENT: "success",
    Notice.State.FAILED: "error",
    Notice.State.BOUNCED: "error",
    Notice.State.UNKNOWN: "error",
}


@staff_only
@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """Every message of the venues that somebody looks after, the latest due first, narrowed by a form."""
    wanted = Wanted(
        kind=_one_of(request, "kind", [kind for kind, _label in log.kinds()]),
        channel=_one_of(request, "channel", Channel.values),
        state=_one_of(request, "state", Notice.State.values),
        text=request.GET.get("text", "")[:100].replace("\x00", ""),
    )
    rows = log.narrowed(log.seen_by(request.user), wanted)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    asked = {name: getattr(wanted, name) for name in ("kind", "channel", "state", "text") if getattr(wanted, name)}
    context = {
        "page": page,
        "rows": [shown(row) for row in page],
        "wanted": wanted,
        "is_narrowed": bool(asked),
        "kinds": log.kinds(),
        "channels": Channel.choices,
        "states": Notice.State.choices,
        "query": f"{urlencode(asked)}&" if asked else "",
        "manages": getattr(request.user, "role", "") in MANAGES,
    }
    return render(request, "notices/log.html", context)


def _one_of(request: HttpRequest, name: str, known: list[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


def shown(row: Notice) -> dict[str, object]:
    """A line of the log."""
    return {
        "notice": row,
        "label": log.label(row.kind),
        "why": log.reason(row.why) if row.why else "",
        "tone": TONES.get(Notice.State(row.state), ""),
        "at": row.sent_at or row.send_at,
    }
