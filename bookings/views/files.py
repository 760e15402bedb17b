"""The desk's files: what can be taken away, what was brought, the report of one, and saying yes to it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings.access import check_exports
from bookings.imports import bringing
from bookings.imports.bringing import KEPT
from bookings.imports.kinds import COLUMNS
from bookings.models import Import, ImportRow
from bookings.projection import V1_STATUSES
from bookings.states import PaymentState, State
from bookings.views.file_forms import FileForm, SeasonForm, TableForm
from kernel.errors import Refused
from venues.access import venues_seen_by
from venues.models import Resource

BAD_REQUEST = 400
PER_PAGE = 50
LIST, ONE = "imports", "import"
STATUS_WORDS = {each.value: each.label for each in (*PaymentState, *State)}
"""What the API's statuses are called at the desk."""
SEASON = "season"


@staff_only
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """What can be taken away: each form asks the API for the file."""
    check_exports(request.user)
    venues = venues_seen_by(request.user)
    context = {
        "venues": venues.order_by("position", "name"),
        "resources": Resource.objects.filter(venue__in=venues).select_related("venue").order_by("venue", "position"),
        "statuses": [(status, STATUS_WORDS[status]) for status in V1_STATUSES],
    }
    return render(request, "files/exports.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """What was brought, and forms to bring a table or a season."""
    user = _user(request)
    rows = bringing.imports_seen_by(user)
    sent = request.method == "POST"
    is_season = sent and request.POST.get("kind") == SEASON
    table = TableForm(*((request.POST, request.FILES) if sent and not is_season else ()))
    season = SeasonForm(user, *((request.POST, request.FILES) if is_season else ()))
    form: FileForm = season if is_season else table
    if sent and form.is_valid():
        try:
            return redirect(ONE, bringing.bring(user, form.wish()).pk)
        except Refused as refusal:
            form.add_error("file", refusal.detail)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "table": table,
        "season": season,
        "page": page,
        "kinds": [(kind, Import.Kind(kind).label) for kind in COLUMNS],
        "kept_days": KEPT.days,
        "opened": SEASON if is_season else "table",
    }
    return render(request, "files/imports.html", context, status=BAD_REQUEST if sent else 200)


@staff_only
@require_safe
def report(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far an import is, and what became of its rows. While it is at work the page asks for the first part anew."""
    source = bringing.one(_user(request), import_id)
    counts = bringing.counts([source])[source.pk]
    context = {
        "source": source,
        "counts": [(label, counts[state], state) for state, label in ImportRow.State.choices if counts[state]],
        "done": source.total - counts[ImportRow.State.WAITING],
        "can_go": source.state == Import.State.CHECKED and counts[ImportRow.State.WOULD_CREATE],
        "would_create": counts[ImportRow.State.WOULD_CREATE],
        "is_at_work": source.state in Import.WORKED_ON,
    }
    if request.headers.get("HX-Request"):
        answer = render(request, "files/progress.html", context)
        if not context["is_at_work"]:
            answer["HX-Refresh"] = "true"
        return answer
    state = request.GET.get("state", "")
    rows = source.rows.order_by("number")
    if state in ImportRow.State.values:
        rows = rows.filter(state=state)
    context["page"] = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context["state"] = state if state in ImportRow.State.values else ""
    context["query"] = f"state={context['state']}&" if context["state"] else ""
    return render(request, "files/report.html", context)


@staff_only
@require_POST
def go(request: HttpRequest, import_id: int) -> HttpResponse:
    """Import what was tried."""
    try:
        bringing.go(_user(request), import_id)
    except Refused as refusal:
        if refusal.code != "wrong_state":
            raise
        messages.error(request, refusal.detail)
    return redirect(ONE, import_id)


@staff_only
@require_POST
def stop(request: HttpRequest, import_id: int) -> HttpResponse:
    """Do no more rows."""
    try:
        bringing.stop(_user(request), import_id)
    except Refused as refusal:
        if refusal.code != "wrong_state":
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("Stopped. What was imported stays."))
    return redirect(ONE, import_id)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
