"""Of whom the owner asks a second factor."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import required
from accounts.doors import staff_only
from accounts.models import STAFF_ROLES, User
from accounts.recent import is_recent
from bookings.team import changing, rights
from bookings.views.account import ways
from desk.team.forms import RuleForm
from schemas.clock import database_now
from schemas.transactions import transact
from venues.access import check_owner


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest) -> HttpResponse:
    """What is asked now, and how many have none; another rule takes a sign-in of the last quarter of an hour."""
    user = ways.member(request)
    check_owner(user)
    if request.method == "POST" and not is_recent(request):
        return ways.sign_in_again(request, "team-two-factor")
    found = required.rule()
    form = RuleForm(request.POST if request.method == "POST" else None, initial={**_known(), "grace": "14"})

    def change() -> bool:
        rights.alone()
        if not form.check_same(_known()):
            return False
        changing.set_rule(user, form.cleaned_data["whom"], database_now() + timedelta(days=form.cleaned_data["grace"]))
        return True

    if form.is_bound and form.is_valid() and transact(change):
        messages.success(request, _("Saved."))
        return redirect("team")
    team = User.objects.filter(role__in=STAFF_ROLES, is_active=True)
    context = {
        "form": form,
        "rule": found,
        "without": team.filter(authenticator=None, passkeys=None).order_by("name", "pk"),
        "is_recent": is_recent(request),
    }
    return render(request, "desk/team/rule.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else 200)


def _known() -> dict[str, Any]:
    found = required.rule()
    return {"whom": found.whom if found else ""}
