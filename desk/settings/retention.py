"""How long customers' data is kept: the owner's choice, with what it comes to today before less time is saved."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.doors import staff_only
from bookings.models import RetentionRule
from bookings.own import retention as keeping
from bookings.views.account import ways
from desk.settings.forms import RetentionForm
from schemas.clock import database_now
from venues.access import check_owner


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    """Three times; a shorter one is shown first, and saved when the owner says yes to it.

    What holds is counted with `?count`, after the page has come: all bookings are gone through for it.
    """
    check_owner(ways.member(request))
    rule, now = keeping.rule(), database_now()
    form = RetentionForm(request.POST if request.method == "POST" else None, initial=RetentionForm.known(rule))
    shorter: RetentionRule | None = None
    if form.is_bound and form.is_valid() and form.check_same(RetentionForm.known(rule)):
        if keeping.is_shorter(form.wanted(), rule) and not form.is_sure:
            shorter = RetentionRule(**form.wanted())
            form.ask()
        else:
            keeping.choose(form.wanted())
            messages.success(request, _("Saved. Your customers read it on their own pages, too."))
            return redirect("settings-retention")
    context = {
        "form": form,
        "rule": rule,
        "is_put_off": rule.not_before is not None and rule.not_before > now,
        "shorter": shorter,
        "foretold": keeping.foretold(shorter or rule, now) if shorter or "count" in request.GET else None,
        "days": keeping.NOTICE.days,
        "earliest": now + keeping.NOTICE,
        "most": keeping.COUNTED,
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "desk/settings/retention.html", context, status=status)
