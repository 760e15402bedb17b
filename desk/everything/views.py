"""The owner's page of the archive: ask for it, leave the page, come back, fetch it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from accounts.recent import is_recent
from bookings.views.account import ways
from desk.callers import staff
from desk.everything import shelf
from desk.models import Archive
from kernel.errors import Conflict
from schemas.current import current_tenant
from tenants.models import Tenant
from venues.access import check_owner

PAGE = "settings-everything"
ZIP = "application/zip"


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def everything(request: HttpRequest) -> HttpResponse:
    """How far the archive is; or ask for it, which takes a sign-in of the last quarter of an hour."""
    user = staff(request)
    check_owner(user)
    if request.method == "POST":
        return _asked(request, user)
    context = _context(request, user)
    if not request.headers.get("HX-Request"):
        return render(request, "desk/settings/everything.html", context)
    answer = render(request, "desk/settings/everything_progress.html", context)
    if not context["is_at_work"]:
        answer["HX-Refresh"] = "true"
    return answer


def _asked(request: HttpRequest, user: User) -> HttpResponse:
    if not is_recent(request):
        return ways.sign_in_again(request, PAGE)
    try:
        shelf.ask(user)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    return redirect(PAGE)


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    archive = shelf.own(user)
    is_working = archive is not None and archive.state == Archive.State.WORKING
    is_given_up = archive is not None and is_working and shelf.is_given_up(archive)
    return {
        "archive": archive,
        "is_at_work": is_working and not is_given_up,
        "is_given_up": is_given_up,
        "percent": _percent(archive) if archive else 0,
        "other": None if archive else shelf.of_others(user),
        "is_recent": is_recent(request),
    }


def _percent(archive: Archive) -> int:
    """How far it is; what came to it since it was begun makes it no more than nearly done."""
    return min(99, archive.done * 100 // archive.expected) if archive.expected else 0


@staff_only
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """The file, to the owner who asked for it and who has signed in lately."""
    user = staff(request)
    check_owner(user)
    if not is_recent(request):
        return ways.sign_in_again(request, PAGE)
    archive = shelf.hand_out(user)
    tenant: Tenant = current_tenant()
    answer = StreamingHttpResponse(shelf.content(tenant, archive), content_type=ZIP)
    answer["Content-Length"] = str(archive.written)
    answer["Content-Disposition"] = f'attachment; filename="{tenant.slug}-{archive.asked_at:%Y-%m-%d}.zip"'
    answer["X-Accel-Buffering"] = "no"
    return answer


@staff_only
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the archive at once, or stop making it."""
    user = staff(request)
    check_owner(user)
    if shelf.delete(user):
        messages.success(request, _("Deleted."))
    return redirect(PAGE)
